"""What is said by itself to those who listen: the notices, each once."""

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.ui import announcing
from pizzagpt_desktop.ui.notices import Notices
from tests.helpers.heard import Listener


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Listener:
    found = Listener()
    monkeypatch.setattr(announcing, "QAccessible", found)
    return found


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    found = QWidget()
    qtbot.addWidget(found)
    return found


@pytest.fixture
def notices(window: QWidget) -> Notices:
    return Notices(window)


def test_a_notice_is_said_once_and_not_with_every_number(notices: Notices, listener: Listener) -> None:
    notices.say("progress", "Deleting: 10 % done.")
    notices.say("progress", "Deleting: 20 % done.")
    notices.reword("progress", "Deleting: 30 % done.")
    assert listener.said == ["Deleting: 10 % done."]
    notices.say("progress", "Deleted.")
    notices.withdraw("progress")
    notices.say("progress", "Deleted.")
    assert listener.said[1:] == ["Deleted.", "Deleted."]


def test_what_is_said_elsewhere_is_not_said_twice(notices: Notices, listener: Listener) -> None:
    notices.say("copied", "Copied.", aloud=False)
    assert notices.text("copied") == "Copied."
    assert listener.said == []
