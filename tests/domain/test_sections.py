"""Blocks that grow beyond all use are cut: the same however text comes, and never within what has an end of its own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pizzagpt_desktop.domain import markdown_sections
from pizzagpt_desktop.domain.blocks import CodeBlock, ListBlock, Paragraph, Quote, Table, visible_text
from pizzagpt_desktop.domain.markdown import MarkdownStream, parse
from pizzagpt_desktop.domain.markdown_sections import GOES_ON, INSIDE, LENGTH, WEIGHT, Sections
from pizzagpt_desktop.domain.parts import whole
from tests.domain.test_markdown_stream import NOISE, TEXTS, streamed

LINES = WEIGHT // INSIDE


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cuts after a few lines."""
    monkeypatch.setattr(markdown_sections, "WEIGHT", 5 * INSIDE)
    monkeypatch.setattr(markdown_sections, "LENGTH", 90)


@settings(max_examples=300, deadline=None)
@given(TEXTS | NOISE, st.lists(st.integers(1, 9), min_size=1, max_size=8))
def test_cuts_are_the_same_however_the_text_comes(text: str, sizes: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markdown_sections, "WEIGHT", 5 * INSIDE)
        patch.setattr(markdown_sections, "LENGTH", 90)
        want = Sections().cut(text)
        assert "".join(part.removeprefix(f"{GOES_ON}\n").removeprefix(GOES_ON) for part in want) == text
        sections = Sections()
        found = [""]
        at = turn = 0
        stream = MarkdownStream()
        while at < len(text):
            size = sizes[turn % len(sizes)]
            piece = text[at : at + size]
            first, *more = sections.cut(piece)
            found[-1] += first
            found += more
            stream.feed(piece)
            stream.advance()
            at += size
            turn += 1
        assert found == want
        stream.end()
        assert stream.blocks == parse(text)


@pytest.mark.parametrize(
    "unit",
    [
        "> - a\n",
        "  - a\n",
        "> > quoted\n",
        "    - deep\n",
        "<div>\n",
        "word\n",
        "word **b** \n  ",
        "> " * 30 + "x\n",
    ],
)
def test_one_endless_block_is_cut_and_all_of_its_text_is_there(unit: str) -> None:
    text = "- top\n\n" + unit * (WEIGHT + 100 if unit in ("<div>\n", "word\n") else 2 * LINES)
    assert len(Sections().cut(text)) > 1
    blocks = parse(text)
    assert len(blocks) > 2
    for letters in set("quotedworxp").intersection(unit) | {"top"}:
        assert visible_text(blocks).count(letters) == text.count(letters)


def test_lists_and_tables_of_the_top_level_and_code_are_never_cut() -> None:
    for text in (
        "- item\n" * 2 * LINES,
        "1. item\n   more\n" * 2 * LINES,
        "- item\n\n" * 2 * LINES,
        "|a|b|\n|-|-|\n" + "|c|d|\n" * 600,
        "a | b\n-|-\n" + "c | d\n" * 600,
    ):
        assert len(Sections().cut(text)) == 1
        assert isinstance(whole(parse(text))[0], ListBlock | Table)
    inside = "    indented = 1\n> more\n\n" * 2 * LINES
    for fence in ("```", "~~~~", "  ```"):
        text = f"{fence}py\n{inside}{fence.strip()}\n\nword\n"
        assert len(Sections().cut(text)) == 1
        code, last = parse(text)
        assert isinstance(code, CodeBlock)
        assert isinstance(last, Paragraph)
    assert len(Sections().cut("word\n\n" * LINES)) == 1


def test_what_anyone_means_is_not_cut() -> None:
    assert len(parse("> line of a quotation\n" * (LINES // 3))) == 1
    assert len(parse("- top\n" + "  - inner\n" * (LINES - 50))) == 1
    assert len(parse("line of a paragraph\n" * (LENGTH // 30))) == 1
    quote, *_ = parse("> line\n" * 2 * LINES)
    assert isinstance(quote, Quote)


def test_a_definition_beyond_the_cut_counts(small: None) -> None:
    text = "> [x] is used\n" * 20 + "\n[x]: https://a.example\n"
    assert len(Sections().cut(text)) > 2
    found = parse(text)
    assert streamed(text, 3).blocks == found
    assert str(found).count("https://a.example") >= 20


def test_the_work_of_an_end_can_be_done_in_parts() -> None:
    uses = "".join(f"[{n}] word\n\n" for n in range(1_000))
    definitions = "".join(f"[{n}]: /u{n}\n" for n in range(1_000))
    stream = MarkdownStream()
    for part in (uses, definitions):
        stream.feed(part)
        stream.advance()
    steps = 1
    while not stream.end_some():
        steps += 1
        assert not stream.ended
    assert steps >= 4
    assert stream.mended
    assert stream.blocks == parse(uses + definitions)
