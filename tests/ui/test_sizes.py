"""The window in every size of text and of itself, and mirrored: nothing cut, nothing off the page, nothing lost."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QStyleOptionViewItem,
    QWidget,
)

from pizzagpt_desktop.domain.conversation import Message, Role, Siblings, Status
from pizzagpt_desktop.domain.preferences import Appearance
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.backups_dialog import BackupRow, BackupsDialog
from pizzagpt_desktop.ui.labels import CutButton
from pizzagpt_desktop.ui.picker import Picker
from pizzagpt_desktop.ui.preferences.dialog import PreferencesDialog
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import place_on_screen, reply
from tests.helpers.ui_parts import READY, Rig

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")

TEXT = "Many words. " * 900 + "\n\n# Head\n\nWords.\n\n```py\nx = 1\n```\n\n|a|b|\n|-|-|\n|1|2|\n"


@pytest.fixture
def mirrored(qapp: QApplication) -> Iterator[None]:
    """As in a language that is written from right to left."""
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    yield
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def mine(text: str, identity: str = "u") -> Message:
    return Message(id=identity, conversation_id="c", parent_id=None, role=Role.USER, text=text)


def fill(rig: Rig) -> TranscriptView:
    rig.window.page.show_empty(False)
    view = rig.window.page.transcript
    last = reply(TEXT, "b", status=Status.INTERRUPTED, reasoning="thought")
    view.show_path("c", [mine("Why?"), last], lambda identity: Siblings(("a", "b"), 1))
    view.jump_to_end()
    QApplication.processEvents()
    return view


def cut_off(window: QWidget) -> list[str]:
    """Controls whose words are higher than they are."""
    return [
        f"{widget.objectName()}: {widget.height()} px for letters of {QFontMetrics(widget.font()).height()}"
        for kind in (QAbstractButton, QLineEdit)
        for widget in window.findChildren(kind)
        if widget.isVisible()
        and (widget.text() or isinstance(widget, QLineEdit))
        and widget.height() < QFontMetrics(widget.font()).height()
    ]


@pytest.mark.parametrize("points", [8.0, 14.0, 25.0, 40.0])
async def test_no_words_are_cut_off(make_rig: Callable[..., Rig], points: float) -> None:
    rig = make_rig(replace(READY, appearance=Appearance(font_size=points)))
    rig.show(1000, 800)
    assert cut_off(rig.window.sidebar) == []
    assert cut_off(rig.window.page.composer) == []
    fill(rig)
    assert cut_off(rig.window) == []
    rig.window.show_preferences("appearance")
    dialog = rig.find(PreferencesDialog, "preferences")
    QApplication.processEvents()
    assert cut_off(dialog) == []
    dialog.reject()


@pytest.mark.parametrize(("points", "whole"), [(8.0, True), (40.0, False)])
async def test_what_begins_a_conversation_is_cut_with_an_ellipsis(
    make_rig: Callable[..., Rig], points: float, whole: bool
) -> None:
    rig = make_rig(replace(READY, appearance=Appearance(font_size=points)))
    rig.show(1000, 800)
    button = rig.find(CutButton, "new_conversation")
    words = button.shown_words()
    assert (words == "New conversation") is whole
    assert whole or words.endswith("…")
    assert button.fontMetrics().horizontalAdvance(words) < button.width()
    assert button.accessibleName() == "New conversation"


async def test_the_buttons_follow_the_zoom_and_come_back(rig: Rig) -> None:
    view = fill(rig)

    def letters() -> list[int]:
        return [QFontMetrics(b.font()).height() for b in view.findChildren(QAbstractButton) if b.isVisible()]

    before = letters()
    for _ in range(6):
        rig.window.actions_by_id.run("zoom_in")
    QApplication.processEvents()
    assert cut_off(rig.window) == []
    assert max(letters()) > max(before)
    rig.window.actions_by_id.run("zoom_reset")
    QApplication.processEvents()
    assert sorted(letters()) == sorted(before)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (40, 2), (2, 400), (360, 480)])
async def test_no_window_is_too_small_to_live_on(rig: Rig, width: int, height: int) -> None:
    view = fill(rig)
    before = place_on_screen(view, "b")
    rig.window.setMinimumSize(0, 0)
    rig.window.resize(width, height)
    view.resize(width, height)
    QApplication.processEvents()
    view.grab()
    rig.window.grab()
    rig.window.resize(1000, 720)
    QApplication.processEvents()
    assert view.follows_end
    assert place_on_screen(view, "b") == before


async def test_another_screen_changes_nothing_that_is_looked_at(rig: Rig) -> None:
    view = fill(rig)
    before = place_on_screen(view, "b")
    for widget in (rig.window, view, view.viewport()):
        QApplication.sendEvent(widget, QEvent(QEvent.Type.DevicePixelRatioChange))
        QApplication.sendEvent(widget, QEvent(QEvent.Type.ScreenChangeInternal))
    QApplication.processEvents()
    assert place_on_screen(view, "b") == before
    rig.window.grab()


async def test_the_layout_is_mirrored_for_those_who_read_from_the_right(
    mirrored: None, make_rig: Callable[..., Rig]
) -> None:
    rig = make_rig()
    rig.show(1000, 720)
    view = fill(rig)
    window, page = rig.window, rig.window.page

    def place(widget: QWidget) -> QRect:
        return QRect(widget.mapTo(window, widget.rect().topLeft()), widget.size())

    assert place(window.sidebar).left() > place(page).left()
    assert place(page.composer._send).right() < place(page.composer.model_chip).left()
    left, column = view._style.column_in(view.viewport().width())
    assert view.rows.row(0).bubble.left() == left
    assert place(view.verticalScrollBar()).right() < place(view.viewport()).left() + 1
    assert abs(place(page.composer).left() - (place(view.viewport()).left() + left)) <= 2
    assert abs(place(page.composer).width() - column) <= 2
    image = view.grab().toImage()
    header = view.rows.row(1).code_heads()[0][1]
    assert not image.isNull()
    buttons = [b for b in view.findChildren(QAbstractButton) if b.isVisible()]
    words_end = header.left() + 90  # where the name of the language stands
    heads = [b for b in buttons if b.accessibleName() == "Copy code"]
    assert all(b.mapTo(view.viewport(), b.rect().topLeft()).x() > words_end for b in heads)


def test_without_any_font_there_is_still_a_measure() -> None:
    font = QFont()
    font.setPixelSize(13)
    assert theme.em_of(font) >= theme.LEAST_EM
    font.setPixelSize(1)
    assert theme.em_of(font) == theme.LEAST_EM


async def test_a_command_in_the_palette_ends_before_its_keys(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(replace(READY, appearance=Appearance(font_size=14.0)))
    rig.show(360, 600)
    rig.window.actions_by_id.run("palette")
    picker = rig.find(Picker, "palette")
    delegate = picker.list.itemDelegate()
    for row in range(picker.list.count()):
        index = picker.list.model().index(row, 0)
        option = QStyleOptionViewItem()
        option.font, option.fontMetrics = picker.list.font(), picker.list.fontMetrics()
        option.rect = picker.list.visualRect(index)
        keys = index.data(Qt.ItemDataRole.UserRole + 1)
        delegate.initStyleOption(option, index)
        advance = picker.list.fontMetrics().horizontalAdvance
        assert advance(option.text) + advance(keys) < option.rect.width() - 20, option.text
    picker.reject()


async def test_the_shortcuts_can_be_read_in_a_narrow_window(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(replace(READY, appearance=Appearance(font_size=14.0)))
    rig.show(360, 600)
    rig.window.actions_by_id.run("help")
    page = rig.find(QDialog, "help_page")
    page.resize(360, 480)
    QApplication.processEvents()
    area = page.findChild(QScrollArea, "shortcuts")
    assert area is not None
    assert page.width() == 360
    assert area.horizontalScrollBar().maximum() == 0
    page.reject()


async def test_the_backups_are_chosen_from_in_a_narrow_window(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(replace(READY, appearance=Appearance(font_size=12.0)))
    rig.show(400, 600)
    dialog = BackupsDialog([BackupRow("chats.db", "Thursday, 26 November 2026, 10:11", 14)], rig.window)
    dialog.open()
    QApplication.processEvents()
    assert dialog.width() <= 400
    for button in dialog.findChildren(QPushButton):
        assert dialog.rect().contains(button.geometry()), button.text()
        assert button.width() >= button.sizeHint().width(), button.text()
    dialog.reject()
