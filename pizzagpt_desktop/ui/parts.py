"""What of the window is imported after its first picture: in its thread alone, a part a turn; knows not what for.

PySide makes its types when they are asked for first, and not in two threads at once: a worker that imported a widget
while the window's thread was handed an event could crash the program.
"""

import importlib
from collections.abc import Iterable, Iterator

Parts = tuple[str, ...]
"""Names of modules, each after those that it imports."""

TRANSCRIPT: Parts = tuple(
    f"pizzagpt_desktop.ui.transcript.{part}"
    for part in (
        *(
            "aloud",
            "facts",
            "controls",
            "lexing",
            "documents",
            "leaf_view",
            "reading",
            "row",
            "card_bars",
            "clipboard",
        ),
        *(
            "table_bars",
            "rows",
            "bars",
            "gliding",
            "menus",
            "selecting",
            "hands",
            "highlighter",
            "hits",
            "jumps",
        ),
        *("loading", "painting", "view"),
    )
)
"""What shows messages, in an order in which none brings much along."""


def importing(names: Iterable[str]) -> Iterator[None]:
    """Import modules by name, one in each step."""
    for name in names:
        importlib.import_module(name)
        yield
