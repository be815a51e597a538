"""What is known, without asking anybody, of how much the model of a conversation can look at."""

from typing import NamedTuple


class Sight(NamedTuple):
    """size: in tokens, None where nobody said. model: which it is. system_prompt and max_tokens: as they will be sent.

    ratio: of its tokens to estimates, at least.
    """

    size: int | None = None
    model: str = ""
    system_prompt: str = ""
    max_tokens: int | None = None
    ratio: float = 1.0
