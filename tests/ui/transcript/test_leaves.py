"""Blocks laid flat: order, indents, markers, and cuts that stay where they are while the text grows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.domain.blocks import CodeBlock, Heading, Image, Math, Paragraph, Raw, Run, Table, plain
from pizzagpt_desktop.domain.markdown import parse
from pizzagpt_desktop.ui.transcript.cutting import cut
from pizzagpt_desktop.ui.transcript.leaves import (
    DEEPEST,
    GAP_HEADING,
    LETTERS_LIMIT,
    LINES_LIMIT,
    PARAGRAPH_LIMIT,
    RUNS_LIMIT,
    TABLE_RUNS,
    WORD_LIMIT,
    Rail,
    cost_of,
    flatten,
)

MOST = 4 * PARAGRAPH_LIMIT + WORD_LIMIT


def texts(leaves: list) -> list[str]:
    return [plain(leaf.content.runs) for leaf in leaves if isinstance(leaf.content, Paragraph)]


def test_lists_and_quotes_become_rails_and_markers() -> None:
    leaves = flatten(parse("2. two\n   - in\n3. three\n\n> said\n>\n> - [x] done"))
    assert [(leaf.marker, leaf.rails) for leaf in leaves] == [
        ("2.", (Rail.LIST,)),
        ("◦", (Rail.LIST, Rail.LIST)),
        ("3.", (Rail.LIST,)),
        ("", (Rail.QUOTE,)),
        ("☑", (Rail.QUOTE, Rail.LIST)),
    ]
    assert texts(leaves) == ["two", "in", "three", "said", "done"]


def test_an_empty_item_and_a_list_in_an_item_keep_their_markers() -> None:
    leaves = flatten(parse("- \n- - inner\n"))
    assert [leaf.marker for leaf in leaves] == ["•", "•", "◦"]


def test_deep_nesting_stops_indenting() -> None:
    leaves = flatten(parse("> " * 30 + "deep"))
    assert len(leaves[0].rails) == DEEPEST
    assert texts(leaves) == ["deep"]


@given(st.text(alphabet="ab \n", max_size=300), st.integers(1, 40))
def test_a_long_paragraph_is_cut_without_losing_a_character(unit: str, times: int) -> None:
    text = unit * times * 20
    leaves = flatten([Paragraph((Run(text[: len(text) // 3]), Run(text[len(text) // 3 :], bold=True)))])
    assert "".join(texts(leaves)) == text
    assert all(len(words) <= PARAGRAPH_LIMIT for words in texts(leaves))
    assert [leaf.joined for leaf in leaves] == [False] + [True] * (len(leaves) - 1)


RUNS = st.lists(
    st.sampled_from(
        [
            Run("word "),
            Run("some more words, "),
            Run("`code`", code=True),
            Run("bold", bold=True),
            Run("$a b$", math=Math("a b", False)),
            Run("", image=Image("", "x", "")),
            Run("a picture", image=Image("a picture", "x", "")),
            Run("[1]", note="1"),
            Run("漢"),
        ]
    ),
    max_size=60,
)


@given(RUNS, st.integers(1, 40), st.integers(0, 2_000))
def test_a_leaf_holds_so_many_runs_and_earlier_cuts_stay(unit: list[Run], times: int, kept: int) -> None:
    runs = tuple(unit * times)
    leaves = flatten([Paragraph(runs)])
    assert "".join(texts(leaves)) == plain(runs)
    assert all(cost_of(leaf.content) <= RUNS_LIMIT for leaf in leaves)
    assert [leaf.joined for leaf in leaves] == [False] + [True] * (len(leaves) - 1)
    signs = [run for run in runs if run.math or run.image or run.note]
    parts = [run for leaf in leaves for run in leaf.content.runs]  # type: ignore[union-attr]  # they are paragraphs
    assert [run for run in parts if run.math or run.image or run.note] == signs, "none is cut, none is lost"
    before = flatten([Paragraph(runs[:kept])])
    assert [leaf.content for leaf in before[:-1]] == [leaf.content for leaf in leaves[: len(before) - 1]]


def test_a_long_heading_is_cut_as_paragraphs_are() -> None:
    leaves = flatten([Heading(2, (Run("some words " * 2_000),))])
    assert len(leaves) > 4
    assert "".join(plain(leaf.content.runs) for leaf in leaves) == "some words " * 2_000  # type: ignore[union-attr]  # they are headings
    assert [leaf.gap for leaf in leaves] == [GAP_HEADING] + [0] * (len(leaves) - 1)


def test_a_leaf_holds_so_many_different_letters() -> None:
    text = "".join(chr(0x4E00 + number) for number in range(3_800))
    leaves = flatten([Paragraph((Run(text),))])
    assert "".join(texts(leaves)) == text
    assert max(len(set(part)) for part in texts(leaves)) <= LETTERS_LIMIT


def test_rows_of_many_runs_are_fewer_in_a_leaf() -> None:
    rows = "|" + "*a* `b` " * 20 + "|\n"
    leaves = flatten(parse("|a|\n|-|\n" + rows * 60))
    assert sum(len(leaf.content.rows) for leaf in leaves) == 60  # type: ignore[union-attr]  # they are tables
    assert max(cost_of(leaf.content) for leaf in leaves) <= TABLE_RUNS


def test_a_long_word_is_cut_in_the_view() -> None:
    parts = texts(flatten(parse("x" * 50_000)))
    assert max(map(len, parts)) <= WORD_LIMIT
    assert "".join(parts) == "x" * 50_000


def test_code_and_plain_lines_are_cut_at_lines_and_earlier_cuts_stay() -> None:
    code = "".join(f"line {i}\n" for i in range(5 * LINES_LIMIT))
    whole = flatten([CodeBlock("py", code)])
    part = flatten([CodeBlock("py", code[: len(code) // 2])])
    assert "".join(leaf.content.text for leaf in whole) == code
    assert [leaf.content for leaf in whole[: len(part) - 1]] == [leaf.content for leaf in part[:-1]]
    assert "\n".join(leaf.content.text for leaf in flatten([Raw(code)])) + "\n" == code


@given(
    st.lists(
        st.tuples(st.sampled_from(["x", "some words ", "a\n", "\n"]), st.integers(0, 30_000)), max_size=4
    )
)
def test_a_long_plain_line_is_cut_and_nothing_is_lost(parts: list[tuple[str, int]]) -> None:
    text = "".join(unit * (size // len(unit)) for unit, size in parts)
    leaves = flatten([Raw(text)])
    shown = "".join(leaf.glue + leaf.content.text for leaf in leaves if isinstance(leaf.content, Raw))
    assert shown == text or shown + "\n" == text
    assert max(len(leaf.content.text) for leaf in leaves) <= 5 * PARAGRAPH_LIMIT


def test_a_long_table_is_cut_at_rows() -> None:
    leaves = flatten(parse("|a|b|\n|-|-|\n" + "|x|y|\n" * 200))
    assert len(leaves) > 1
    assert sum(len(leaf.content.rows) for leaf in leaves) == 200
    assert [bool(leaf.content.header) for leaf in leaves] == [True] + [False] * (len(leaves) - 1)
    assert all(isinstance(leaf.content, Table) for leaf in leaves)


def plains(leaves: list) -> list[str]:
    return [leaf.content.text for leaf in leaves if isinstance(leaf.content, Raw)]


@given(st.text(alphabet="abc \n", min_size=1, max_size=200), st.integers(1, 400))
def test_long_lines_of_plain_text_are_cut_without_losing_a_character(unit: str, times: int) -> None:
    text = unit * times
    leaves = flatten([Raw(text)])
    together = "".join(leaf.glue + leaf.content.text for leaf in leaves)
    assert together == text.removesuffix("\n") if text.endswith("\n") else together == text
    assert all(len(words) <= MOST for words in plains(leaves))
    everything = cut([Raw(text)], {index: leaf.content for index, leaf in enumerate(leaves)})
    assert everything == (Raw(together),)


@pytest.mark.parametrize("unit", ["x", "word ", "two words\n", "a " * 300 + "x" * 5000])
def test_a_very_long_text_of_ones_own_has_many_small_leaves(unit: str) -> None:
    leaves = flatten([Raw(unit * (1_000_000 // len(unit)))])
    assert len(leaves) > 40
    assert max(map(len, plains(leaves))) <= MOST
