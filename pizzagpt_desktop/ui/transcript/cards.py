"""How the reader wants one code block or table shown: wrapped, opened, pushed sideways, sorted; knows no text and no widget."""

from dataclasses import dataclass, field
from typing import NamedTuple

from pizzagpt_desktop.ui.transcript.lexing import Spans

LONG = 60
"""Lines of code that are shown as they are; a longer block is folded."""
SHOWN = 24
"""Lines of a folded block that are seen."""
_PROSE = frozenset({"text", "txt", "plain", "plaintext", "markdown", "md", "prompt", "email"})
"""Languages whose lines are paragraphs: they are wrapped from the beginning."""


class Order(NamedTuple):
    """A table sorted by a column. falling: the largest first."""

    column: int
    falling: bool


@dataclass(eq=False, slots=True, weakref_slot=True)
class Card:
    """What all leaves cut from one block share.

    wraps, opened: None until the reader says. watched: it grew before the reader's eyes, so it is not folded by itself.
    """

    key: tuple[str, int] = ("", 0)
    """Its message, and its number among that message's blocks of this kind, from 1."""
    lang: str = ""
    wraps: bool | None = None
    opened: bool | None = None
    watched: bool = False
    scrolled: int = 0
    """Pixels that its text is pushed to the left."""
    order: Order | None = None
    lines: int = 0
    size: int = 0
    """Characters of its last leaf: with `lines`, what tells one state of growing code from another."""
    spans: Spans = field(default_factory=dict)
    tint: int = 0
    """How often `spans` were given."""
    widest: float = 0.0
    """Pixels of the widest line that was laid out so far."""
    rtl: bool | None = None
    """Of a table: whether it begins at the right; None as long as no letter in it tells."""
    columns: list[float] = field(default_factory=list)
    """Of a table: the pixels that each column would like to have."""

    @property
    def wrapped(self) -> bool:
        return self.lang in _PROSE if self.wraps is None else self.wraps

    @property
    def is_long(self) -> bool:
        return self.lines > LONG

    @property
    def folded(self) -> bool:
        """Whether only its beginning is shown."""
        return self.is_long and not (self.watched if self.opened is None else self.opened)

    def forget_measures(self) -> None:
        """The font is another one now."""
        self.widest = 0.0
        self.columns = []


class Cards:
    """The cards of one transcript that a reader has changed; the others begin as they are whenever they are shown."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], Card] = {}

    def take(self, message_id: str, number: int) -> Card:
        """The card that was kept for this block, or a new one."""
        key = message_id, number
        return self._kept.get(key) or Card(key)

    def keep(self, card: Card) -> None:
        """Have `card` again when its block is shown again."""
        self._kept[card.key] = card
