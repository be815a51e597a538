"""Files made to do harm, or only broken: always words, never anything else, and never much memory."""

import io
import json
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pizzagpt_desktop.domain.arrival import Arrival
from pizzagpt_desktop.exchange import archive, export, json_stream, reading
from pizzagpt_desktop.exchange.json_stream import JsonStream
from pizzagpt_desktop.exchange.reading import Reading
from pizzagpt_desktop.exchange.refusal import (
    DAMAGED,
    EMPTY,
    NESTED,
    NONE,
    NOT_CONVERSATIONS,
    TOO_LARGE,
    Refused,
)
from pizzagpt_desktop.storage.arriving import Arriving
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.exchange.test_import_formats import CLAUDE, LM_STUDIO, OPEN_WEBUI, OWN, read
from tests.helpers.corpus import CORPUS

ROOT = Path(__file__).parents[2]
GOOD = (CORPUS / "imports" / "c01-good.json").read_bytes()
NOW = 1.8e9


def outcome(data):
    """What is found, or the refusal's words; anything else that is raised fails the test."""
    try:
        return list(Reading(io.BytesIO(data), NOW).conversations())
    except Refused as refusal:
        assert str(refusal)
        return str(refusal)


def pack(*entries, method=zipfile.ZIP_DEFLATED):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as file:
        for name, data in entries:
            file.writestr(name, data)
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", EMPTY),
        (b" \n\t ", EMPTY),
        (b"\xef\xbb\xbf", EMPTY),
        (b'"text"', NOT_CONVERSATIONS),
        (b"true", NOT_CONVERSATIONS),
        (b"\x80\x04\x95pickle", NOT_CONVERSATIONS),
        (b"%PDF-1.7", NOT_CONVERSATIONS),
        (b"\x1f\x8b\x08gzip", NOT_CONVERSATIONS),
        (b"[" * 200_000, DAMAGED),
        (b'{"a":' * 200_000, DAMAGED),
        (b'[{"title": "\xff"}]', DAMAGED),
        (b'[{"mapping": {}},]', DAMAGED),
        (b'[{"title": "a\nb"}]', DAMAGED),
        (b"[] []", DAMAGED),
        ('[{"title": "ä"}]'.encode("utf-16")[:-1], DAMAGED),
        (b'{"conversations": []}', NONE),
    ],
)
def test_what_is_no_file_of_conversations_is_refused_by_its_name(data, words):
    assert outcome(data) == words


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"],
)
def test_every_encoding_of_the_letters_is_read(encoding):
    text = json.dumps([{"messages": [{"role": "user", "content": "ä😀"}]}], ensure_ascii=False)
    (found,) = outcome(text.encode(encoding))
    assert found.whole.messages[0].text == "ä😀"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../conversations.json", archive.OUTSIDE),
        ("a/../../conversations-1.json", archive.OUTSIDE),
        ("/conversations.json", archive.OUTSIDE),
        ("C:\\conversations.json", archive.OUTSIDE),
        ("..\\conversations.json", archive.OUTSIDE),
        ("../x.txt", NONE),
        ("x.txt", NONE),
        ("__MACOSX/conversations.json", NONE),
    ],
)
def test_names_that_mean_another_place_are_not_looked_at(name, words):
    assert outcome(pack((name, GOOD))) == words
    assert len(outcome(pack((name, b"no"), ("a/b/conversations.json", GOOD)))) == 1


def test_an_index_that_names_a_place_before_the_file_is_damage(tmp_path):
    packed = bytearray(pack(("conversations.json", GOOD)))
    at = packed.find(b"PK\x05\x06")
    packed[at + 16 : at + 20] = b"\xf0\xff\xff\xff"  # where the index begins
    (tmp_path / "export.zip").write_bytes(packed)
    with (tmp_path / "export.zip").open("rb") as file, pytest.raises(Refused, match=DAMAGED):
        list(Reading(file, NOW).conversations())


def test_one_conversation_a_line_is_found_in_a_zip_too():
    lines = b"\n".join([GOOD[1:-1], GOOD[1:-1].replace(b"conv1", b"conv2")])
    for name in ("conversations.jsonl", "chats.jsonl"):
        assert len(outcome(pack((name, lines), ("picture.png", b"")))) == 2


def test_a_flood_of_entries_that_are_none_ends_early(monkeypatch):
    monkeypatch.setattr(reading, "_MOST_UNREADABLE", 20)
    good = GOOD[1:-1]
    assert len(outcome(b"[" + b"{}," * 20 + good + b"]")) == 21
    assert outcome(b"[" + good + b",{}" * 21 + b"]") == NESTED
    monkeypatch.setattr(reading, "_MOST_LOOSE", 20)
    said = b'{"role":"user","content":"hi"},'
    assert len(outcome(b"[" + (said * 20)[:-1] + b"]")[0].whole.messages) == 20
    assert outcome(b"[" + (said * 21)[:-1] + b"]") == NESTED
    monkeypatch.setattr(reading, "_MOST_LOOSE_LETTERS", 39)
    assert outcome(b"[" + (said * 20)[:-1] + b"]") == NESTED


def test_the_parts_of_one_export_are_read_together_and_its_other_files_are_not():
    second = GOOD.replace(b"conv1", b"conv2")
    packed = pack(
        ("conversations-001.json", second), ("conversations-000.json", GOOD), ("user.json", b"no JSON")
    )
    assert [found.whole.conversation.id for found in outcome(packed)] == ["conv1", "conv2"]


def test_a_zip_within_the_zip_is_not_unpacked():
    assert outcome(pack(("export.zip", pack(("conversations.json", GOOD))))) == NONE


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_that_may_burst_are_not_opened(method):
    assert outcome(pack(("conversations.json", GOOD), method=method)) == archive.OTHER_METHOD


def test_more_than_the_index_says_is_refused_where_it_comes(monkeypatch):
    monkeypatch.setattr(archive, "UNPACKED_BYTES", 3000)
    blank = b"[" + b" " * 2990 + b"]"
    assert outcome(pack(("conversations.json", blank))) == NONE
    assert outcome(pack(("conversations-0.json", blank), ("conversations-1.json", blank))) == TOO_LARGE


def test_an_index_that_fills_the_memory_is_refused(monkeypatch):
    monkeypatch.setattr(archive, "_INDEX_BYTES", 70_000)
    packed = pack(("conversations.json", GOOD), *[(f"{n}{'x' * 200}", b"") for n in range(400)])
    assert outcome(packed) == TOO_LARGE


def test_a_link_is_refused_only_where_it_is_what_would_be_read():
    link = zipfile.ZipInfo("conversations.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    other = zipfile.ZipInfo("picture.png")
    other.external_attr = link.external_attr
    assert outcome(pack((link, "/etc/passwd"))) == archive.LINKED
    assert len(outcome(pack((other, "/etc/passwd"), ("conversations.json", GOOD)))) == 1


def test_one_that_is_too_large_is_passed_over_and_the_next_is_read(monkeypatch):
    monkeypatch.setattr(json_stream, "VALUE_BYTES", 500_000)
    monkeypatch.setattr(json_stream, "_DENSE_FROM", 50_000)
    large = json.dumps({"messages": [{"role": "user", "content": 'a"\\[{' * 100_000}]}).encode()
    monkeypatch.setattr(json_stream, "VALUE_PARTS", 30_000)
    many = json.dumps({"mapping": [[]] * 100_000}).encode()
    good = GOOD[1:-1]
    for bad in (large, many):
        found = outcome(b"[" + bad + b"," + good + b"," + bad + b"]")
        assert [one is None for one in found] == [True, False, True]
        assert outcome(b"[" + bad) == DAMAGED


@given(st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8) | st.integers(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
), st.integers(1, 9))  # fmt: skip
@example(0.5, 1)
@settings(max_examples=60, deadline=None)
def test_read_in_pieces_of_any_size_it_is_what_it_is(value, size):
    text = json.dumps([value, value])
    stream = JsonStream(lambda _: pieces.pop(0) if pieces else "")
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    assert list(stream.array()) == [value, value]
    stream.end()


FILES = [GOOD, json.dumps([CLAUDE]).encode(), json.dumps([OPEN_WEBUI]).encode(),
         (CORPUS / "imports" / "e04-unknown-fields.json").read_bytes(), pack(("conversations.json", GOOD)),
         (CORPUS / "imports" / "c14-part-types.json").read_bytes()]  # fmt: skip


@given(st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.large_base_example])
def test_bytes_changed_anywhere_end_in_conversations_or_in_words(data):
    changed = bytearray(data.draw(st.sampled_from(FILES)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed) - 1))
        piece = data.draw(
            st.sampled_from([b"", b"\0", b"\xff", b'"', b"[", b"null", b"9" * 30, b"\\ud800", b"PK\x01\x02"])
        )
        changed[at : at + data.draw(st.integers(0, 3))] = piece
    outcome(bytes(changed))


ODD = st.sampled_from(
    [None, True, -1, 2**70, 1e300, "", "\ud800\0", [], {}, [[]], [None, {"text": 5}], {"a": []}, "x" * 300]
)


def spots(value, path=()):
    """Every place in a JSON value."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from spots(inner, (*path, key))


VALUES = [json.loads(GOOD)[0], CLAUDE, OPEN_WEBUI, json.loads(json.dumps(export.as_json(*OWN))),
          json.loads(FILES[3])["conversations"][0], LM_STUDIO]  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = SqliteSessionStore(tmp_path_factory.mktemp("odd") / "chats.db")
    yield store
    store.close()


@given(st.data())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_values_of_another_kind_anywhere_are_left_out_and_what_is_left_is_stored(store, data):
    value = json.loads(json.dumps(data.draw(st.sampled_from(VALUES))))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(spots(value))[1:] or [()]))
        if not path:
            continue
        inside = value
        for key in path[:-1]:
            inside = inside[key]
        inside[path[-1]] = json.loads(
            json.dumps(data.draw(ODD))
        )  # not the drawn one, which may be changed next
    found = [one for one in read([value]) if one is not None]
    for one in found:
        assert isinstance(one, Arrival)
        seen = set()
        for message in one.whole.messages:
            assert message.parent_id is None or message.parent_id in seen
            seen.add(message.id)
        assert one.whole.conversation.active_leaf_id in seen
    for stored, one in zip(Arriving(store.database, store.making).take_in(found), found, strict=True):
        if stored is not None:
            assert len(store.messages(stored)) == len(one.whole.messages)


def test_the_memory_it_takes_goes_by_the_largest_conversation_not_by_the_file(tmp_path):
    code = (
        "import resource, sys; from pizzagpt_desktop import cli; peak = lambda:"
        " resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; cli.main(['import', sys.argv[1], '--data-dir', sys.argv[3]]);"
        "before = peak(); cli.main(['import', sys.argv[2], '--data-dir', sys.argv[3]]); print((peak() - before) // 1024)"
    )
    small, large = tmp_path / "small.json", tmp_path / "large.json"
    small.write_bytes(GOOD)
    with large.open("w") as file:
        file.write("[")
        for number in range(900):
            text = f"{number} " * 25_000
            file.write(json.dumps({"mapping": {}, "pad": text}) if number % 60 else json.dumps(
                {"id": str(number), "messages": [{"role": "user", "content": text}]}))  # fmt: skip
            file.write("," if number < 899 else "]")
    assert large.stat().st_size > 80_000_000
    done = subprocess.run(
        [sys.executable, "-c", code, str(small), str(large), str(tmp_path / "here")],
        cwd=ROOT, capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    assert "15 conversations imported. 885 had no messages in them." in done.stdout
    assert int(done.stdout.splitlines()[-1]) < 24
