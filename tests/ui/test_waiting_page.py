"""The preferences page of waiting: what it shows, what it gives back, and what it refuses."""

import pytest
from PySide6.QtWidgets import QComboBox, QDialog, QLineEdit, QPushButton

from pizzagpt_desktop.domain.preferences import Preferences
from pizzagpt_desktop.ui.preferences.waiting_page import WAIT_WORDS, WaitingPage
from tests.helpers.ui_parts import Rig

pytestmark = [
    pytest.mark.usefixtures("qapp"),
    pytest.mark.qt_log_ignore("^This plugin does not support"),
]


@pytest.mark.parametrize(("retries", "minutes"), [(2, 10), (0, 1), (5, 1440)])
def test_what_is_loaded_comes_back_as_it_was(retries: int, minutes: int) -> None:
    preferences = Preferences(retries=retries, local_wait_min=minutes)
    page = WaitingPage()
    page.load(preferences)
    assert page.is_right()
    assert page.into(Preferences()) == preferences


@pytest.mark.parametrize("entered", ["", "0", "-5", "1441", "ten", "2.5"])
def test_minutes_that_are_none_are_said_at_the_field_until_they_are_mended(entered: str) -> None:
    page = WaitingPage()
    page.load(Preferences())
    page.wait_edit.setText(entered)
    assert not page.is_right()
    assert page.wait_field.error == WAIT_WORDS
    with pytest.raises(ValueError, match="whole number"):
        page.into(Preferences())
    page.wait_edit.setText("30")
    assert page.is_right()
    assert page.wait_field.error == ""


async def test_the_window_keeps_what_was_chosen(rig: Rig) -> None:
    rig.window.actions_by_id["preferences"].trigger()
    dialog = rig.find(QDialog, "preferences")
    dialog.show_page("waiting")
    times, minutes = rig.find(QComboBox, "retries"), rig.find(QLineEdit, "local_wait_min")
    assert times.isVisible()
    assert times.accessibleName()
    assert minutes.accessibleName()
    times.setCurrentIndex(0)
    minutes.setText("0")
    rig.find(QPushButton, "apply").click()
    assert rig.preferences.value.retries == 2, "nothing is kept while something is wrong"
    minutes.setText("25")
    rig.find(QPushButton, "ok").click()
    assert (rig.preferences.value.retries, rig.preferences.value.local_wait_min) == (0, 25)
