"""What the reader looks at stands still in every painted frame, also while long texts are read over many of them."""

from collections.abc import Callable
from dataclasses import replace
from math import inf

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

from pizzagpt_desktop.domain.conversation import Message, Role, Siblings, Status
from pizzagpt_desktop.domain.preferences import LineWidth
from pizzagpt_desktop.ui.transcript import reading
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.ui.transcript.conftest import message, sized
from tests.ui.transcript.test_anchor import Reader, text_of

LONG = "\n\n".join(text_of(number) for number in range(100))
READ = 2
"""The message that is looked at; long ones stand above, below and in its place."""


class Frames(QObject):
    """Notes at every painting where a point of the conversation stands."""

    def __init__(self, reader: Reader, point: tuple[str, int, int]) -> None:
        super().__init__()
        self._reader, self._point = reader, point
        self.seen: list[int | None] = []
        reader.view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint:
            self.seen.append(self._reader.place(self._point))
        return False


class Watcher(Reader):
    """A reader of a conversation that is all there."""

    def __init__(self, view: TranscriptView, messages: list[Message]) -> None:
        self.view = view
        self.messages = messages
        self.show()

    def show(self) -> None:
        self.view.show_path("c", self.messages, lambda _: Siblings())
        self.settle()


def conversation(status: Status) -> list[Message]:
    texts = ["Short.", LONG, LONG, text_of(4), LONG]
    talk = [
        message(
            f"m{at}", Role.ASSISTANT, text, status=Status.COMPLETE, reasoning="Thinking. " * 40 * (at % 3)
        )
        for at, text in enumerate(texts)
    ]
    talk[READ] = replace(talk[READ], status=status)
    return talk


CHANGES: dict[str, Callable[[Watcher], object]] = {
    "it grows": lambda w: w.view.grow("m2", LONG, "and thinks"),
    "it ends": lambda w: w.view.end(replace(w.messages[2], text=LONG * 2, status=Status.COMPLETE)),
    "one above grows long": lambda w: w.view.end(replace(w.messages[0], text=LONG)),
    "one above grows short": lambda w: w.view.end(replace(w.messages[1], text="Short.")),
    "one below grows long": lambda w: w.view.end(replace(w.messages[3], text=LONG)),
    "one more comes": lambda w: w.view.add_message(replace(w.messages[4], id="m5")),
    "narrower": lambda w: w.view.resize(420, 600),
    "higher": lambda w: w.view.resize(800, 1_000),
    "another font": lambda w: w.view.set_body_font(sized(15)),
    "compact": lambda w: w.view.set_measures(LineWidth.NORMAL, True),
    "shown again": lambda w: w.view.show_path("c", w.messages, lambda _: Siblings()),
}


@pytest.mark.parametrize("part", [0.03, 0.5])
@pytest.mark.parametrize("name", CHANGES)
def test_no_painted_frame_shows_it_elsewhere(
    view: TranscriptView, monkeypatch: pytest.MonkeyPatch, name: str, part: float
) -> None:
    monkeypatch.setattr(
        reading, "COSTLY_S", inf
    )  # it never rests: how many frames there are depends on no clock
    watcher = Watcher(view, conversation(Status.STREAMING))
    view.jump_to("m2")
    watcher.settle()
    bar = view.verticalScrollBar()
    bar.setValue(bar.value() + round(part * view.rows.heights[READ]))
    watcher.settle()
    point = watcher.looked_at()
    assert point is not None
    assert point[0] == "m2"
    before = watcher.place(point)
    assert before is not None
    frames = Frames(watcher, point)
    CHANGES[name](watcher)
    view.viewport().repaint()  # something else may want that at any time
    for _ in range(400):
        if not view._frame.isActive():
            break
        view._frame.stop()
        view._on_frame()
        QApplication.processEvents()
        view.viewport().repaint()
    assert not view._frame.isActive()
    assert frames.seen
    assert all(at is not None and abs(at - before) <= 1 for at in frames.seen), (before, frames.seen)
