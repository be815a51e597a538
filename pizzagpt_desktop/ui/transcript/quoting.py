"""Asks for a quotation of what is selected, or else of a message; knows no composer."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.view import TranscriptView


def quote(view: "TranscriptView", message_id: str) -> None:
    """Ask for it, as soon as all that is selected is there."""
    if view.selection is None or view.selection.is_empty:
        index = view.rows.index_of(message_id)
        if index is not None:
            view.quote_requested.emit(view.rows.messages[index].text)
    elif view.selection.from_beginning:
        view.loader.when_complete(lambda: _quote_selection(view))
    else:
        _quote_selection(view)


def _quote_selection(view: "TranscriptView") -> None:
    if view.selection is not None and (words := view.selection.text(view.rows)):
        view.quote_requested.emit(words)
