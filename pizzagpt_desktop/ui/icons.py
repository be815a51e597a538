"""The icons, drawn from one family of SVG files and tinted by the palette; knows no widget but the one it tints."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractButton, QWidget

_PACKAGE = Path(__file__).parents[1]
_NAME = "icon_name"
_ON_ACCENT = "icon_on_accent"


def icons_folder() -> Path:
    """Where the SVG files are: inside an installed package, or beside it in a source tree."""
    inside = _PACKAGE / "resources" / "icons"
    return inside if inside.is_dir() else _PACKAGE.parent / "resources" / "icons"


@lru_cache(maxsize=64)
def _source(name: str) -> str:
    return (icons_folder() / f"{name}.svg").read_text("utf-8")


@lru_cache(maxsize=256)
def _pixmap(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    from PySide6.QtSvg import QSvgRenderer  # loaded with the first icon

    renderer = QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))
    pixmap = QPixmap(QSize(size, size) * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap


def pixmap(name: str, colour: str, size: int = 20) -> QPixmap:
    """The icon `name` in `colour` (#RRGGBB), `size` logical pixels square, sharp on the finest screen there is."""
    application = QGuiApplication.instance()
    ratio = application.devicePixelRatio() if isinstance(application, QGuiApplication) else 1.0
    return _pixmap(name, colour, size, ratio)


def icon(name: str, colour: str, size: int = 20) -> QIcon:
    """The same as an icon of buttons and menus."""
    return QIcon(pixmap(name, colour, size))


def give(button: QAbstractButton, name: str, *, size: int = 20, on_accent: bool = False) -> None:
    """Mark `button` to carry an icon; `tint` draws it, now and whenever the palette changes."""
    button.setProperty(_NAME, name)
    if on_accent or button.property(_ON_ACCENT):
        button.setProperty(_ON_ACCENT, on_accent)
    button.setIconSize(QSize(size, size))


def tint(buttons: Iterable[QAbstractButton], muted: str, on_accent: str) -> None:
    """Draw the icons of those `buttons` that were marked by `give`."""
    for button in buttons:
        name = button.property(_NAME)
        if isinstance(name, str):
            colour = on_accent if button.property(_ON_ACCENT) else muted
            button.setIcon(icon(name, colour, button.iconSize().width()))


def tint_all(widget: QWidget, muted: str, on_accent: str) -> None:
    """`tint` for every button in `widget`."""
    tint(widget.findChildren(QAbstractButton), muted, on_accent)
