"""Runs a command on conversations as one act with one undo, however many they are; knows no command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from pizzagpt_desktop.ui.slices import Slices

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.main_window import MainWindow
    from pizzagpt_desktop.ui.sidebar import Sidebar
    from pizzagpt_desktop.ui.undoing import Undoing

MANY = 10
"""So many rows are cheaper shown anew than changed one by one."""
AT_ONCE = 100
"""So many conversations are changed in one turn of the loop, as one write."""
LONG = 10
"""An act of more turns than this says how far it is, in so many steps."""

T = TypeVar("T")
Undo = Callable[[], None]


def nothing() -> None:
    """Nothing more is to be done."""


class Acts:
    """Up to `AT_ONCE` conversations are one write, all or none; of more, what was done is taken back where one fails."""

    def __init__(self, window: MainWindow, sidebar: Sidebar, undoing: Undoing) -> None:
        self._window = window
        self._sidebar = sidebar
        self._undoing = undoing

    def run(
        self,
        ids: Sequence[str],
        command: Callable[[Sequence[str]], Undo],
        words: str,
        *,
        icon: str,
        many: bool = False,
        then: Callable[[], None] = nothing,
        back: Callable[[], None] = nothing,
    ) -> None:
        """Do it and offer the undo. words: what is said then. many: it may change more rows than there are ids.

        then: called when it was done. back: when it was undone.
        """
        undos: list[Undo] = []
        many = many or len(ids) > MANY
        self._sidebar.gather(many)

        def ended(left: Sequence[str]) -> None:
            self._sidebar.show_gathered()
            if left:
                self._take_back(undos, nothing, many)
            else:
                then()
                self._undoing.did(words, lambda: self._take_back(undos, back, many), icon=icon)

        doing = f"{len(ids):,} conversations"
        self._in_turns(ids, AT_ONCE, lambda some: undos.append(command(some)), ended, doing)

    def _take_back(self, undos: Sequence[Undo], back: Callable[[], None], many: bool) -> None:
        def ended(left: Sequence[Undo]) -> None:
            self._sidebar.show_gathered()
            if left:
                self._undoing.did(
                    "It could not be undone yet.", lambda: self._take_back(left, back, many), icon="undo"
                )
            else:
                back()

        self._sidebar.gather(many)
        self._in_turns(undos, 1, lambda some: some[0](), ended, "Undoing")

    def _in_turns(
        self,
        things: Sequence[T],
        size: int,
        step: Callable[[Sequence[T]], None],
        ended: Callable[[Sequence[T]], None],
        doing: str,
    ) -> None:
        turns, done = -(-len(things) // size), 0

        def turn(some: Sequence[T]) -> None:
            nonlocal done
            step(some)
            done += 1
            if turns > LONG and done < turns and done * LONG // turns > (done - 1) * LONG // turns:
                self._window.notify("progress", f"{doing}: {done * 100 // turns} % done.", icon="info")

        def over(left: Sequence[T]) -> None:
            self._window.page.notices.withdraw("progress")
            ended(left)

        Slices(self._window, things, size, turn, self._window.try_command, over)
