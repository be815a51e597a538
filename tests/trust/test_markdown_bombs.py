"""The texts that are made to be slow, at their full size: time grows in proportion, and no step holds up the window."""

import json
import time
from pathlib import Path

import pytest

from pizzagpt_desktop.domain import markdown_inline
from pizzagpt_desktop.domain.markdown import MarkdownStream, parse

CORPUS = Path(__file__).parent.parent / "corpus" / "markdown"
BOMBS = sorted(path.stem for path in CORPUS.glob("[bit]*.md") if path.stat().st_size > 4_000)
FRAME = 8_000
"""Characters that the view reads in one frame."""

pytestmark = pytest.mark.long


def source(name: str) -> str:
    return (CORPUS / f"{name}.md").read_bytes().decode("utf-8", "replace")


def seconds(text: str) -> float:
    best = 1e9
    for _ in range(3):
        markdown_inline._remembered.cache_clear()
        began = time.process_time()
        parse(text)
        best = min(best, time.process_time() - began)
    return best


@pytest.mark.parametrize("name", BOMBS)
def test_whole_it_stays_within_its_limit_and_in_proportion(name: str) -> None:
    text = source(name)
    once = seconds(text)
    limits = json.loads((CORPUS / f"{name}.json").read_text("utf-8"))["expect"]["limits"]
    assert once * 1000 <= limits["max_ms"]
    assert seconds(f"{text}\n{text}") <= 3 * once + 0.1


@pytest.mark.parametrize("size", [1, 16, 64])
@pytest.mark.parametrize("name", BOMBS)
def test_in_pieces_it_ends_as_the_whole(name: str, size: int) -> None:
    text = source(name)[: size * 500]
    stream = MarkdownStream()
    for at in range(0, len(text), size):
        stream.feed(text[at : at + size])
        stream.advance()
    stream.end()
    assert stream.blocks == parse(text)


SHAPES = {
    "list": "- item with some **bold** words\n" * 6_500,
    "loose list": "- item with some words\n\n" * 8_000,
    "nested list": "- item\n  - inner words\n" * 7_000,
    "table": "|a|b|c|\n|-|-|-|\n" + "|x **y**|`z`|w|\n" * 3_000,
    "links": "[a](https://a.example) and\n\n" * 6_000,
}


@pytest.mark.parametrize("name", [*BOMBS, *SHAPES])
def test_no_step_of_it_takes_long(name: str) -> None:
    text = SHAPES[name] if name in SHAPES else source(name)
    worst = []
    for _ in range(3):
        markdown_inline._remembered.cache_clear()
        stream = MarkdownStream()
        slowest = 0.0
        for at in range(0, len(text), FRAME):
            stream.feed(text[at : at + FRAME])
            began = time.process_time()
            stream.advance()
            slowest = max(slowest, time.process_time() - began)
        began = time.process_time()
        stream.end()
        worst.append(max(slowest, time.process_time() - began))
    assert min(worst) <= 0.1
