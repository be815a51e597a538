"""Garbage with parts of Qt is destroyed in the window's thread, however much a worker makes meanwhile."""

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QAbstractEventDispatcher, QObject, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import Shiboken

from pizzagpt_desktop.ui.garbage import OLDER, YOUNG, Garbage


@pytest.fixture
def garbage(qtbot: QtBot) -> Iterator[None]:
    gc.enable()
    owner = QObject()
    Garbage(owner)
    yield
    Shiboken.delete(owner)


class Circle:
    """Holds a running timer and itself; tells the thread in which it goes."""

    def __init__(self, ended_in: list[threading.Thread]) -> None:
        self.me = self
        self.timer = QTimer()
        self.timer.start(60_000)
        self.ended_in = ended_in

    def __del__(self) -> None:
        self.ended_in.append(threading.current_thread())


def make_and_drop(objects: int) -> list[list[int]]:
    return [[number] for number in range(objects)]


def test_a_worker_that_makes_objects_destroys_no_timer_of_the_window(garbage: None, qtbot: QtBot) -> None:
    ended_in: list[threading.Thread] = []
    for _ in range(20):
        Circle(ended_in)
        worker = threading.Thread(target=make_and_drop, args=(20 * YOUNG,))
        worker.start()
        worker.join()
    assert ended_in == [], "nobody but the window's loop looks for garbage"
    kept = []

    def all_gone() -> bool:
        kept.append(make_and_drop(2 * YOUNG))
        return len(ended_in) == 20

    qtbot.waitUntil(all_gone)
    assert set(ended_in) == {threading.main_thread()}


def test_all_generations_are_looked_through_in_time(qapp: QApplication) -> None:
    owner = QObject()
    Garbage(owner)
    looked: list[int] = []
    kept = []

    def note(phase: str, facts: dict[str, int]) -> None:
        if phase == "start":
            looked.append(facts["generation"])

    gc.callbacks.append(note)
    try:
        for _ in range((OLDER + 1) ** 2):
            kept.append(make_and_drop(2 * YOUNG))
            QAbstractEventDispatcher.instance().aboutToBlock.emit()
    finally:
        gc.callbacks.remove(note)
    Shiboken.delete(owner)
    assert looked == ([0] * OLDER + [1]) * OLDER + [0] * OLDER + [2]


def test_where_nothing_is_made_nothing_is_looked_for(garbage: None, qtbot: QtBot) -> None:
    gc.collect()
    looked: list[str] = []

    def note(phase: str, _facts: dict[str, int]) -> None:
        looked.append(phase)

    gc.callbacks.append(note)
    try:
        qtbot.wait(50)
    finally:
        gc.callbacks.remove(note)
    assert looked == []
