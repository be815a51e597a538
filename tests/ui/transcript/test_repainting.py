"""A growing reply is repainted in part: what is on the screen is always what painting all of it would show."""

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from pizzagpt_desktop.domain.conversation import Siblings, Status
from pizzagpt_desktop.ui.transcript import painting
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import reply

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
    """How high each painted part was."""
    found: list[int] = []
    whole = painting.paint_rows

    def noting(painter, rows, scroll_y, part, **named):  # type: ignore[no-untyped-def]  # passes all on
        found.append(part.height())
        return whole(painter, rows, scroll_y, part, **named)

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
        seen = on_screen(view)
        partly = list(parts)
        view.viewport().update()
        assert on_screen(view) == seen, TEXT[: at + 11][-40:]
        parts[:] = partly
    view.end(reply(TEXT, "r"))
    view._frame.stop()
    view._on_frame()
    seen = on_screen(view)
    view.viewport().update()
    assert on_screen(view) == seen
    room = view.viewport().height()
    if is_at_end:
        assert sum(height < room - 40 for height in parts) > len(parts) // 3
    else:
        assert sum(parts) < room * len(TEXT) // 11 // 4
