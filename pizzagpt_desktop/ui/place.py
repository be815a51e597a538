"""Where the window was and how wide its sidebar, as bytes to keep between runs; knows no file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.main_window import MainWindow


def place_of(window: MainWindow) -> bytes:
    """Size, position and sidebar of the window, as JSON."""
    geometry = bytes(window.saveGeometry().toBase64().data()).decode("ascii")
    shell = window.shell
    place = {"geometry": geometry, "sidebar": shell.sidebar_wanted, "sidebar_width": shell.sidebar_width}
    return json.dumps(place).encode("ascii")


def put_back(window: MainWindow, place: bytes) -> None:
    """Put the window where it was, on a screen that there is; what cannot be read is left as it is."""
    try:
        kept = json.loads(place)
        geometry, width, shown = kept["geometry"], kept["sidebar_width"], kept["sidebar"]
        known = isinstance(geometry, str) and type(width) is int and isinstance(shown, bool)
    except (ValueError, RecursionError, KeyError, TypeError):
        return
    if known:
        window.restoreGeometry(QByteArray.fromBase64(geometry.encode("ascii", "replace")))
        window.shell.set_sidebar_width(width)
        if not shown:
            window.shell.set_sidebar(False)
