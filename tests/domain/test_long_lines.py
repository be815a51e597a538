"""Lines and tails that grow beyond all use: cut the same however text comes, nothing lost, and never much to read again."""

import gc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pizzagpt_desktop.domain import markdown, markdown_inline, markdown_sections
from pizzagpt_desktop.domain.blocks import Heading, Image, Paragraph, Table, plain, runs_of, visible_text
from pizzagpt_desktop.domain.inspection import inspection_of
from pizzagpt_desktop.domain.markdown import MarkdownStream, parse
from pizzagpt_desktop.domain.markdown_reader import CELL_RUNS, tokens_of
from pizzagpt_desktop.domain.markdown_references import References
from pizzagpt_desktop.domain.markdown_rules import COLUMN_LIMIT
from pizzagpt_desktop.domain.markdown_sections import LENGTH, LONG_LINE, LONGEST_LINE
from pizzagpt_desktop.domain.parts import whole
from pizzagpt_desktop.ui.transcript.leaves import flatten
from tests.domain.test_markdown import _counted
from tests.domain.test_markdown_stream import streamed

WORDS = st.sampled_from(
    ["word", "`code`", "**b**", "[a](/u)", "[x]", "$x$", "漢字漢字漢字漢字", "A" * 12, "|", "-", "#", ">", "===", "\\", "a|b", "www.a.example"]
)  # fmt: skip
SEPARATORS = st.sampled_from([" "] * 8 + ["", "\n", "\n\n", "\n- ", "\n> ", "\n# ", "\n---\n", "\n===\n", "\r\n", "\n```\n", "\n    ", "\n|-|-|\n", "\n[x]: /u\n"])  # fmt: skip
LINES = st.lists(st.tuples(WORDS, SEPARATORS), max_size=80).map(
    lambda pairs: "".join(a + b for a, b in pairs)
)


def shrink(patch: pytest.MonkeyPatch) -> None:
    """Lines are long after some words."""
    patch.setattr(markdown_sections, "LONG_LINE", 40)
    patch.setattr(markdown, "LONG_LINE", 40)
    patch.setattr(markdown_sections, "LENGTH", 90)
    patch.setattr(markdown_sections, "LONGEST_LINE", 120)
    patch.setattr(markdown_sections, "WEIGHT", 40)
    patch.setattr(markdown_sections, "ADDRESS", 10)
    patch.setattr(markdown_sections, "_ADDRESS", markdown_sections.re.compile("[A-Za-z0-9+/=]{10}"))


@settings(max_examples=400, deadline=None)
@given(LINES, st.integers(1, 60), st.sampled_from([1_000_000, 300]))
def test_long_lines_are_cut_the_same_in_any_pieces(text: str, size: int, limit: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        shrink(patch)
        patch.setattr(markdown, "TEXT_LIMIT", limit)
        stream = streamed(text, size)
        assert stream.blocks == parse(text)
        assert "\0" not in visible_text(stream.blocks)


@pytest.mark.parametrize("unit", ["word ", "`w` ", "漢", "&w;", "w\u0301 "])
@pytest.mark.parametrize("before", ["", "p\n", "- ", "> "])
def test_of_a_giant_line_nothing_is_lost_and_little_is_read_again(unit: str, before: str) -> None:
    text = before + unit * (120_000 // len(unit))
    stream = MarkdownStream()
    longest = 0
    for at in range(0, len(text), 4_000):
        stream.feed(text[at : at + 4_000])
        stream.advance()
        longest = max(longest, len(stream._tail))
    stream.end()
    assert longest <= LONGEST_LINE + 6_000
    shown = visible_text(stream.blocks)
    letter = unit.strip("`[&")[0]
    assert shown.count(letter) == (unit * (120_000 // len(unit))).count(letter)
    assert inspection_of(stream.blocks).visible.count("\n") == shown.count("\n")
    assert shown.count("\n") <= 1 + before.count("\n")


def test_a_line_that_was_cut_is_one_paragraph_for_those_who_copy_it() -> None:
    text = "some words and **bold** ones " * 3_000
    parts = parse(text)
    assert len(parts) > 1
    assert [isinstance(part, Paragraph) and part.goes_on for part in parts] == [False] + [True] * (
        len(parts) - 1
    )
    (paragraph,) = whole(parts)
    assert isinstance(paragraph, Paragraph)
    assert plain(paragraph.runs) == text.replace("*", "").strip()
    leaves = flatten(parts)
    assert "".join(leaf.glue + plain(leaf.content.runs) for leaf in leaves) == text.replace("*", "").strip()  # type: ignore[union-attr]  # they are paragraphs
    assert {leaf.gap for leaf in leaves[1:]} == {0}


def test_lines_by_the_thousand_are_one_paragraph_for_those_who_copy_them() -> None:
    text = "wörd\n" * 6_000
    parts = parse(text)
    assert len(parts) > 1
    (paragraph,) = whole(parts)
    assert isinstance(paragraph, Paragraph)
    assert plain(paragraph.runs) == text.strip()


@pytest.mark.parametrize("between", ["", "\n", " or "])
def test_a_picture_is_not_cut(between: str) -> None:
    data = "iVBORw0K" * 20_000
    text = f"see{between} ![it](data:image/png;base64,{data}== 'its name') " + "and **more** words " * 2_000
    images = [run.image for run in runs_of(parse(text)) if run.image is not None]
    assert images == [Image("it", f"data:image/png;base64,{data}==", "")]
    assert streamed(text, 5_000).blocks == parse(text)


def test_what_is_left_of_a_line_is_text_whatever_it_begins_with() -> None:
    text = "w" * (LONG_LINE + 1) + " - no item\n===\nmore"
    blocks = parse(text)
    assert all(isinstance(block, Paragraph) for block in blocks)
    assert visible_text(blocks).endswith(" - no item\n===\nmore")


TAILS = {
    "items that are tables": "- |a|\n  |-|\n  |b|\n",
    "rows without a header": "a|b\n",
    "rows below the wrong header": "a|b\n",
    "items after an indented one": "- a\n",
    "rows over the limit": "a|\n",
    "lines of brackets": "[a\n",
    "lines of words": "a\n",
}
HEADS = {
    "rows below the wrong header": "a|b|c\n-|-\n",
    "items after an indented one": " - a\n",
    "rows over the limit": "a|\n-|\n",
}
SIZES = {"rows over the limit": 200_000}


@pytest.mark.parametrize("name", TAILS)
def test_no_tail_grows_without_end(name: str) -> None:
    unit = TAILS[name]
    text = HEADS.get(name, "") + unit * (SIZES.get(name, 80_000) // len(unit))
    stream = MarkdownStream()
    longest = 0
    for at in range(0, len(text), 2_000):
        stream.feed(text[at : at + 2_000])
        stream.advance()
        longest = max(longest, len(stream._tail))
    assert longest <= LENGTH // 2
    stream.end()
    assert visible_text(stream.blocks).count("a") == text.count("a")


def calls(text: str) -> int:
    markdown_inline._remembered.cache_clear()
    parse("warm")
    return _counted(lambda: parse(text))


def test_a_line_of_words_is_asked_for_once_by_few() -> None:
    """The library asks every rule of every line, twice: nearly eighty calls."""
    assert _counted(lambda: tokens_of("a word\n" * 1_000, References())) <= 40 * 1_000


def test_a_row_of_bullets_is_not_looked_through_once_for_each() -> None:
    assert calls("- " * 8_000 + "a") <= 2 * calls("- " * 100 + "a")


def test_what_a_note_in_the_tail_says_is_remembered() -> None:
    """However much stands below it, no step reads all of that again."""

    def most(text: str) -> int:
        markdown_inline._remembered.cache_clear()
        stream = MarkdownStream()
        steps = []
        for at in range(0, len(text), 500):
            stream.feed(text[at : at + 500])
            steps.append(_counted(stream.advance))
        return max(steps)

    head = "[^1]: x\n\n"
    assert most(head + "a[^1]" * 8_000) <= 1.5 * most(head + "a[^1]" * 2_000)


def test_a_note_in_the_tail_that_becomes_another_is_read_anew() -> None:
    text = "[a]: /one" + "\n\n" + "see [a] " * 60
    stream = MarkdownStream()
    for piece in ("[a]: /on", "e\n\n" + "see [a] " * 30, "see [a] " * 30):
        stream.feed(piece)
        stream.advance()
        list(runs_of(stream.blocks))
    stream.end()
    assert stream.blocks == parse(text)
    assert {run.link.href for run in runs_of(stream.blocks) if run.link is not None} == {"/one"}


def test_a_table_of_too_many_columns_is_lines_of_text() -> None:
    def table(columns: int) -> str:
        return "|" + "a|" * columns + "\n|" + "-|" * columns + "\n|" + "b|" * columns + "\n"

    assert isinstance(parse(table(COLUMN_LIMIT))[0], Table)
    blocks = parse(table(COLUMN_LIMIT + 1))
    assert not any(isinstance(block, Table) for block in blocks)
    assert visible_text(blocks).count("b") == COLUMN_LIMIT + 1


def test_a_cell_of_very_many_styles_ends_as_text() -> None:
    (table,) = parse("|a|\n|-|\n|" + "`b` " * 2_000 + "|\n")
    assert isinstance(table, Table)
    (cell,) = table.rows[0]
    assert len(cell) == CELL_RUNS + 1
    assert plain(cell) == ("b " * 2_000).strip()


def test_a_heading_that_is_too_long_goes_on_as_text() -> None:
    first, *rest = parse("# " + "word " * 10_000)
    assert isinstance(first, Heading)
    assert all(isinstance(block, Paragraph) for block in rest)
    assert visible_text([first, *rest]) == ("word " * 10_000).strip()


def test_the_collector_does_not_look_through_all_tokens() -> None:
    """Else twice the text takes nearly three times as long."""
    begun = []

    def note(phase: str, _facts: dict[str, int]) -> None:
        if phase == "start":
            begun.append(phase)

    gc.callbacks.append(note)
    try:
        parse("- a\n" * 3_000)
    finally:
        gc.callbacks.remove(note)
    assert len(begun) <= 3
    assert gc.isenabled()
    gc.disable()
    try:
        parse("a")
        assert not gc.isenabled()
    finally:
        gc.enable()
