"""Rows in the order of a column: numbers as numbers, words as words, nothing lost and equal ones left in their order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.domain.blocks import Run, plain
from pizzagpt_desktop.domain.table_order import ordered


def rows_of(cells: list[str]) -> tuple:
    return tuple(((Run(str(at)),), (Run(cell),)) for at, cell in enumerate(cells))


def by(cells: list[str], falling: bool = False) -> list[str]:
    return [plain(row[1]) for row in ordered(rows_of(cells), 1, falling)]


@pytest.mark.parametrize(
    "rising",
    [
        ["-5", "2", "10", "100"],
        ["−1.5", "0", "1,307.0", "53,591", "231,800"],
        ["900", "1.234,50", "2.000,00"],
        ["0,5", "1,25", "10,1"],
        ["1.000.000", "2.000.000", "10.000.000"],
        ["$5", "$6.50", "$1,000"],
        ["2 %", "15 %", "100 %"],
        ["2 km", "10 km", "1 000 km"],
        ["~3", "20", "1e3"],
        ["v9", "v10", "V11"],
        ["Ann", "bob", "Carl"],
        ["2024-01-31", "2024-11-02", "2025-01-01"],
        ["900 MB", "1.5 GB"][::-1],  # units differ: words, and 1 comes before 900
        ["1", "2", "x"],
        ["1.2.3", "1.2.10", "1.10.0"],
    ],
)
def test_a_column_is_ordered_as_its_readers_mean_it(rising: list[str]) -> None:
    assert by(rising[::-1]) == rising
    assert by(rising, falling=True) == rising[::-1]


def test_empty_cells_come_last_whatever_the_way() -> None:
    assert by(["2", "", "10", "–", "n/a"]) == ["2", "10", "", "–", "n/a"]
    assert by(["2", "", "10", "–"], falling=True) == ["10", "2", "", "–"]


def test_equal_rows_stay_in_their_order() -> None:
    found = ordered(rows_of(["b", "a", "B", "a"]), 1, falling=True)
    assert [plain(row[0]) for row in found] == ["0", "2", "1", "3"]


def test_rows_that_are_too_short_are_no_trouble() -> None:
    assert len(ordered((((Run("a"),),), ((Run("b"),), (Run("1"),))), 1, False)) == 2


@given(
    st.lists(st.text(alphabet="0123456789.,-+e$% abKM\u0660²٣'½Ⅷ", max_size=12), max_size=30), st.booleans()
)
def test_no_row_is_lost_and_nothing_is_raised(cells: list[str], falling: bool) -> None:
    rows = rows_of(cells)
    found = ordered(rows, 1, falling)
    assert sorted(map(id, found)) == sorted(map(id, rows))
