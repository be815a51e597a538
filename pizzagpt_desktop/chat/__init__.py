"""What a user does: send, stop, retry, keep; asyncio lives here, without Qt, SQL or HTTP.

`chat.events` and `chat.reply` are loaded when they are first named this way: a window that only opens announces
nothing, and making their many small classes costs as much as half of its widgets.
"""

import importlib
from types import ModuleType


def __getattr__(name: str) -> ModuleType:
    if name in ("events", "reply"):
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(name)
