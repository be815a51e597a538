"""Framing by the standard at every chunking, limits, and cost that grows with the body only."""

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.network.decode import Event, NdjsonCutter, SseDecoder, TextBudget
from tests.helpers.loopback import cut

CORPUS = Path(__file__).parents[1] / "corpus"
STREAMS = sorted((CORPUS / "sse").glob("*.json"))


def decoded(pieces: list[bytes]) -> list[Event]:
    decoder = SseDecoder()
    return [event for piece in pieces for event in decoder.feed(piece)]


def as_listed(events: list[Event]) -> Any:
    return [event._asdict() for event in events]


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
def test_events_are_those_of_the_standard_at_every_chunking(path: Path) -> None:
    case = json.loads(path.read_text())
    body = path.with_suffix(".bin").read_bytes()
    for chunking in {*case["chunkings"], "whole", "size:1", "size:7"}:
        if chunking == "every-boundary" and len(body) > 2_000:
            chunking = "random:20"
        for pieces in cut(body, chunking):
            events = decoded(pieces)
            if isinstance(case["events"], list):
                assert as_listed(events) == case["events"], chunking
            else:
                joined = b"\0".join(f"{e.event}\1{e.id}\1{e.data}".encode() for e in events)
                assert len(events) == case["events"]["count"]
                assert hashlib.sha256(joined).hexdigest() == case["events"]["sha256"], chunking


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (b"data: a\n\ndata: b", "b"),
        (b"data: a\n\ndata: b\n", "b"),
        (b"data: a\ndata: b", "a\nb"),
        (b"data: a\n\n", None),
        (b": only a comment", None),
        (b"", None),
        (b"\xef\xbb", None),
    ],
)
def test_an_unfinished_last_event_is_told_apart(body: bytes, left: str | None) -> None:
    decoder = SseDecoder()
    decoder.feed(body)
    last = decoder.finish()
    assert (last and last.data) == left


LINES = st.lists(
    st.sampled_from(
        [
            b"data: x",
            b"data:",
            b"data",
            b"event: e",
            b"id: 1",
            b"id",
            b":c",
            b"",
            b"",
            b"retry: 3",
            b"\xff\xe2\x82",
        ]
    ),
    max_size=12,
)


@given(
    lines=LINES,
    ends=st.lists(st.sampled_from([b"\n", b"\r", b"\r\n"]), min_size=12, max_size=12),
    marks=st.lists(st.integers(0, 200), max_size=8),
)
def test_chunking_never_changes_the_events(lines: list[bytes], ends: list[bytes], marks: list[int]) -> None:
    body = b"".join(line + end for line, end in zip(lines, ends, strict=False))
    cuts = sorted(min(mark, len(body)) for mark in marks)
    pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    assert decoded(pieces) == decoded([body])


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=6))
def test_any_bytes_can_be_fed_in_any_pieces(body: bytes, marks: list[int]) -> None:
    cuts = sorted(min(mark, len(body)) for mark in marks)
    pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    one, other = SseDecoder(), SseDecoder()
    assert [e for piece in pieces for e in one.feed(piece)] == other.feed(body)
    assert one.finish() == other.finish()
    lines, same = NdjsonCutter(), NdjsonCutter()
    assert [line for piece in pieces for line in lines.feed(piece)] == same.feed(body)
    assert lines.finish() == same.finish()


def test_a_line_over_the_limit_is_a_fault() -> None:
    decoder = SseDecoder(limit=100)
    decoder.feed(b"data: " + b"x" * 90)
    with pytest.raises(Fault) as caught:
        decoder.feed(b"x" * 20)
    assert caught.value.kind is FaultKind.TOO_LARGE


def test_an_event_over_the_limit_is_a_fault() -> None:
    decoder = SseDecoder(limit=100)
    with pytest.raises(Fault) as caught:
        for _ in range(30):
            decoder.feed(b"data: 0123456789\n")
    assert caught.value.kind is FaultKind.TOO_LARGE


def test_a_line_over_the_limit_is_a_fault_in_ndjson_too() -> None:
    with pytest.raises(Fault):
        NdjsonCutter(limit=10).feed(b"x" * 11)


@pytest.mark.parametrize("path", sorted((CORPUS / "ndjson").glob("*.bin")), ids=lambda path: path.stem)
def test_ndjson_lines_are_the_same_at_every_chunking(path: Path) -> None:
    body = path.read_bytes()
    whole = [line for line in body.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()]
    for size in (1, 7, 1000, len(body) or 1):
        cutter = NdjsonCutter()
        found = [line for i in range(0, len(body), size) for line in cutter.feed(body[i : i + size])]
        last = cutter.finish()
        found += [last] if last is not None else []
        assert found == [line.decode("utf-8", "replace") for line in whole]


def test_cost_grows_with_the_body_only() -> None:
    def seconds(events: int, piece: int) -> float:
        body = b'data: {"a": "b"}\n\n' * events
        decoder = SseDecoder()
        begun = time.process_time()
        count = sum(len(decoder.feed(body[i : i + piece])) for i in range(0, len(body), piece))
        assert count == events
        return time.process_time() - begun

    small = min(seconds(5_000, 65536) for _ in range(3))
    large = min(seconds(50_000, 65536) for _ in range(3))
    assert large < 30 * small + 0.05


def test_one_long_line_in_small_pieces_is_linear() -> None:
    decoder = SseDecoder()
    begun = time.process_time()
    for _ in range(100_000):
        decoder.feed(b"x" * 100)
    assert time.process_time() - begun < 2


@settings(max_examples=50)
@given(st.text(st.sampled_from("aé你😀"), max_size=60), st.integers(0, 50))
def test_the_budget_cuts_between_characters(text: str, limit: int) -> None:
    part, fits = TextBudget(limit).take(text)
    assert text.startswith(part)
    assert len(part.encode()) <= limit
    assert fits == (part == text)
    assert fits or len(part.encode()) > limit - 4
