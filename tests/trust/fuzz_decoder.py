"""Feeds the decoder and the dialects with what a coverage-guided fuzzer thinks of; knows no test.

    fuzz_decoder.py SECONDS FOLDER      FOLDER keeps what is interesting, for the next time

Needs `atheris`, which is no dependency. Ends with a trace for the first input that gives another exception than a
fault, another result at another chunking, or that takes longer than a second.
"""

import sys
from collections.abc import Iterable
from typing import Any

import atheris

with atheris.instrument_imports(include=["pizzagpt_desktop"]):
    from pizzagpt_desktop.domain.faults import Fault
    from pizzagpt_desktop.network.decode import Event, NdjsonCutter, SseDecoder
    from pizzagpt_desktop.providers.anthropic_events import AnthropicEvents
    from pizzagpt_desktop.providers.boundary import HalfJoiner
    from pizzagpt_desktop.providers.ollama_lines import OllamaLines
    from pizzagpt_desktop.providers.openai_events import OpenAIEvents
    from pizzagpt_desktop.providers.responses_events import ResponsesEvents

SECRETS = ("sk-test-CANARY0123456789abcdef",)


def pieces(body: bytes, size: int) -> Iterable[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))


def framed(body: bytes, size: int) -> list[Event]:
    decoder = SseDecoder()
    events = [event for piece in pieces(body, size) for event in decoder.feed(piece)]
    last = decoder.finish()
    return events if last is None else [*events, last]


def lined(body: bytes, size: int) -> list[str]:
    cutter = NdjsonCutter()
    lines = [line for piece in pieces(body, size) for line in cutter.feed(piece)]
    last = cutter.finish()
    return lines if last is None else [*lines, last]


def read(reader: Any, items: Iterable[Any]) -> None:
    """Chunks or a fault, and every text of a chunk can be stored."""
    joiner = HalfJoiner()
    try:
        for item in items:
            for chunk in reader.read(item):
                if isinstance(chunk, str):
                    joiner.feed(chunk).encode()
        for chunk in reader.close():
            if isinstance(chunk, str):
                joiner.feed(chunk).encode()
    except Fault as fault:
        assert fault.detail
        assert len(fault.detail) <= 500


def one_input(data: bytes) -> None:
    size, body = 1 + data[0] % 61 if data else 1, data[1:]
    events, lines = framed(body, size), lined(body, size)
    assert events == framed(body, len(body) or 1)
    assert lines == lined(body, len(body) or 1)
    for dialect in (OpenAIEvents, AnthropicEvents, ResponsesEvents):
        read(dialect(SECRETS), events)
    read(OllamaLines(SECRETS), lines)


def main() -> None:
    seconds, folder = sys.argv[1:3]
    options = [f"-max_total_time={seconds}", "-max_len=4096", "-timeout=1", "-print_final_stats=1", folder]
    atheris.Setup([sys.argv[0], *options, *sys.argv[3:]], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
