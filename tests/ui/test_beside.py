"""Work beside the window: told once, the newest alone, and not at all to what is gone."""

import threading

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot
from shiboken6 import Shiboken

from pizzagpt_desktop.ui.beside import Beside


def test_what_the_work_returns_is_told_once_in_the_thread_of_the_window(qtbot: QtBot) -> None:
    beside = Beside(parent := QObject(), "test")
    told: list[tuple[object, bool]] = []
    beside.done.connect(
        lambda found: told.append((found, threading.current_thread() is threading.main_thread()))
    )
    beside.run(lambda: threading.current_thread() is threading.main_thread())
    qtbot.waitUntil(lambda: bool(told))
    qtbot.wait(40)
    assert told == [(False, True)]
    parent.deleteLater()


def test_of_work_that_was_overtaken_nothing_is_heard(qtbot: QtBot) -> None:
    beside = Beside(parent := QObject(), "test")
    told: list[object] = []
    beside.done.connect(told.append)
    free = threading.Event()
    beside.run(lambda: free.wait(5) and "old")
    beside.run(lambda: "new")
    qtbot.waitUntil(lambda: bool(told))
    free.set()
    qtbot.wait(60)
    assert told == ["new"]
    parent.deleteLater()


def test_who_is_gone_when_the_work_ends_is_not_told(qtbot: QtBot) -> None:
    told: list[object] = []
    for _ in range(30):
        parent, free, ended = QObject(), threading.Event(), threading.Event()
        beside = Beside(parent, "test")
        beside.done.connect(told.append)
        beside.run(lambda free=free, ended=ended: free.wait(5) and ended.set())  # type: ignore[misc]
        free.set()
        Shiboken.delete(parent)
        assert ended.wait(5)
    qtbot.wait(30)
    assert told == []


@pytest.fixture
def crashes(monkeypatch: pytest.MonkeyPatch) -> list[threading.ExceptHookArgs]:
    heard: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", heard.append)
    return heard


def test_work_that_raises_ends_it_and_the_next_is_done(
    qtbot: QtBot, crashes: list[threading.ExceptHookArgs]
) -> None:
    beside = Beside(parent := QObject(), "test")
    told: list[object] = []
    beside.done.connect(told.append)
    with qtbot.waitSignal(beside.failed):
        beside.run(lambda: 1 / 0)
    qtbot.waitUntil(lambda: bool(crashes))
    assert crashes[0].exc_type is ZeroDivisionError, "it is reported as any other crash"
    with qtbot.waitSignal(beside.done):
        beside.run(lambda: None)
    assert told == [None]
    parent.deleteLater()


def test_where_there_is_no_thread_to_be_had_that_is_told_too(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    beside = Beside(parent := QObject(), "test")
    with qtbot.waitSignal(beside.failed):
        beside.run(lambda: "done")
    parent.deleteLater()
