"""The preferences page of how chats are kept: what it shows, what it gives back, and what its buttons ask for."""

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from pizzagpt_desktop.domain.preferences import Preferences, WhenFull
from pizzagpt_desktop.ui.preferences.chats_page import KEPT_WORDS, ChatsPage

pytestmark = pytest.mark.usefixtures("qapp")


def shown(preferences: Preferences) -> ChatsPage:
    page = ChatsPage()
    page.load(preferences)
    return page


def test_what_is_loaded_comes_back_as_it_was() -> None:
    for (days, kept, titles), full in zip(
        ((30, 7, False), (0, 0, True), (12, 1000, True)), WhenFull, strict=True
    ):
        preferences = Preferences(trash_days=days, backups_kept=kept, titles_by_model=titles, when_full=full)
        page = shown(preferences)
        assert page.is_right()
        assert page.into(Preferences()) == preferences


def test_what_is_entered_is_taken() -> None:
    page = shown(Preferences())
    page.trash.setCurrentIndex(page.trash.findData(365))
    page.kept_edit.setText("3")
    page.titles.click()
    made = page.into(Preferences())
    assert (made.trash_days, made.backups_kept, made.titles_by_model) == (365, 3, True)


def test_a_loaded_page_forgets_what_was_entered_before() -> None:
    page = shown(Preferences(backups_kept=5))
    page.kept_edit.setText("9")
    page.titles.click()
    page.load(Preferences(backups_kept=5))
    assert page.into(Preferences()).backups_kept == 5
    assert not page.titles.isChecked()


@pytest.mark.parametrize("entered", ["", "-1", "1001", "seven", "1.5"])
def test_a_number_that_is_none_is_said_at_its_field_until_it_is_mended(entered: str) -> None:
    page = shown(Preferences())
    page.kept_edit.setText(entered)
    assert not page.is_right()
    assert page.kept_field.error == KEPT_WORDS
    with pytest.raises(ValueError, match="whole number"):
        page.into(Preferences())
    page.kept_edit.setText("2")
    assert page.is_right()
    assert page.kept_field.error == ""


def test_the_buttons_ask_for_what_they_say() -> None:
    page = ChatsPage()
    asked: list[str] = []
    page.backup_asked.connect(lambda: asked.append("backup"))
    page.restore_asked.connect(lambda: asked.append("restore"))
    for name in ("backup_now", "restore_backup"):
        page.findChild(QPushButton, name).click()
    assert asked == ["backup", "restore"]


def test_what_the_tick_does_is_written_beneath_it() -> None:
    page = ChatsPage()
    page.resize(page.sizeHint())
    page.layout().activate()
    words = page.findChild(QLabel, "titles_by_model_help")
    assert "sends a part of them once more" in words.text()
    assert words.y() >= page.titles.geometry().bottom()
    assert not words.isHidden()
