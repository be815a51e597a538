"""The order in which Tab goes through a form: that of its layouts, whenever its parts were made; knows no form."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractScrollArea, QLayout, QScrollArea, QWidget


def put_in_order(form: QWidget) -> None:
    """Let Tab go from part to part as they lie in the layouts; what was made later stands at the end otherwise."""
    stops = list(_stops_of(form))
    for before, after in pairwise(stops):
        QWidget.setTabOrder(before, after)


def put_before(below: QWidget, stops: Sequence[QWidget]) -> None:
    """Let Tab go through `stops` and then on to `below`, whenever they were made."""
    # WORKAROUND(PySide6 6.11): who stands before `below` is not asked for. What `previousInFocusChain` and
    # `nextInFocusChain` give counts as a child of the widget that was asked, and is given up together with it.
    for before, after in pairwise([below, *stops, below]):
        QWidget.setTabOrder(before, after)


def _stops_of(widget: QWidget) -> Iterator[QWidget]:
    if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
        yield widget
    elif isinstance(widget, QScrollArea):
        if (inner := widget.widget()) is not None:
            yield from _stops_of(inner)
    elif not isinstance(widget, QAbstractScrollArea) and (layout := widget.layout()) is not None:
        yield from _stops_in(layout)


def _stops_in(layout: QLayout) -> Iterator[QWidget]:
    for place in range(layout.count()):
        item = layout.itemAt(place)
        if item is None:
            continue
        if (widget := item.widget()) is not None:
            yield from _stops_of(widget)
        elif (inner := item.layout()) is not None:
            yield from _stops_in(inner)
