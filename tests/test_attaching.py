"""Files that are to go with a message: text is taken as it is, everything else is refused in words."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop import attaching
from pizzagpt_desktop.attaching import read_attachment
from pizzagpt_desktop.domain.attached import Attached, fenced, joined, size_words
from pizzagpt_desktop.domain.faults import Fault

TEXTS = {
    "utf-8": ("ä😀\n".encode(), "ä😀\n"),
    "mark of UTF-8": (b"\xef\xbb\xbfhi", "hi"),
    "utf-16": ("ä😀".encode("utf-16"), "ä😀"),
    "windows": (b"gr\xfc\xdfe\r\nzwei", "grüße\nzwei"),
    "lines of an old Mac": (b"a\rb", "a\nb"),
    "html": (b"<script>alert(1)</script>", "<script>alert(1)</script>"),
    "colours of a terminal": (b"\x1b[31mred", "\x1b[31mred"),
}
REFUSED = {
    "pdf": (b"%PDF-1.7 text only", "not text"),
    "zip": (b"PK\x03\x04", "not text"),
    "program named .txt": (b"MZ\x90\x00", "not text"),
    "elf": (b"\x7fELF", "not text"),
    "picture": (b"\x89PNG\r\n\x1a\n\0", "not text"),
    "rich text": (b"{\\rtf1 hi}", "not text"),
    "a NUL": (b"a\0b", "not text"),
    "no letter of Windows": (b"caf\x81", "not text"),
    "half of UTF-16": ("ä".encode("utf-16")[:-1], "not text"),
    "empty": (b"", "no text"),
    "blanks": (b" \n\t", "no text"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_is_taken_as_it_is(tmp_path, name):
    data, text = TEXTS[name]
    path = tmp_path / "notes.txt"
    path.write_bytes(data)
    assert read_attachment(path) == Attached("notes.txt", len(data), text)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_text_is_refused_whatever_its_name_says(tmp_path, name):
    data, words = REFUSED[name]
    path = tmp_path / "notes.txt"
    path.write_bytes(data)
    with pytest.raises(Fault, match=words):
        read_attachment(path)


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices of Unix")
def test_what_is_no_file_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
        with pytest.raises(Fault, match="Only files"):
            read_attachment(path)
    for path in (tmp_path / "missing", tmp_path / "loop", Path("a\0b")):
        with pytest.raises(Fault, match="cannot be read"):
            read_attachment(path)


@pytest.mark.skipif(os.name != "posix", reason="anybody may make a link")
def test_a_link_has_the_name_of_what_is_sent(tmp_path):
    (tmp_path / "secrets").write_text("hush")
    (tmp_path / "notes.txt").symlink_to(tmp_path / "secrets")
    assert read_attachment(tmp_path / "notes.txt") == Attached("secrets", 4, "hush")


def test_a_large_file_is_not_even_read(tmp_path):
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(2 * 1024**3)  # a hole: nothing is on the disk
    with pytest.raises(Fault, match=r"2\.0 GB. Only files up to 16 MB"):
        read_attachment(path)


def test_a_file_that_grows_meanwhile_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "log.txt"
    path.write_text("one")

    def dup(descriptor, real=os.dup):
        with path.open("a") as file:
            file.write("two")
        return real(descriptor)

    monkeypatch.setattr(attaching.os, "dup", dup)
    with pytest.raises(Fault, match="being written"):
        read_attachment(path)


def test_a_hostile_name_is_one_line_of_words(tmp_path):
    path = tmp_path / "a\u202e\ngnp.exe"
    path.write_text("hi")
    assert read_attachment(path).name == "a� gnp.exe"


@given(st.text(alphabet="`~a\n ", max_size=40))
def test_nothing_in_a_text_ends_its_block_early(text):
    lines = fenced(text).split("\n")
    assert lines[0] == lines[-1]
    assert not any(line.strip().startswith(lines[0]) for line in lines[1:-1])


def test_what_is_sent_is_the_message_and_each_file_under_its_name():
    files = [Attached("a.txt", 1, "A"), Attached("b.txt", 1, "```B")]
    assert joined("look", files) == "look\n\na.txt:\n\n```\nA\n```\n\nb.txt:\n\n````\n```B\n````"
    assert joined(" ", files[:1]) == "a.txt:\n\n```\nA\n```"


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 KB"), (16 * 2**20, "16 MB")]
)
def test_sizes_in_words(size, words):
    assert size_words(size) == words
