"""What the desktop asks of every program: dark or light, high contrast, less motion; knows no palette of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QPalette

if TYPE_CHECKING:
    from collections.abc import Callable


class SystemWishes(NamedTuple):
    """colours: the desktop's own, where it asks for high contrast, otherwise None. still: nothing is to move."""

    scheme: Qt.ColorScheme = Qt.ColorScheme.Unknown
    colours: QPalette | None = None
    still: bool = False


def read_wishes() -> SystemWishes:
    """As they are now. Qt knows of contrast since 6.10 and of motion since 6.12; before, nobody asks for either."""
    hints = QGuiApplication.styleHints()
    return SystemWishes(
        hints.colorScheme(),
        _own_colours() if _hint("contrastPreference") == "HighContrast" else None,
        _hint("motionPreference") == "ReducedMotion",
    )


def on_wishes_changed(listener: Callable[[], object]) -> None:
    """Call `listener` whenever one of them changes."""
    hints = QGuiApplication.styleHints()
    hints.colorSchemeChanged.connect(listener)
    accessibility = hints.accessibility() if hasattr(hints, "accessibility") else None
    for name in ("contrastPreferenceChanged", "motionPreferenceChanged"):
        if hasattr(accessibility, name):
            getattr(accessibility, name).connect(listener)


def _hint(name: str) -> str:
    """The name of a value of Qt's accessibility hints, "" where this Qt has no such hint."""
    hints = QGuiApplication.styleHints()
    accessibility = hints.accessibility() if hasattr(hints, "accessibility") else None
    read = getattr(accessibility, name, None)
    return str(read().name) if read is not None else ""


def _own_colours() -> QPalette:
    """The desktop's palette, which ours hides as long as it is set."""
    ours = QGuiApplication.palette()
    QGuiApplication.setPalette(QPalette())
    colours = QGuiApplication.palette()
    QGuiApplication.setPalette(ours)
    return colours
