"""The page of costs: what models cost, what was spent, and the budget; knows no service's tariff."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from pizzagpt_desktop.domain.preferences import Preferences
from pizzagpt_desktop.domain.prices import LARGEST, Costs, Price, money
from pizzagpt_desktop.ui.labels import describe, label, text_button
from pizzagpt_desktop.ui.preferences.fields import PAGE_MARGINS, Field, line, number, tick

COLUMNS = ("Model", "Input", "Output", "Cached")
PRICE_WORDS = "Each price needs a model, and numbers from 0 for a million tokens."
TWICE_WORDS = "{} stands in two lines. Keep one of them."
LIMIT_WORDS = "The budget is a number from 0; empty is none."
CURRENCY_WORDS = "The currency is a short word, such as USD."
PRICES_HELP = (
    "For a million tokens, as your services' price lists say. A name also counts for models that begin with it. "
    "Where no cached price stands, the one for input holds."
)
STOP_WORDS = "Send nothing more once the budget is spent"
_ROWS_SHOWN = 5

Spent = Callable[[], tuple[int, int]]
"""Billionths spent today and this month."""


class CostsPage(QWidget):
    """Edits `Preferences.costs`."""

    def __init__(self, spent: Spent) -> None:
        super().__init__()
        self._spent = spent
        self.sums = label("", "muted")
        self.sums.setObjectName("spent")
        self.currency = line("currency", "Currency", placeholder="USD")
        self.currency_field = Field(self.currency, "currency", "Currency", "One for all prices.")
        self.table = QTableWidget(0, len(COLUMNS))
        describe(self.table, "prices", "Prices")
        self.table.setHorizontalHeaderLabels(list(COLUMNS))
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.table.setFixedHeight(header.sizeHint().height() + _ROWS_SHOWN * 32)
        self.table.setTabKeyNavigation(False)
        add = text_button("add_price", "Add price", "Add a line for a model")
        add.clicked.connect(lambda: self._add(Price(model=""), edit=True))
        remove = text_button("remove_price", "Remove", "Take the chosen lines away")
        remove.clicked.connect(self._remove_chosen)
        remove.setEnabled(False)
        self.table.itemSelectionChanged.connect(lambda: remove.setEnabled(bool(self.table.selectedIndexes())))
        buttons = QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(add)
        row.addWidget(remove)
        row.addStretch(1)
        self.prices_field = Field(self.table, "prices", "Prices", PRICES_HELP)
        self.day = line("day_limit", "Budget for a day", placeholder="none")
        self.month = line("month_limit", "Budget for a month", placeholder="none")
        self.day_field = Field(
            self.day, "day_limit", "Budget for a day", "A warning comes at four fifths of it."
        )
        self.month_field = Field(
            self.month, "month_limit", "Budget for a month", "From the first of the month on."
        )
        self.stops = tick("budget_stops", STOP_WORDS)
        limits = QHBoxLayout()
        limits.setSpacing(16)
        limits.addWidget(self.day_field, 1)
        limits.addWidget(self.month_field, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(*PAGE_MARGINS)
        column.setSpacing(12)
        for part in (self.sums, self.prices_field, buttons, self.currency_field):
            column.addWidget(part)
        column.addLayout(limits)
        column.addWidget(self.stops)
        column.addStretch(1)

    def load(self, preferences: Preferences) -> None:
        """Show these settings, and what was spent."""
        costs = preferences.costs
        today, month = self._spent()
        self.sums.setText(
            f"Spent today {money(today, costs.currency)}, this month {money(month, costs.currency)}. "
            "Only replies of models with a price below are counted, and none of temporary conversations."
        )
        self.currency.setText(costs.currency)
        self.table.setRowCount(0)
        for price in costs.prices:
            self._add(price)
        self.day.setText(_shown(costs.day_limit))
        self.month.setText(_shown(costs.month_limit))
        self.stops.setChecked(costs.stops)

    def is_right(self) -> bool:
        """Whether all can be used; if not, the fields say why."""
        checks = (
            (self.prices_field, self._prices),
            (self.currency_field, self._currency),
            (self.day_field, lambda: self._limit(self.day.text())),
            (self.month_field, lambda: self._limit(self.month.text())),
        )
        return not [field for field, read in checks if not field.check(read)]

    def into(self, preferences: Preferences) -> Preferences:
        """`preferences` with what was entered. Raises ValueError with words."""
        costs = Costs(
            currency=self._currency(),
            prices=self._prices(),
            day_limit=self._limit(self.day.text()),
            month_limit=self._limit(self.month.text()),
            stops=self.stops.isChecked(),
        )
        return replace(preferences, costs=costs)

    def _add(self, price: Price, edit: bool = False) -> None:
        row = self.table.rowCount()
        self.table.insertRow(row)
        new = not price.model
        texts = (price.model, *("" if new else _shown(value) or "0" for value in (price.input, price.output)))
        cached = "" if price.cached is None else _shown(price.cached) or "0"
        for column, text in enumerate((*texts, cached)):
            self.table.setItem(row, column, QTableWidgetItem(text))
        if edit:
            self.table.setCurrentCell(row, 0)
            self.table.edit(self.table.model().index(row, 0))

    def _remove_chosen(self) -> None:
        for row in sorted({index.row() for index in self.table.selectedIndexes()}, reverse=True):
            self.table.removeRow(row)

    def _prices(self) -> tuple[Price, ...]:
        found: list[Price] = []
        for row in range(self.table.rowCount()):
            model, taken, given, cached = (self._cell(row, column) for column in range(len(COLUMNS)))
            if not (model or taken or given or cached):
                continue
            if not model:
                raise ValueError(PRICE_WORDS)
            if any(price.model == model for price in found):
                raise ValueError(TWICE_WORDS.format(model))
            found.append(
                Price(
                    model=model,
                    input=number(taken, 0, LARGEST, PRICE_WORDS) or 0.0,
                    output=number(given, 0, LARGEST, PRICE_WORDS) or 0.0,
                    cached=number(cached, 0, LARGEST, PRICE_WORDS),
                )
            )
        return tuple(found)

    def _cell(self, row: int, column: int) -> str:
        item = self.table.item(row, column)
        return item.text().strip() if item is not None else ""

    def _currency(self) -> str:
        text = self.currency.text().strip() or "USD"
        if len(text) > 8 or not text.isprintable():
            raise ValueError(CURRENCY_WORDS)
        return text

    def _limit(self, text: str) -> float:
        return number(text, 0, LARGEST, LIMIT_WORDS) or 0.0


def _shown(value: float) -> str:
    return f"{value:g}" if value else ""
