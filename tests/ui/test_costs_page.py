"""The page of costs: what it shows, what it gives back, and what it refuses."""

import pytest
from PySide6.QtWidgets import QPushButton, QTableWidgetItem

from pizzagpt_desktop.domain.preferences import Preferences
from pizzagpt_desktop.domain.prices import NANO, Costs, Price
from pizzagpt_desktop.ui.preferences.costs_page import PRICE_WORDS, CostsPage

pytestmark = pytest.mark.usefixtures("qapp")
COSTS = Costs(
    currency="EUR",
    prices=(Price(model="a", input=0.15, output=0.6, cached=0.0), Price(model="b", input=3.0)),
    day_limit=1.5, month_limit=20.0, stops=True,
)  # fmt: skip


def shown(costs: Costs) -> CostsPage:
    page = CostsPage(lambda: (NANO // 4, 3 * NANO))
    page.load(Preferences(costs=costs))
    return page


def test_what_is_loaded_comes_back_and_what_was_spent_is_said() -> None:
    page = shown(COSTS)
    assert page.is_right()
    assert page.into(Preferences()).costs == COSTS
    assert "today 0.25 EUR, this month 3.00 EUR" in page.sums.text()


def test_prices_are_added_and_removed() -> None:
    page = shown(COSTS)
    page.table.selectRow(0)
    page.findChild(QPushButton, "remove_price").click()
    page.findChild(QPushButton, "add_price").click()
    row = page.table.rowCount() - 1
    for column, text in enumerate(("c", "1", "2,5", "")):
        page.table.setItem(row, column, QTableWidgetItem(text))
    made = page.into(Preferences()).costs.prices
    assert made == (COSTS.prices[1], Price(model="c", input=1.0, output=2.5))


@pytest.mark.parametrize(
    "texts", [("", "1", "", ""), ("c", "x", "", ""), ("c", "-1", "", ""), ("c", "", "", "nan")]
)
def test_a_price_that_is_none_is_said_at_the_table(texts: tuple[str, ...]) -> None:
    page = shown(Costs())
    page.findChild(QPushButton, "add_price").click()
    for column, text in enumerate(texts):
        page.table.setItem(0, column, QTableWidgetItem(text))
    assert not page.is_right()
    assert page.prices_field.error == PRICE_WORDS


def test_a_line_left_empty_is_no_price() -> None:
    page = shown(Costs())
    page.findChild(QPushButton, "add_price").click()
    assert page.is_right()
    assert page.into(Preferences()).costs == Costs()


def test_only_chosen_lines_can_be_removed() -> None:
    page = shown(COSTS)
    remove = page.findChild(QPushButton, "remove_price")
    assert not remove.isEnabled()
    page.table.selectRow(1)
    assert remove.isEnabled()
    remove.click()
    assert [price.model for price in page.into(Preferences()).costs.prices] == ["a"]


def test_one_model_has_one_price() -> None:
    page = shown(COSTS)
    page.table.setItem(1, 0, QTableWidgetItem(" a "))
    assert not page.is_right()
    assert page.prices_field.error == "a stands in two lines. Keep one of them."
