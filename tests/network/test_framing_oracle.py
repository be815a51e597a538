"""The decoder beside a second reading of the standard, written straight from its words, on random bodies."""

import codecs
import importlib
import importlib.util
import re
import sys
import types
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pizzagpt_desktop.network.decode import Event, SseDecoder


def by_the_standard(body: bytes) -> list[Event]:
    """WHATWG HTML, 9.2.6, step by step over the whole body: slow, and without any state between pieces."""
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = re.split("\r\n|\n|\r", text)
    events: list[Event] = []
    data, name, last_id = "", "", ""
    for line in lines[:-1]:  # a line that has no end is no line
        if line == "":
            if data != "":
                events.append(Event(name or "message", data[:-1], last_id))
            data, name = "", ""
        elif not line.startswith(":"):
            field, _, value = line.partition(":")
            value = value[1:] if value[:1] == " " else value
            if field == "data":
                data += value + "\n"
            elif field == "event":
                name = value
            elif field == "id" and "\0" not in value:
                last_id = value
    return events


SCRAPS = st.sampled_from(
    [b"data", b"event", b"id", b"retry", b":", b": ", b" ", b"\n", b"\r", b"\r\n", b"\n\n", b"\xef\xbb\xbf",
     b"\xf0\x9f", b"\x8d\x95", b"\xff", b"\0", b"\xe2\x80\xa8", b"\x85", b"x", b"{}", b"[DONE]", b"data: a\n\n",
     b"data:b\r\r", b"data\n\n", b"Data: no\n\n"]
)  # fmt: skip
LINES = st.tuples(
    st.sampled_from([b"data", b"event", b"id", b"retry", b"", b"dat", b"data "]),
    st.sampled_from([b"", b":", b": ", b":  ", b" : "]),
    st.sampled_from([b"", b"a", b"1", b"\0", b":", b"\xf0\x9f\x8d\x95", b"\xff"]),
    st.sampled_from([b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b"\r\n\r\n"]),
).map(b"".join)
BODIES = st.lists(st.one_of(LINES, LINES, SCRAPS, st.binary(max_size=4)), max_size=40).map(b"".join)


@settings(max_examples=400, deadline=None)
@given(BODIES, st.lists(st.integers(0, 200), max_size=6))
def test_the_events_are_the_same_in_any_pieces(body: bytes, marks: list[int]) -> None:
    cuts = sorted(min(mark, len(body)) for mark in marks)
    decoder = SseDecoder()
    events: list[Event] = []
    for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True):
        events += decoder.feed(body[start:end])
    assert events == by_the_standard(body)


@pytest.fixture(scope="module")
def others() -> Any:
    """The decoders of `httpx-sse`, without the client that the package's own door imports."""
    found = importlib.util.find_spec("httpx_sse")
    assert found is not None
    alone = types.ModuleType("httpx_sse_alone")
    alone.__path__ = list(found.submodule_search_locations or ())
    sys.modules[alone.__name__] = alone
    yield importlib.import_module("httpx_sse_alone._decoders")
    for name in [name for name in sys.modules if name.startswith(alone.__name__)]:
        del sys.modules[name]


@settings(max_examples=200, deadline=None)
@given(BODIES, st.lists(st.integers(0, 200), max_size=6))
def test_another_programs_reading_agrees(others: Any, body: bytes, marks: list[int]) -> None:
    """httpx-sse keeps a byte order mark, and also gives events that hold no data: there the standard is another."""
    while body.startswith(codecs.BOM_UTF8):
        body = body.removeprefix(codecs.BOM_UTF8)
    cuts = sorted(min(mark, len(body)) for mark in marks)
    decoder, lines, reader = SseDecoder(), others.SSELineDecoder(), others.SSEDecoder()
    text = codecs.getincrementaldecoder("utf-8")("replace")
    ours: list[Event] = []
    theirs: list[Event] = []
    for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True):
        ours += decoder.feed(body[start:end])
        for line in lines.decode(text.decode(body[start:end])):
            event = reader.decode(line)
            if event is not None:
                theirs.append(Event(event.event, event.data, event.id))
    if body.endswith(b"\r") and lines.trailing_cr:  # it waits whether a LF comes
        for line in lines.flush():
            event = reader.decode(line)
            if event is not None:
                theirs.append(Event(event.event, event.data, event.id))
    assert [event for event in ours if event.data] == [event for event in theirs if event.data]
