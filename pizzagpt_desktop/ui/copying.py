"""The commands that copy from the open conversation, in whatever form is asked for; knows no mouse and no chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pizzagpt_desktop.domain.conversation import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pizzagpt_desktop.domain.conversation import Message
    from pizzagpt_desktop.ui.page import Page
    from pizzagpt_desktop.ui.transcript.clipboard import Form
    from pizzagpt_desktop.ui.transcript.view import TranscriptView


class Copying:
    """from_the_end: the messages that lie open, the last one first, read as far as somebody looks."""

    def __init__(self, page: Page, from_the_end: Callable[[], Iterable[Message]]) -> None:
        self._page = page
        self._from_the_end = from_the_end
        page.wire_transcript(self._wire_transcript)

    @property
    def slots(self) -> Mapping[str, Callable[[], None]]:
        """The commands of the table that are about copying."""
        return {
            "copy_reply": self.copy_last_reply,
            "copy_markdown": lambda: self._copy_as("markdown"),
            "copy_plain": lambda: self._copy_as("text"),
        }

    def copy_last_reply(self) -> None:
        """Put the last reply on the clipboard, in all forms."""
        from pizzagpt_desktop.ui.transcript.clipboard import Form

        self._copy_reply(Form.ALL)

    def _copy_as(self, name: str) -> None:
        """Copy what is selected, or else the chosen message, or else the last reply."""
        from pizzagpt_desktop.ui.transcript.clipboard import Form

        form = Form(name)
        view = self._page.transcript if self._page.has_transcript and not self._page.is_empty else None
        selected = view is not None and view.selection is not None and not view.selection.is_empty
        if view is not None and (selected or view.current is not None):
            view.copy(form)
            self._page.notices.say("copied", "Copied.", seconds=3, icon="check", aloud=False)
        else:
            self._copy_reply(form)

    def _copy_reply(self, form: Form) -> None:
        from pizzagpt_desktop.ui.transcript.clipboard import copied

        for message in self._from_the_end():
            if message.role is Role.ASSISTANT and message.text:
                self._page.notices.say("copied", "Reply copied.", seconds=3, icon="check", aloud=False)
                self._page.transcript.clipboard.put(copied([message]), form)
                return

    def _wire_transcript(self, transcript: TranscriptView) -> None:
        transcript.clipboard.refused.connect(self._on_refused)

    def _on_refused(self, words: str) -> None:
        self._page.notices.say("copied", words, icon="warning")
