"""The links of a message as a menu, for hands that hold no mouse; opens nothing by itself and judges nothing."""

from collections.abc import Callable
from itertools import groupby
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from pizzagpt_desktop.domain.blocks import plain, runs_of
from pizzagpt_desktop.domain.links import Link, Verdict, host_of
from pizzagpt_desktop.ui.labels import menu_text
from pizzagpt_desktop.ui.transcript.documents import showable

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

MOST = 30
"""Links that a menu has room for; the others stand in the source."""
WORDS = 50
"""Characters of a link's text that are shown."""
END = 20


def offer_links(view: "TranscriptView", index: int, menu: QMenu, open_link: Callable[[Link], None]) -> None:
    """Put the links of message `index` below what copies, where it has any."""
    row = view.rows.row(index)
    found: dict[str, tuple[str, Link]] = {}
    said: set[str] = set()
    for link, runs in groupby(runs_of(row.blocks), key=lambda run: run.link):
        if link is not None and link.verdict is not Verdict.DEAD and link.href not in found:
            words = _words(plain(runs), link)
            if words in said:  # two that are called the same are told apart by their ends
                path = showable(link.href.partition("://")[2].partition("/")[2])
                words = f"{words}/{path if len(path) <= END else f'…{path[-END:]}'}"
            said.add(words)
            found[link.href] = words, link
    if not found:
        return
    links = QMenu("Open link", menu)
    links.setObjectName("links")
    for words, link in list(found.values())[:MOST]:
        action = QAction(menu_text(words), links)
        action.triggered.connect(lambda _=False, to=link: open_link(to))
        links.addAction(action)
    if (more := len(found) - MOST) > 0:
        rest = QAction(f"{more} more in the source", links)
        rest.triggered.connect(lambda: view.commands.source(row.message.id))
        links.addAction(rest)
    menu.insertMenu(next(action for action in menu.actions() if action.isSeparator()), links)


def _words(text: str, link: Link) -> str:
    """What it is called and where it leads."""
    shown = showable(" ".join(text.split()))
    shown = shown if len(shown) <= WORDS else f"{shown[: WORDS - 1]}…"
    host = host_of(link.href) or link.href.removeprefix("mailto:").partition("?")[0][:WORDS]
    if not shown:
        return host
    return shown if not host or host in shown else f"{shown} — {host}"
