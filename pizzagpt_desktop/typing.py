"""The names that providers written for the seed's interface import; knows nothing of the program."""

from collections.abc import AsyncIterator
from typing import Any

Messages = list[dict[str, Any]]
"""A conversation on the wire: `{"role": str, "content": str | list of parts | None}`, oldest first."""

AsyncResult = AsyncIterator[Any]
"""What a provider yields: `str` pieces of the reply; other types (see `domain.chunks`) carry facts about it."""
