"""The first keys of a run, pressed before anything but the first picture was made."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from pizzagpt_desktop.ui import page
from tests.helpers.ui_parts import Rig


async def test_a_shortcut_works_as_the_very_first_key(
    make_rig: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "REST_MS", 60_000)  # the key comes earlier, however busy the machine is
    rig = make_rig()
    rig.show()
    assert rig.window.actions() == [], "the commands' actions are made later than the first picture"
    assert rig.window.shell.sidebar_visible
    QTest.keyClick(rig.window.page.composer.text_edit, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    assert not rig.window.shell.sidebar_visible


async def test_keys_typed_before_the_first_turn_of_the_loop_stand_in_the_composer(make_rig) -> None:  # type: ignore[no-untyped-def]
    rig = make_rig()
    rig.window.show()
    QTest.keyClicks(rig.window.page.composer.text_edit, "typed at once")
    await rig.until(rig.window.actions)
    assert rig.window.page.composer.text() == "typed at once"


async def test_commands_are_enabled_by_what_was_there_before_they_were_made(rig: Rig) -> None:
    assert not rig.window.actions_by_id["stop"].isEnabled()
    assert not rig.window.actions_by_id["rename"].isEnabled()
    assert rig.window.actions_by_id["new"].isEnabled()


class ShownWindows(QObject):
    """Notes every widget that is shown as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.names.append(watched.objectName())
        return False


async def test_no_part_of_the_window_is_shown_as_one_of_its_own(make_rig) -> None:  # type: ignore[no-untyped-def]
    application = QApplication.instance()
    assert application is not None
    shown = ShownWindows()
    application.installEventFilter(shown)
    make_rig().show()
    application.removeEventFilter(shown)
    assert shown.names == ["main_window"]
