"""A growing reply is repainted in part: what is on the screen is always what painting all of it would show."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from pizzagpt_desktop.domain.conversation import Siblings, Status
from pizzagpt_desktop.ui.transcript import painting
from pizzagpt_desktop.ui.transcript.pushing import push, seen
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import names, reply

TEXT = (
    "Some words that go on for more than one line of the column, **bold** and `code`, until they end.\n\n"
    "- one\n- two\n  - inner\n\n> quoted\n> more\n\n```python\nx = 1\nfor y in x:\n    print(y)\n```\n\n"
    "|a|b|\n|-|-|\n|c|d|\n|e|f|\n\n# Head\n\nA [link][x] and a last word.\n\n1. a\n2. b\n\n   loose\n\n[x]: https://a.example\n"
)


def on_screen(view: TranscriptView) -> QImage:
    """The picture of the view, once the colours of its code have come."""
    QApplication.processEvents()
    while view._highlighter.busy:
        QApplication.processEvents()
    QApplication.processEvents()
    return view.screen().grabWindow(view.window().winId()).toImage()


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How high all that was painted at once was."""
    found: list[int] = []
    own = painting.paint_rows

    def noting(painter, rows, scroll_y, region, room, **named):  # type: ignore[no-untyped-def]  # passes all on
        found.append(sum(part.height() for part in region))
        return own(painter, rows, scroll_y, region, room, **named)

    monkeypatch.setattr("pizzagpt_desktop.ui.transcript.view.paint_rows", noting)
    return found


@pytest.mark.parametrize(("above", "is_at_end"), [(0, True), (6, True), (6, False)])
def test_what_is_repainted_in_part_looks_as_if_painted_whole(
    view: TranscriptView, parts: list[int], above: int, is_at_end: bool
) -> None:
    view.set_reduced_motion(False)  # with a caret
    growing = reply("", "r", status=Status.STREAMING)
    before = [reply(f"Before it stands **this** and more {n}.\n\n- a\n- b", f"b{n}") for n in range(above)]
    view.show_path("c", [*before, growing], lambda _: Siblings())
    on_screen(view)
    if not is_at_end:
        view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() // 2)
        on_screen(view)
    parts.clear()
    for at in range(0, len(TEXT), 11):
        view.grow("r", TEXT[at : at + 11])
        view.rows.row(above)._reading._rest_until = 0.0  # a busy machine must not have it wait
        view._frame.stop()
        view._on_frame()
        shown = on_screen(view)
        partly = list(parts)
        view.viewport().update()
        assert on_screen(view) == shown, TEXT[: at + 11][-40:]
        parts[:] = partly
    view.end(reply(TEXT, "r"))
    view._frame.stop()
    view._on_frame()
    shown = on_screen(view)
    view.viewport().update()
    assert on_screen(view) == shown
    room = view.viewport().height()
    if is_at_end:
        assert sum(height < room - 40 for height in parts) > len(parts) // 3
    else:
        assert sum(parts) < room * len(TEXT) // 11 // 4


def over_it(view: QWidget, place: QRect) -> None:
    """Something that stays where it is, as an overlaid list does over the view."""
    label = QLabel("Over it", view)
    label.setGeometry(place)
    label.setAutoFillBackground(True)
    label.show()


def give_keyboard(view: TranscriptView) -> None:
    view.clearFocus()
    view.setFocus(Qt.FocusReason.TabFocusReason)
    assert view.has_ring


def scrolled_code(view: TranscriptView) -> None:
    """Code that is wider than its place, pushed to its side."""
    row = view.rows.row(0)
    assert row.views[1].overflow() > 40
    row.views[1].scroll_x = 40


LINES = "\n".join(f"line {number} " + "of some code " * (number % 7) for number in range(40))
SCREENS: dict[str, tuple[str, Callable[[TranscriptView], object]]] = {
    "a message is chosen": ("Before it.\n\n- a\n- b", lambda view: view.choose(0)),
    "the growing one is chosen": ("Before it.\n\n- a\n- b", lambda view: view.choose(1)),
    "the view has the keyboard": ("Before it.\n\n- a\n- b", give_keyboard),
    "the pointer is on a message": ("Before it.\n\n- a\n- b", lambda view: view.hover(0)),
    "something lies over it": ("Before it.\n\n- a\n- b", lambda view: over_it(view, QRect(60, 200, 120, 60))),
    "something lies at its side": (
        "Before it.\n\n- a\n- b",
        lambda view: over_it(view, QRect(0, 0, 5, 600)),  # what the list's width is changed by
    ),
    "something lies in it": (
        "Before it.\n\n- a\n- b",
        lambda view: over_it(view.viewport(), QRect(60, 200, 120, 60)),
    ),
    "code with buttons": (f"Code:\n\n```\n{'long ' * 60}\n{LINES}\n```\n\nAfter it.", scrolled_code),
    "a table with buttons": ("|a|b|\n|-|-|\n" + "|c|d|\n" * 12, lambda view: None),
}


@pytest.mark.parametrize("name", SCREENS)
def test_what_is_pushed_up_looks_as_if_painted_there(
    view: TranscriptView, parts: list[int], name: str
) -> None:
    text, make = SCREENS[name]
    view.show_path("c", [reply(text, "b"), reply("", "r", status=Status.STREAMING)], lambda _: Siblings())
    on_screen(view)
    make(view)
    view.jump_to_end()
    view._frame.stop()
    on_screen(view)
    assert name != "the pointer is on a message" or names(view)
    pushed: list[int] = []
    parts.clear()
    words = "Some words that go on for more than a line of the column until they end.\n\n"
    for at in range(60):
        before = view.scroll_y
        view.grow("r", words)
        view.rows.row(1)._reading._rest_until = 0.0  # a busy machine must not have it wait
        view._frame.stop()
        view._on_frame()
        shown = on_screen(view)
        if view.scroll_y > before:
            pushed.append(sum(parts))
        view.viewport().update()
        assert on_screen(view) == shown, at
        parts.clear()
    room = view.viewport().height()
    least = {"the view has the keyboard": 0, "something lies over it": 0}.get(name, 10)
    assert sum(height < room // 2 for height in pushed) >= least, (pushed, room)


@pytest.mark.parametrize(
    "text", [f"```\n{'long ' * 60}\n{LINES * 3}\n```", "|a|b|\n|-|-|\n" + "|c|d|\n" * 90]
)
def test_a_part_in_the_midst_of_what_is_wide_has_no_bar_of_its_own(view: TranscriptView, text: str) -> None:
    view.resize(400, 600)
    text = text.replace("|c|", f"|{'word ' * 9}{'x' * 90}|")
    view.show_path("c", [reply(text)], lambda _: Siblings())
    view.jump_to_start()
    view._frame.stop()
    shown = on_screen(view)
    assert view.rows.row(0).views[0].overflow() > 0
    view.viewport().update(QRect(0, 200, 400, 150))
    assert on_screen(view) == shown


def test_only_a_screen_that_showed_the_end_is_pushed(view: TranscriptView) -> None:
    """On any other the bar of a table or of code may lie at the lower edge, and would go up with it."""
    view.show_path(
        "c",
        [reply("Before it.\n\n" * 30, "b"), reply("", "r", status=Status.STREAMING)],
        lambda _: Siblings(),
    )
    on_screen(view)
    before, fresh = seen(view), QRect(0, 500, 800, 100)
    assert before.is_end
    higher = before._replace(
        scroll_y=before.scroll_y - 40, tops={key: top + 40 for key, top in before.tops.items()}
    )
    assert push(view, higher, fresh, fresh) == fresh
    assert push(view, higher._replace(is_end=False), fresh, fresh) == view.viewport().rect()
