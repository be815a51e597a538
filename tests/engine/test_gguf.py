"""The reader of GGUF heads: what it says of sound ones, what it refuses, how little it reads."""

import io
import os
import socket
import struct
import threading
import tracemalloc
from pathlib import Path

import pytest

from pizzagpt_desktop.engine import gguf
from pizzagpt_desktop.engine.gguf import NotAModel, parse_head, read_head
from tests.helpers.corpus import CORPUS, cases
from tests.helpers.gguf_bytes import (
    BOOL,
    F32,
    I32,
    LIST,
    TEXT,
    U8,
    U16,
    U32,
    U64,
    entry,
    head,
    padded,
    tensor,
    text,
    whole_model,
)


def parse(raw):
    return parse_head(io.BytesIO(raw), len(raw))


def refused(raw):
    with pytest.raises(NotAModel) as refusal:
        parse(raw)
    words = str(refusal.value)
    assert words.startswith("Not a usable model file: ")
    assert "\n" not in words
    assert words.isprintable()
    return words


@pytest.mark.parametrize("case", cases("gguf"))
def test_a_case_of_the_corpus_is_judged_as_it_says(case):
    tracemalloc.start()
    try:
        path = CORPUS / "gguf" / f"{case['id']}.gguf"
        if case["result"] == "refused":
            with pytest.raises(NotAModel) as refusal:
                read_head(path)
            for part in case["shows"]:
                assert part in str(refusal.value).lower()
        else:
            assert case["result"] == "head accepted"
            assert read_head(path).architecture == "llama"
        assert tracemalloc.get_traced_memory()[1] < case["limits"]["max_extra_rss_mb"] * 1_000_000
    finally:
        tracemalloc.stop()


def test_a_sound_head_says_what_stands_in_it():
    found = parse(whole_model())
    assert (found.name, found.architecture, found.licence) == ("Small Parrot", "llama", "apache-2.0")
    assert (found.quantisation, found.size_label, found.context) == ("Q4_K_M", "1K", 8192)
    assert found.chat_template == "{{ messages }}"
    assert (found.layers, found.embedding, found.heads, found.kv_heads) == (4, 256, 8, 2)
    assert found.feed_forward == (512, 512, 1024, 512)
    assert (found.vocabulary, found.version, found.tensors) == (4, 3, 3)
    assert found.parameters == 256 + 3 * 256 + 16
    assert found.weights == 1024 + 3 * 144 + 32
    assert found.bytes == len(whole_model())
    assert (found.part, found.parts) == (None, None)


def test_version_2_is_read_too_and_a_missing_name_is_none():
    found = parse(head(version=2))
    assert (found.version, found.name, found.context, found.quantisation) == (2, None, None, None)


def test_the_name_is_plain_text_in_one_line():
    name = "\x1b[2J<b>\u202eevil\u2066\n\x00model" + "x" * 1000
    found = parse(head(entry("general.name", TEXT, name)))
    assert found.name.isprintable()
    assert found.name.startswith("[2J<b>evil ")
    assert len(found.name) <= 500


def test_what_a_head_does_not_name_is_said_by_its_tensors():
    found = parse(padded(head(tensors=(tensor("a", (32,), 8), tensor("b", (4,), 0, 64))), 80))
    assert found.quantisation == "Q8_0"


def test_a_part_of_a_model_knows_which():
    found = parse(head(entry("split.no", U16, 1), entry("split.count", U16, 3)))
    assert (found.part, found.parts) == (2, 3)


@pytest.mark.parametrize("cut", [1, 3, 4, 7, 8, 16, 23, 24, 31, 60, 200, 700])
def test_a_file_cut_anywhere_is_refused(cut):
    assert "cut short" in refused(whole_model()[:cut])


def test_a_file_cut_in_its_weights_says_how_much_is_missing():
    assert "100 bytes of its" in refused(whole_model()[:-100])
    assert parse(whole_model() + b"more").name == "Small Parrot"


BIG = 2**64 - 1
REFUSED = {
    "version 1": (head(version=1), "version 1"),
    "version 4": (head(version=4), "version 4"),
    "version 2^32-1": (head(version=2**32 - 1), "version 4294967295"),
    "big-endian 2": (b"GGUF" + struct.pack(">IQQ", 2, 0, 0), "byte order"),
    "reversed magic": (b"FUGG" + bytes(20), "reverse order"),
    "most entries": (head(counts=(0, BIG)), "entries"),
    "entries beyond the file": (head(counts=(0, 10)), "more than the file can hold"),
    "most tensors": (head(counts=(BIG, 1)), "tensors"),
    "negative count": (head(counts=(2**63, 1)), "tensors"),
    "empty key": (head(entry("", U8, 1), bytes(8)), "empty"),
    "long key": (head(entry("k" * 65536, U8, 1)), "too long"),
    "long key twice": (head(*[entry("k" * 300, U8, 1)] * 2), "twice"),
    "type 13": (head(text("a") + struct.pack("<IQ", 13, 0)), "unknown type 13"),
    "list of type 13": (head(text("a") + struct.pack("<IIQ", 9, 13, 1) + bytes(8)), "unknown type 13"),
    "list in a list": (head(entry("a", LIST, (LIST, [(U8, [1])]))), "lists within lists"),
    "deep lists": (head(text("a") + struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * 5000), "within lists"),
    "long list": (head(text("a") + struct.pack("<IIQ", 9, U32, 2**62) + bytes(64)), "cut short"),
    "many texts": (head(text("a") + struct.pack("<IIQ", 9, TEXT, 2**61) + bytes(64)), "more texts"),
    "texts beyond the file": (head(text("a") + struct.pack("<IIQ", 9, TEXT, 1000) + bytes(64)), "cut short"),
    "a text in a list": (head(text("a") + struct.pack("<IIQQ", 9, TEXT, 1, BIG) + bytes(64)), "cut short"),
    "bool 2": (head(entry("a", BOOL, 2)), "neither"),
    "no architecture": (head(architecture=b""), "architecture"),
    "architecture a number": (head(architecture=entry("general.architecture", U32, 1)), "architecture"),
    "architecture empty": (head(architecture=entry("general.architecture", TEXT, "")), "architecture"),
    "architecture odd": (head(architecture=entry("general.architecture", TEXT, "../x")), "architecture"),
    "name a number": (head(entry("general.name", U32, 1)), "wrong type"),
    "template a list": (head(entry("tokenizer.chat_template", LIST, (TEXT, ["a"]))), "wrong type"),
    "context a text": (head(entry("llama.context_length", TEXT, "many")), "wrong type"),
    "context a fraction": (head(entry("llama.context_length", F32, 1.5)), "wrong type"),
    "alignment u64": (head(entry("general.alignment", U64, 32)), "alignment"),
    "alignment a text": (head(entry("general.alignment", TEXT, "32")), "alignment"),
    "alignment a list": (head(entry("general.alignment", LIST, (U32, [32]))), "alignment"),
    "alignment 4": (head(entry("general.alignment", U32, 4)), "alignment"),
    "alignment 24": (head(entry("general.alignment", U32, 24)), "alignment"),
    "alignment 2^31": (head(entry("general.alignment", U32, 2**31)), "alignment"),
    "template of 2 MiB": (head(entry("tokenizer.chat_template", TEXT, "x" * 2**21)), "too long"),
    "tensor name": (padded(head(tensors=(tensor("n" * 64, (1,)),)), 4), "too long"),
    "tensor name with NUL": (padded(head(tensors=(tensor("a\0b", (1,)),)), 4), "not usable"),
    "tensor twice": (padded(head(tensors=(tensor("t", (8,)), tensor("t", (8,), 0, 32))), 64), "twice"),
    "5 dimensions": (padded(head(tensors=(tensor("t", (1,) * 5),)), 4), "5 dimensions"),
    "2^32-1 dimensions": (head(tensors=(text("t") + b"\xff" * 4 + bytes(99),)), "dimensions"),
    "dimension 0": (padded(head(tensors=(tensor("t", (4, 0)),)), 4), "not possible"),
    "dimension negative": (padded(head(tensors=(tensor("t", (2**63,)),)), 4), "not possible"),
    "product 2^64": (padded(head(tensors=(tensor("t", (2**32, 2**32)),)), 4), "not possible"),
    "tensor type 4": (padded(head(tensors=(tensor("t", (32,), 4),)), 128), "unknown type 4"),
    "tensor type 2^31": (padded(head(tensors=(tensor("t", (32,), 2**31),)), 128), "unknown type"),
    "half a block": (padded(head(tensors=(tensor("t", (33,), 8),)), 128), "do not fit"),
    "offset odd": (padded(head(tensors=(tensor("t", (1,), 0, 7),)), 99), "not where"),
    "offset 2^64-1": (padded(head(tensors=(tensor("t", (1,), 0, BIG),)), 99), "not where"),
    "tensors overlap": (padded(head(tensors=(tensor("t", (64,)), tensor("u", (64,), 0, 32))), 999), "not where"),
    "tensor beyond": (padded(head(tensors=(tensor("t", (2**40,)),)), 99), "missing"),
    "sum of tensors": (head(tensors=tuple(tensor(f"{n}", (2**61,), 0, n * 2**63) for n in (0, 1))), "not possible"),
    "safetensors": (struct.pack("<Q", 60) + b'{"__metadata__":{}}', "safetensors"),
    "ggjt": (b"tjgg" + bytes(40), "2023"),
    "zip": (b"PK\x03\x04" + bytes(40), "PyTorch"),
    "pickle 2": (b"\x80\x02}q", "pickle"),
    "pickle 5": (b"\x80\x05\x95" + bytes(40), "pickle"),
    "gzip": (b"\x1f\x8b\x08" + bytes(40), "gzip"),
    "web page": (b"\n<!DOCTYPE html><html>", "web page"),
    "refusal": (b'{"error": "Repository not found"}', "JSON"),
    "zeros": (bytes(4096), "zeros"),
    "empty": (b"", "empty"),
    "begins like one": (b"GGU", "cut short"),
    "text": (b"hello world", "does not begin"),
}  # fmt: skip


@pytest.mark.parametrize("raw", [pytest.param(raw, id=name) for name, raw in REFUSED.items()])
def test_a_broken_head_is_refused_in_words_that_say_why(raw):
    assert raw[1] in refused(raw[0])


def test_the_tables_of_what_is_refused_differ_from_sound_heads_only_in_their_fault():
    parse(head(entry("a", BOOL, 1), entry("b", LIST, (U8, [])), entry("k" * 65535, U8, 1)))
    parse(padded(head(tensors=(tensor("n" * 63, (1,)), tensor("m", (), 0, 32))), 36))
    parse(head(entry("general.license", LIST, (TEXT, ["mit"])), entry("mamba.context_length", TEXT, "x")))


def test_a_declared_size_is_never_allocated():
    tracemalloc.start()
    try:
        for raw, _ in (
            REFUSED[name] for name in ("many texts", "long list", "sum of tensors", "most entries")
        ):
            tracemalloc.reset_peak()
            refused(raw)
            assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_lists_that_are_kept_are_bounded_over_all_keys(monkeypatch):
    monkeypatch.setattr(gguf, "MOST_LISTED", 10)
    lists = [entry(f"x{n}.block_count", LIST, (I32, [1] * 4)) for n in range(3)]
    parse(head(*lists[:2]))
    assert "layers" in refused(head(*lists))


class Counted(io.BytesIO):
    """Counts what is read of it."""

    read_bytes = 0

    def read(self, size=-1):
        piece = super().read(size)
        self.read_bytes += len(piece)
        return piece


def test_the_weights_are_never_read_and_long_values_are_stepped_over():
    long = entry("tokenizer.huggingface.json", TEXT, "x" * 5_000_000)
    raw = padded(head(long, tensors=(tensor("t", (2_000_000,)),)), 8_000_000)
    stream = Counted(raw)
    assert parse_head(stream, len(raw)).weights == 8_000_000
    assert stream.read_bytes < 3 * 64 * 1024


def test_a_head_beyond_the_limit_is_refused(monkeypatch):
    monkeypatch.setattr("pizzagpt_desktop.engine.head_bytes.LONGEST_HEAD", 2000)
    assert "far larger" in refused(head(entry("a", TEXT, "x" * 3000)))


def test_texts_longer_than_a_block_are_stepped_over_within_a_list():
    words = ["a" * n for n in (0, 70_000, 3, 65_528, 65_536, 1, 200_000)]
    raw = head(entry("tokenizer.ggml.tokens", LIST, (TEXT, words)), entry("general.name", TEXT, "after"))
    found = parse(raw)
    assert (found.name, found.vocabulary) == ("after", len(words))


def test_a_file_that_shrinks_while_it_is_read_is_refused():
    raw = whole_model()
    with pytest.raises(NotAModel, match="shorter while"):
        parse_head(io.BytesIO(raw[:100]), len(raw))


def test_a_disk_that_fails_is_said_in_words():
    class Failing(io.BytesIO):
        def read(self, size=-1):
            raise OSError(5, "Input/output error")

    with pytest.raises(NotAModel, match="Input/output error"):
        parse_head(Failing(), 100)


def test_folders_devices_pipes_sockets_and_missing_files_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.gguf")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "to-device").symlink_to("/dev/zero")
    listening = socket.socket(socket.AF_UNIX)
    place = os.open(tmp_path, os.O_RDONLY)
    try:
        listening.bind(f"/proc/self/fd/{place}/socket")
        expected = {
            tmp_path: "folder",
            tmp_path / "pipe.gguf": "pipe",
            tmp_path / "socket": "socket",
            "/dev/zero": "device",
            tmp_path / "to-device": "device",
            tmp_path / "none.gguf": "no such file",
            tmp_path / "loop": "cannot be opened",
            tmp_path / "whole" / "none": "no such file",
            "a\0b": "no file can have such a name",
            "": "folder",
        }
        for path, why in expected.items():
            with pytest.raises(NotAModel, match=why):
                read_head(path)
    finally:
        listening.close()
        os.close(place)


def test_a_file_that_becomes_a_pipe_after_the_first_look_is_not_waited_for(tmp_path, monkeypatch):
    path = tmp_path / "model.gguf"
    path.write_bytes(whole_model())
    really_open = os.open

    def swap(wanted, flags):
        path.unlink()
        os.mkfifo(path)
        return really_open(wanted, flags)

    monkeypatch.setattr("pizzagpt_desktop.engine.foreign.os.open", swap)
    said = []

    def read():
        with pytest.raises(NotAModel) as refusal:
            read_head(path)
        said.append(str(refusal.value))

    reading = threading.Thread(target=read, daemon=True)
    reading.start()
    reading.join(20)
    assert said == ["Not a usable model file: it is a pipe, not a file."]


def test_a_file_is_closed_again(tmp_path):
    path = tmp_path / "model.gguf"
    path.write_bytes(whole_model())
    before = len(list(Path("/proc/self/fd").iterdir()))
    read_head(path)
    path.write_bytes(b"GGUF")
    with pytest.raises(NotAModel):
        read_head(str(path))
    assert len(list(Path("/proc/self/fd").iterdir())) == before
