"""Long lists and tables come in parts: the same ones whole and as they arrive, closed while the rest still grows."""

from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pizzagpt_desktop.domain import markdown_parts, markdown_rules
from pizzagpt_desktop.domain.blocks import ListBlock, Paragraph, Table, visible_text
from pizzagpt_desktop.domain.markdown import MarkdownStream, parse
from pizzagpt_desktop.domain.markdown_parts import ITEMS, ROWS
from pizzagpt_desktop.ui.transcript.leaves import GAP, GAP_TIGHT, flatten

LINES = st.sampled_from(
    [
        "- a", "- b", "- c", "- d", "- a", "- b", "- c", " - e", "  more", "lazy", "- [x] [r]", "- - f", "- - -", "", "> q",
        "1. a", "2. b", "3. c", "4. d", "- ```", "  ```", "- |a|", "|-|", "---", "[r]: /u", "# h",
        "|a|b|", "|-|-|", "|c|d|", "|e|[r]|", "|c|d|", "|c|d|", "|f", "g|h|i", "$$", "- $$", "[^r]: x",
    ]
)  # fmt: skip


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        make_small(patch)
        yield


def make_small(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(markdown_parts, "ITEMS", 2)
    patch.setattr(markdown_parts, "ROWS", 2)
    patch.setattr(markdown_rules, "CELL_LIMIT", 12)


def streamed(text: str, size: int) -> MarkdownStream:
    stream = MarkdownStream()
    for at in range(0, len(text), size):
        stream.feed(text[at : at + size])
        stream.advance()
    return stream


@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.tuples(LINES, st.sampled_from(["\n", "\n", "\n", "\n\n"])), max_size=24),
    st.sampled_from(["- a\n- b\n- c\n", "1. a\n1. b\n1. c\n", "|x|y|\n|-|-|\n|1|2|\n|3|4|\n|5|6|\n", ""]),
    st.integers(1, 12),
)
@example([("$$", "\n"), ("- a", "\n"), ("$$", "\n")], "|x|y|\n|-|-|\n|1|2|\n|3|4|\n|5|6|\n", 1)
def test_parts_are_the_same_in_any_pieces(pairs: list[tuple[str, str]], head: str, size: int) -> None:
    text = head + "".join(line + end for line, end in pairs)
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch)
        stream = streamed(text, size)
        sealed = list(stream.sealed)
        kept = stream.end()
        assert stream.blocks == parse(text)
        if kept:
            assert list(stream.blocks[: len(sealed)]) == sealed


@pytest.mark.parametrize("mark", ["- ", "* ", "1. ", "7) "])
def test_a_long_list_is_sealed_while_it_grows(mark: str) -> None:
    text = "".join(f"{mark}item {i} **bold**\n  more\n" for i in range(4 * ITEMS))
    stream = streamed(text, 700)
    assert [len(block.items) for block in stream.sealed if isinstance(block, ListBlock)] == [ITEMS] * 3
    assert stream.end()
    assert stream.blocks == parse(text)
    number = None if mark in "- * " else int(mark[0])
    starts = [block.start for block in stream.blocks if isinstance(block, ListBlock)]
    assert starts == [None if number is None else number + at * ITEMS for at in range(4)]
    assert [block.goes_on for block in stream.blocks if isinstance(block, ListBlock)] == [
        False,
        True,
        True,
        True,
    ]
    markers = [leaf.marker for leaf in flatten(stream.blocks) if leaf.marker]
    assert markers == [("•" if number is None else f"{number + at}.") for at in range(4 * ITEMS)]


def test_the_gap_between_parts_is_the_one_between_items() -> None:
    tight = flatten(parse("- a\n" * (2 * ITEMS)))
    assert {leaf.gap for leaf in tight[1:]} == {GAP_TIGHT}
    loose = flatten(parse("- a\n\n" * (2 * ITEMS)))
    assert {leaf.gap for leaf in loose} == {GAP}


def test_a_part_is_loose_by_its_own_blank_lines() -> None:
    blocks = parse("- a\n" * ITEMS + "- b\n\n- c\n" + "- d\n" * ITEMS)
    assert [block.tight for block in blocks if isinstance(block, ListBlock)] == [True, False, True]
    blocks = parse("- a\n" * ITEMS + "\n- b\n- c\n")
    assert [block.tight for block in blocks if isinstance(block, ListBlock)] == [False, True]


def test_a_long_table_is_sealed_while_it_grows() -> None:
    text = "|a|b|\n|:-|-:|\n" + "".join(f"|r{i}|*x*|\n" for i in range(4 * ROWS)) + "\nafter"
    stream = streamed(text, 300)
    stream.end()
    assert stream.blocks == parse(text)
    *tables, after = stream.blocks
    assert isinstance(after, Paragraph)
    assert [len(table.rows) for table in tables if isinstance(table, Table)] == [ROWS] * 4
    assert [bool(table.header) for table in tables if isinstance(table, Table)] == [True, False, False, False]
    assert all(table.align == ("left", "right") for table in tables if isinstance(table, Table))
    joined = [leaf for leaf in flatten(tables) if leaf.joined]
    assert [(leaf.gap, leaf.glue) for leaf in joined] == [(0, "\n")] * 3
    lines = visible_text(tables).split("\n")
    assert lines == ["a\tb", *(f"r{i}\tx" for i in range(4 * ROWS))]


@pytest.mark.usefixtures("small_parts")
def test_rows_over_the_limit_are_lines_of_text() -> None:
    text = "|a|b|\n|-|-|\n" + "".join(f"|{i}|x|\n" for i in range(20))
    for size in (1, 6, 50, 500):
        stream = streamed(text, size)
        stream.end()
        assert stream.blocks == parse(text)
    *tables, rest = parse(text)
    assert sum(len(table.rows) for table in tables if isinstance(table, Table)) == 6
    assert isinstance(rest, Paragraph)
    assert visible_text([rest]).split("\n") == [f"|{i}|x|" for i in range(6, 20)]


def test_a_definition_that_comes_late_reaches_into_a_part() -> None:
    text = "- [x] y\n- arr[0]\n- [r]\n" * ITEMS + "\n[r]: https://a.example\n"
    stream = streamed(text, 99)
    assert not stream.end()
    assert stream.blocks == parse(text)


def test_what_is_sealed_is_not_read_again() -> None:
    """The steps of a giant list cost what is new, not what is there."""
    stream = MarkdownStream()
    stream.feed("- item\n" * 40 * ITEMS)
    stream.advance()
    assert len(stream.sealed) >= 39
    assert sum(len(block.items) for block in stream.tail if isinstance(block, ListBlock)) <= ITEMS


def test_a_wide_table_comes_in_parts_of_fewer_rows() -> None:
    columns = 300
    text = "|" + "a|" * columns + "\n|" + "-|" * columns + "\n" + ("|" + "x|" * columns + "\n") * 10
    parts = parse(text)
    assert [len(table.rows) for table in parts if isinstance(table, Table)] == [2] * 5
    stream = MarkdownStream()
    for at in range(0, len(text), 50):
        stream.feed(text[at : at + 50])
        stream.advance()
    stream.end()
    assert stream.blocks == parts


def test_items_of_many_lines_come_in_parts_of_fewer_items() -> None:
    """What is read again at each step is a number of lines, whatever they are lines of."""
    item = "- top\n" + "".join("  " * deep + "- inner\n" for deep in range(1, 30))
    text = item * 40
    stream = MarkdownStream()
    for at in range(0, len(text), 997):
        stream.feed(text[at : at + 997])
        stream.advance()
        assert sum(len(block.items) for block in stream.tail if isinstance(block, ListBlock)) < 20
    stream.end()
    assert stream.blocks == parse(text)
    assert sum(len(block.items) for block in stream.blocks if isinstance(block, ListBlock)) == 40
