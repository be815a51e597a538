"""The links of a message as entries of its menu, so that keys reach them; knows no mouse and opens nothing itself.

Each entry says where it leads: a link that is clicked says that when the mouse is over it.
"""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import groupby

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from pizzagpt_desktop.domain.blocks import Block, plain, runs_of
from pizzagpt_desktop.domain.links import Link, Verdict, judge
from pizzagpt_desktop.ui.labels import menu_text
from pizzagpt_desktop.ui.transcript.documents import showable

MOST = 30
"""Links that are offered; who needs one further on has the mouse, or the source."""
TEXT, PLACE = 40, 60
"""Characters that are shown of a link's text, and of where it leads."""


def links_in(blocks: Iterable[Block]) -> list[tuple[str, Link]]:
    """Text and target of the first links that may be opened, each target once."""
    found: dict[str, tuple[str, Link]] = {}
    for link, runs in groupby(runs_of(blocks), key=lambda run: run.link):
        if link is not None and link.verdict is not Verdict.DEAD and link.href not in found:
            found[link.href] = plain(tuple(runs)), link
            if len(found) == MOST:
                break
    return list(found.values())


def add_links(menu: QMenu, blocks: Iterable[Block], open_link: Callable[[Link], None]) -> None:
    """Put a menu of the links in `blocks` into `menu`, where there are any."""
    links = links_in(blocks)
    if not links:
        return
    inner = menu.addMenu("Open a link")
    inner.setObjectName("link_menu")
    for text, link in links:
        action = QAction(menu_text(_words(text, link)), inner)
        action.triggered.connect(partial(_open, open_link, link))
        inner.addAction(action)


def _open(open_link: Callable[[Link], None], link: Link, _checked: bool = False) -> None:
    open_link(link)


def _words(text: str, link: Link) -> str:
    place = judge(link.href).host
    text = " ".join(showable(text).split())
    if not text or link.href.endswith(text):
        place = link.href.removeprefix("mailto:")
        text = ""
    text, place = _cut(text, TEXT), _cut(showable(place), PLACE)
    return f"{text} ({place})" if text else place


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
