"""The buttons below a table, and what a press on a header does: copy, sort; knows not how a table is drawn."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from pizzagpt_desktop.domain.blocks import Table, plain
from pizzagpt_desktop.domain.conversation import Status
from pizzagpt_desktop.domain.copied import Part
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.announcing import announce
from pizzagpt_desktop.ui.transcript.cards import Card, Order
from pizzagpt_desktop.ui.transcript.clipboard import copied
from pizzagpt_desktop.ui.transcript.controls import Bar, Button
from pizzagpt_desktop.ui.transcript.documents import showable
from pizzagpt_desktop.ui.transcript.row import Row

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

SORTED = 20_000
"""Rows of a table that are sorted while one waits."""
NAME_LENGTH = 40


def table_bars(view: "TranscriptView", row: Row, index: int, y: int) -> list[Bar]:
    """The bars of the tables of row `index`, whose top is at `y`, as far as they are on the screen."""
    room = view.viewport().height()
    bars = []
    for leaf in row.between(-y, room - y):
        shown = row.views[leaf]
        if not shown.has_foot:
            continue
        left = row.body_left() + shown.left
        bottom = y + shown.top + shown.height
        rect = QRect(
            left + (12 if shown.rtl else -6),  # as far as the room round a button's words
            bottom - theme.CONTROL_HEIGHT_DENSE,
            shown.width - shown.indent,
            theme.CONTROL_HEIGHT_DENSE,
        )
        if rect.bottom() >= 0 and rect.top() <= room:
            bars.append(_foot_bar(view, row, index, leaf, rect))
    return bars


def _foot_bar(view: "TranscriptView", row: Row, index: int, leaf: int, rect: QRect) -> Bar:
    shown = row.views[leaf]
    card = shown.card
    buttons = []
    if _can_sort(row, leaf):
        words = "Sorted" if card.order is not None else "Sort"
        corner = rect.bottomRight() if shown.rtl else rect.bottomLeft()
        buttons.append(Button("Sort table", "sort", lambda: _ask(view, row, index, leaf, corner), words))
    buttons.append(
        Button("Copy table", "copy", lambda: view.clipboard.put(copied([Part((row.table(leaf),))])), "Copy")
    )
    key = ("table", row.message.id, card.key[1], len(buttons))
    return Bar(
        key,
        rect,
        tuple(buttons),
        right=shown.rtl,
        sideways=lambda way: view.sideways.step(row.views[leaf], way),
    )


def _can_sort(row: Row, leaf: int) -> bool:
    """While rows still come, their order is theirs."""
    if row.busy or row.message.status is Status.STREAMING:
        return False
    card = row.views[leaf].card
    parts = [view.leaf.content for view in row.views if view.card is card]
    rows = sum(len(part.rows) for part in parts if isinstance(part, Table))
    return isinstance(parts[0], Table) and bool(parts[0].header) and 1 < rows <= SORTED


def _ask(view: "TranscriptView", row: Row, index: int, leaf: int, corner: QPoint) -> None:
    """A menu of the columns, at a point of the viewport."""
    table, card = row.table(leaf), row.views[leaf].card
    menu = QMenu(view)
    menu.setObjectName("sort_menu")
    menu.aboutToHide.connect(menu.deleteLater)
    group = QActionGroup(menu)

    def add(words: str, checked: bool, order: Order | None, name: str = "") -> None:
        action = QAction(words, menu)
        action.setCheckable(True)
        action.setChecked(checked)
        action.triggered.connect(lambda: sort(view, index, card, order, name))
        group.addAction(action)
        menu.addAction(action)

    add("As written", card.order is None, None)
    menu.addSeparator()
    for column in range(len(table.header)):
        name = column_name(table, column)
        by_this = card.order if card.order is not None and card.order.column == column else None
        way = "" if by_this is None else ", largest first" if by_this.falling else ", smallest first"
        add(f"{name.replace('&', '&&')}{way}", by_this is not None, _next(card, column), name)
    if row.views[leaf].rtl:
        corner = corner - QPoint(menu.sizeHint().width(), 0)
    menu.popup(view.viewport().mapToGlobal(corner))


def column_name(table: Table, column: int) -> str:
    """What a column is called in a menu."""
    words = " ".join(showable(plain(table.header[column])).split())[:NAME_LENGTH]
    return words or f"Column {column + 1}"


def press_header(view: "TranscriptView", point: QPoint) -> bool:
    """Sort by the header at a viewport point: once rising, once falling, then as written; whether there is one."""
    found = view.row_at(point)
    row = view.rows.live(found[0]) if found else None
    shown = row.view_at(found[1]) if found is not None and row is not None else None
    if found is None or row is None or shown is None:
        return False
    column = shown.header_at(point.x() - row.body_left(), found[1] - shown.top)
    leaf = row.views.index(shown)
    if column is None or not _can_sort(row, leaf):
        return False
    sort(view, found[0], shown.card, _next(shown.card, column), column_name(row.table(leaf), column))
    return True


def _next(card: Card, column: int) -> Order | None:
    """The order after the one of now, when the header of `column` is pressed."""
    if card.order is None or card.order.column != column:
        return Order(column, False)
    return None if card.order.falling else Order(column, True)


def sort(view: "TranscriptView", index: int, card: Card, order: Order | None, name: str) -> None:
    view.change_row(index, lambda row: row.sort(card, order))
    if order is None:
        announce(view, "The rows are as they were written.")
    else:
        announce(view, f"Sorted by {name}{', largest first' if order.falling else ''}.")
