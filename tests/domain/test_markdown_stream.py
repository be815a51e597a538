"""Markdown as it arrives: in any pieces the same end, sealed means sealed, and the cost stays linear."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pizzagpt_desktop.domain import markdown, markdown_inline
from pizzagpt_desktop.domain.blocks import CodeBlock, Raw, visible_text
from pizzagpt_desktop.domain.markdown import MarkdownStream, parse

CORPUS = Path(__file__).parent.parent / "corpus" / "markdown"
CASES = sorted(path.stem for path in CORPUS.glob("*.md"))

LINES = st.sampled_from(
    [
        "", "", "word", "two words", "- item", "* other", "  - inner", "    deep", "\tcode", "1. one", "2) two", "10. ten",
        "> quote", "> - both", ">", "# head", "#", "===", "---", "-", "***", "```", "```py", "~~~", "   ```", "  ~~~~ x",
        "|a|b|", "|-|-|", "a|b", "-|-", "--|", "[x]: /u", "[x]", "[x]: /u 'title", "more'", "[x]:", "/u", "![i](http://h.example)",
        "**bold", "bold**", "`tick", "<div>", "<!--", "-->", "- [ ] task", "- [x] done", "\\", "a  ", "&amp;", "http://a.example/x",
        "\t- tab", " > shifted", "1.", "- ", "-\tx", "~~s~~", "+", "\x0c", "\u2028",
        "$$", "$$ x $$", "\\[", "\\]", "x = $y$", "[^1]", "[^1]: note", "    more of it", "[^n]: - item", "www.a.example", "~one~",
        "$5 and $6", "\\(a", "b\\) c", "[x]: /u|v", "[^x]: /u",
    ]
)  # fmt: skip
LINE_ENDS = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r", "\n\n", " "])
TEXTS = st.lists(st.tuples(LINES, LINE_ENDS), max_size=24).map(lambda pairs: "".join(a + b for a, b in pairs))
NOISE = st.text(alphabet="ab \n\t-*_`~>#|[]():!<1.\\=\r$^", max_size=80)


def streamed(text: str, size: int) -> MarkdownStream:
    stream = MarkdownStream()
    for at in range(0, len(text), size):
        stream.feed(text[at : at + size])
        stream.advance()
    stream.end()
    return stream


@settings(max_examples=600, deadline=None)
@given(TEXTS | NOISE, st.lists(st.integers(1, 9), min_size=1, max_size=8))
def test_any_pieces_end_as_the_whole(text: str, sizes: list[int]) -> None:
    stream = MarkdownStream()
    given_out: list[object] = []
    at = turn = 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        turn += 1
        stream.feed(text[at : at + size])
        at += size
        given_out += stream.advance()
        assert given_out == stream.sealed
    kept = stream.end()
    assert stream.blocks == parse(text)
    assert stream.text == text
    if kept:
        assert given_out == list(stream.blocks[: len(given_out)])


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_sealed_blocks_never_change_without_definitions(text: str) -> None:
    text = text.replace("]:", "] ")
    stream = MarkdownStream()
    for char in text:
        stream.feed(char)
        stream.advance()
    before = list(stream.sealed)
    assert stream.end()
    assert list(stream.blocks[: len(before)]) == before


@pytest.mark.parametrize("size", [1, 3, 16, 64])
@pytest.mark.parametrize("name", CASES)
def test_the_corpus_in_pieces(name: str, size: int) -> None:
    text = (CORPUS / f"{name}.md").read_bytes().decode("utf-8", "replace")
    # Small pieces of a bomb show nothing that its beginning does not; `make trust` streams them whole.
    text = text[: min(size * 40, 1_500)]
    assert streamed(text, size).blocks == parse(text)


def test_a_definition_after_its_use_is_right_at_the_end() -> None:
    text = "[x] one\n\npara\n\npara\n\n[x]: https://a.example\n"
    stream = MarkdownStream()
    stream.feed(text[:20])
    stream.advance()
    stream.feed(text[20:])
    assert stream.sealed
    assert not stream.end()
    assert stream.blocks == parse(text)


def test_the_tail_shows_what_is_not_finished() -> None:
    stream = MarkdownStream()
    stream.feed("done\n\nnext\nhalf **bo")
    assert stream.advance() == parse("done")
    assert visible_text(stream.tail) == "next\nhalf **bo"
    stream.feed("ld**\n\n```py\nx =")
    stream.advance()
    assert stream.tail == (CodeBlock("py", "x ="),)


def test_a_giant_tail_always_shows_all_of_its_text() -> None:
    stream = MarkdownStream()
    text = "- item with words\n" * 2_000
    seen = 0
    for at in range(0, len(text), 997):
        stream.feed(text[at : at + 997])
        stream.advance()
        seen += 997
        assert visible_text(stream.blocks).count("words") == text[:seen].count("words")


def test_beyond_the_limit_the_stream_goes_on_as_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "TEXT_LIMIT", 100)
    monkeypatch.setattr(markdown, "RAW_PART", 40)
    for text in ("word *a*\n" * 30, "```\n" + "code\n" * 60, "x" * 250, "p\n\n" + "y" * 250):
        for size in (1, 7, 90, 400):
            stream = streamed(text, size)
            assert stream.blocks == parse(text)
            assert isinstance(stream.blocks[-1], Raw)
            lines = "".join(block.text for block in stream.blocks if isinstance(block, Raw))
            assert lines
            assert text.endswith(lines)


@pytest.mark.parametrize(
    "unit",
    ["Some words and **bold** ones.\n\n", "code line\n", "- item\n", "word ", "> quoted words\n", "|a|b|\n"],
)
def test_streaming_costs_in_proportion(unit: str) -> None:
    head = {"code line\n": "```\n", "|a|b|\n": "|x|y|\n|-|-|\n"}.get(unit, "")

    def cost(length: int) -> float:
        text = head + unit * (length // len(unit))
        best = 1e9
        for _ in range(3):
            markdown_inline._remembered.cache_clear()
            began = time.process_time()
            streamed(text, 512)
            best = min(best, time.process_time() - began)
            if best < 0.05:
                break
        return best

    assert cost(12_800) <= 8 * cost(3_200) + 0.05  # both above the size that is read at every step
