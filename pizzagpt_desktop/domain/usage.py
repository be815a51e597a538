"""Token counts of all services under common names; knows no price and keeps nothing.

Written from the references of the dialects: OpenAI's chat completions and Responses (cached and reasoning tokens are
part of the sums), Anthropic's messages (cached tokens stand beside `input_tokens`), Ollama's API, and what DeepSeek,
Groq, xAI, Gemini's compatible interface and llama.cpp do differently.
"""

from collections.abc import Mapping
from typing import NamedTuple

_INPUT = ("prompt_tokens", "input_tokens", "prompt_eval_count")
_OUTPUT = ("completion_tokens", "output_tokens", "eval_count", "timings.predicted_n")
_CACHED = (
    "prompt_tokens_details.cached_tokens",
    "input_tokens_details.cached_tokens",
    "prompt_cache_hit_tokens",
    "cache_read_input_tokens",
    "timings.cache_n",
)
_WRITTEN = (
    "prompt_tokens_details.cache_write_tokens",
    "input_tokens_details.cache_write_tokens",
    "cache_creation_input_tokens",
)
_REASONING = ("completion_tokens_details.reasoning_tokens", "output_tokens_details.reasoning_tokens")
_BESIDE = ("cache_read_input_tokens", "cache_creation_input_tokens")
"""Anthropic's counts of what is not in `input_tokens`."""
COMMON = frozenset((*_INPUT, *_OUTPUT, *_CACHED, *_WRITTEN, *_REASONING, "total_tokens"))
"""The names of all counts that `tokens_of` understands."""


class Tokens(NamedTuple):
    """What a reply took. cached, cache_written: part of input. reasoning: part of output. None: it was not said."""

    input: int | None = None
    output: int | None = None
    cached: int | None = None
    cache_written: int | None = None
    reasoning: int | None = None

    @property
    def total(self) -> int | None:
        """Both together, None where neither is known."""
        known = [count for count in (self.input, self.output) if count is not None]
        return sum(known) if known else None


def tokens_of(counts: Mapping[str, int] | None) -> Tokens:
    """The common names for counts as a service named them; nothing is guessed."""
    counts = counts or {}
    taken, given = _first(counts, _INPUT), _first(counts, _OUTPUT)
    cached, written = _first(counts, _CACHED), _first(counts, _WRITTEN)
    reasoning = _first(counts, _REASONING)
    if (
        taken is None and "timings.prompt_n" in counts
    ):  # llama.cpp counts what it had to read, and the rest apart
        taken = counts["timings.prompt_n"] + counts.get("timings.cache_n", 0)
    elif taken is not None and "input_tokens" in counts:
        taken += sum(counts.get(name, 0) for name in _BESIDE)
    total = counts.get("total_tokens")
    if total is not None and taken is not None and given is not None and total > taken + given:
        given = total - taken  # xAI and Gemini count thoughts in the total alone
    return Tokens(taken, given, cached, written, reasoning)


def _first(counts: Mapping[str, int], names: tuple[str, ...]) -> int | None:
    return next((counts[name] for name in names if name in counts), None)
