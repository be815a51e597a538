"""Reduced motion, by the user's setting or the desktop's wish: nothing blinks or slides; knows no widget."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from pizzagpt_desktop.domain.preferences import Appearance
from pizzagpt_desktop.ui.system_wishes import read_wishes


def _effects() -> tuple[Qt.UIEffect, ...]:
    return Qt.UIEffect.UI_AnimateMenu, Qt.UIEffect.UI_AnimateCombo, Qt.UIEffect.UI_AnimateTooltip


class Stillness:
    """Stops what Qt itself moves, and has it move again as it did before."""

    def __init__(self) -> None:
        self._before: tuple[int, tuple[bool, ...]] | None = None

    def follow(self, appearance: Appearance) -> bool:
        """Do as it is wanted now; whether nothing is to move."""
        still = appearance.reduced_motion or read_wishes().still
        if still and self._before is None:
            effects = tuple(QApplication.isEffectEnabled(effect) for effect in _effects())
            self._before = QApplication.cursorFlashTime(), effects
            QApplication.setCursorFlashTime(0)
            for effect in _effects():
                QApplication.setEffectEnabled(effect, False)
        elif not still and self._before is not None:
            flash_time, effects = self._before
            self._before = None
            QApplication.setCursorFlashTime(flash_time)
            for effect, enabled in zip(_effects(), effects, strict=True):
                QApplication.setEffectEnabled(effect, enabled)
        return still
