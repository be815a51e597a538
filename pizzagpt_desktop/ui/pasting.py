"""What is said of a text that was pasted: that it is long, or that there is more in it than shows; knows no chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pizzagpt_desktop.domain.attached import MOST_BYTES, Attached, size_words
from pizzagpt_desktop.domain.marks import hidden, without_hidden
from pizzagpt_desktop.ui.attachments import AttachedDialog

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.main_window import MainWindow

INSERTED_AT_MOST = 1_000_000
"""Characters that can be put into the field at once; it would be slow with more."""
_KEY = "pasted"


def on_long(window: MainWindow, text: str) -> None:
    """A long text is to be pasted: ask how. Nothing of it is in the field yet."""
    composer = window.page.composer
    size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
    if size > MOST_BYTES:
        words = (
            f"The pasted text has {size_words(size)}. At most {size_words(MOST_BYTES)} can be sent at once."
        )
        window.notify(_KEY, f"{words} Nothing was pasted.", icon="warning")
        return
    attached = Attached("Pasted text", size, text.replace("\r\n", "\n").replace("\r", "\n"))
    offers = [("Attach as a file", lambda: composer.attach(attached))]
    if len(text) <= INSERTED_AT_MOST:
        offers.append(("Insert", lambda: composer.text_edit.insert(text)))
    window.notify(_KEY, f"The pasted text has {len(text):,} characters. Attach it as a file?", offers)


def on_pasted(window: MainWindow, text: str) -> None:
    """A text was pasted: say if there is more in it than shows."""
    number = hidden(text)
    if not number:
        return
    edit = window.page.composer.text_edit
    characters = "1 hidden character" if number == 1 else f"{number:,} hidden characters"

    def show() -> None:
        AttachedDialog(window, Attached("Pasted text", 0, text)).open()
        on_pasted(window, text)  # the notice went with the press

    window.notify(
        _KEY,
        f"The pasted text has {characters}.",
        [
            ("Show", show),
            ("Remove", lambda: edit.put_in_place(without_hidden(edit.text()))),
        ],
        icon="warning",
    )
