"""What the user does with single messages besides branching: jump between them, quote, see details and source.

Knows which message is meant; changes nothing but the text in the composer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from pizzagpt_desktop.domain.conversation import Message
    from pizzagpt_desktop.ui.page import Page
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

QUOTED = 100_000
"""Characters of a quotation at most: it is to be read again by whoever answers."""


class MessageActs:
    """The commands of the table, and what the menus of messages ask for."""

    def __init__(self, page: Page) -> None:
        self._page = page
        page.wire_transcript(self._wire)

    @property
    def slots(self) -> Mapping[str, Callable[[], None]]:
        """The commands of the table that are about single messages."""
        return {
            "previous_message": self._with_view(lambda view: _jumps().to_message(view, -1)),
            "next_message": self._with_view(lambda view: _jumps().to_message(view, 1)),
            "previous_code": self._with_view(lambda view: _jumps().to_code(view, -1)),
            "next_code": self._with_view(lambda view: _jumps().to_code(view, 1)),
            "start": self._with_view(lambda view: view.jump_to_start()),
            "end": self._with_view(lambda view: view.jump_to_end()),
            "quote": self._with_view(lambda view: self._on_meant(view, view.commands.quote)),
            "details": self._with_view(lambda view: self._on_meant(view, self._show_details)),
            "source": self._with_view(lambda view: self._on_meant(view, self._show_source)),
        }

    def quote(self, text: str) -> None:
        """Put `text` as a quotation below what stands in the composer, where writing goes on."""
        if len(text) > QUOTED:
            self._page.notices.say(
                "quote", "That is too long to quote. Select the part that is meant.", seconds=6
            )
            return
        from PySide6.QtGui import QTextCursor

        edit = self._page.composer.text_edit
        cursor = edit.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(beside(self._page.composer.text(), quotation(text)))
        edit.setTextCursor(cursor)
        edit.ensureCursorVisible()
        self._page.focus_composer()

    def _wire(self, view: TranscriptView) -> None:
        view.quote_requested.connect(self.quote)
        view.details_requested.connect(self._show_details)
        view.source_requested.connect(self._show_source)

    def _show_details(self, message_id: str) -> None:
        from pizzagpt_desktop.ui.transcript.details import Details

        view, message = self._page.transcript, self._message(message_id)
        if message is not None:
            answer = self._answer_to(message)
            Details(self._page.window(), message, view.rows.labels, self._page.colours, answer).open()

    def _show_source(self, message_id: str) -> None:
        from pizzagpt_desktop.ui.transcript.source import SourceView

        message = self._message(message_id)
        if message is not None:
            SourceView(self._page.window(), message, self._page.colours).open()

    def _message(self, message_id: str) -> Message | None:
        rows = self._page.transcript.rows
        index = rows.index_of(message_id)
        return rows.messages[index] if index is not None else None

    def _answer_to(self, message: Message) -> Message | None:
        """What stands below it as its answer."""
        rows = self._page.transcript.rows
        below = (rows.index_of(message.id) or 0) + 1
        following = rows.messages[below] if below < len(rows.messages) else None
        return following if following is not None and following.parent_id == message.id else None

    def _with_view(self, act: Callable[[TranscriptView], None]) -> Callable[[], None]:
        """`act` where messages are shown."""

        def run() -> None:
            if self._page.has_transcript and not self._page.is_empty:
                act(self._page.transcript)

        return run

    def _on_meant(self, view: TranscriptView, act: Callable[[str], None]) -> None:
        from pizzagpt_desktop.ui.transcript import versions

        if (identity := versions.meant(view)) is not None:
            act(identity)


def _jumps() -> ModuleType:
    from pizzagpt_desktop.ui.transcript import jumps  # with the first message, not before the first picture

    return jumps


def quotation(text: str) -> str:
    """`text` as a quotation in Markdown, every line of it."""
    lines = text.strip("\n").split("\n")
    return "\n".join(f"> {line}".rstrip() if line.strip() else ">" for line in lines)


def beside(written: str, quoted: str) -> str:
    """What to put after what was `written`, so that the quotation is a paragraph of its own."""
    before = "" if not written or written.endswith("\n\n") else "\n" if written.endswith("\n") else "\n\n"
    return f"{before}{quoted}\n\n"
