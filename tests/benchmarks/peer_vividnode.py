"""The chat view of VividNode (package pyqt_openai), driven as its window drives it; all that draws and streams is its own.

Its `ChatBrowser` stands alone in a window, with its own database in a home of its own. Tokens come to `showLabel`, as its
thread's signal brings them; the end to `streamFinished`; a conversation is shown by `replaceThread`, from messages that are in
memory already.
"""

import os
from collections.abc import Iterable, Sequence

os.environ["QT_API"] = "pyside6"  # it takes its Qt from qtpy

import pyqt_openai
from pyqt_openai.chat_widget.center.aiChatUnit import AIChatUnit
from pyqt_openai.chat_widget.center.chatBrowser import ChatBrowser
from pyqt_openai.config_loader import CONFIG_MANAGER
from pyqt_openai.globals import DB
from pyqt_openai.models import ChatMessageContainer
from PySide6.QtWidgets import QMainWindow

from tests.benchmarks.chat_view import SIZE, ChatView, Feed, Painted, Then

VERSION = str(pyqt_openai.__version__)
MODEL = "bench"


class View(ChatView):
    """One of its browsers in a window."""

    def __init__(self) -> None:
        self._kept: dict[str, list[ChatMessageContainer]] = {}
        self._browser = ChatBrowser()
        self._browser.setUserImage(CONFIG_MANAGER.get_general_property("user_image"))
        self._browser.setAIImage(CONFIG_MANAGER.get_general_property("ai_image"))
        self._window = QMainWindow()
        self._window.setCentralWidget(self._browser)
        self._window.resize(*SIZE)
        self._window.show()

    @property
    def is_ready(self) -> bool:
        return True

    def keep(self, name: str, texts: Sequence[str]) -> None:
        self._kept[name] = [
            self._message(text, "assistant" if number % 2 else "user") for number, text in enumerate(texts)
        ]

    def open(self, name: str) -> None:
        self._browser.resetChatWidget(1)
        self._browser.replaceThread(self._kept[name], 1)

    def stream(self, question: str, tokens: Iterable[str], rate: float, then: Then) -> None:
        thread = DB.insertThread("bench")
        self._browser.resetChatWidget(thread)
        self._browser.showLabel(question, False, self._message(question, "user"))
        reply = self._message("", "assistant")

        def end() -> None:
            self._browser.streamFinished(reply)
            then()

        Feed(tokens, rate, lambda token: self._browser.showLabel(token, True, reply), end, self._browser)

    def when_shown(self, word: str, then: Then) -> None:
        layout = self._browser.getLayout()
        last = layout.itemAt(layout.count() - 1).widget()
        assert isinstance(last, AIChatUnit)
        Painted(last.getLbl().viewport(), lambda: word in last.getText(), then)

    def _message(self, text: str, role: str) -> ChatMessageContainer:
        return ChatMessageContainer(role=role, content=text, model=MODEL, is_json_response_available=0)
