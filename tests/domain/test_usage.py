"""Token counts under common names: what each service calls them, and what is part of what."""

from typing import Any

import pytest

from pizzagpt_desktop.domain.usage import Tokens, tokens_of
from pizzagpt_desktop.providers.answers import counts_of

CASES: dict[str, tuple[dict[str, Any], Tokens, int | None]] = {
    "openai": (
        {"prompt_tokens": 15, "completion_tokens": 78, "total_tokens": 93,
         "prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": {"reasoning_tokens": 64}},
        Tokens(15, 78, 4, None, 64), 93,
    ),
    "responses": (
        {"input_tokens": 182, "output_tokens": 60, "total_tokens": 242,
         "input_tokens_details": {"cached_tokens": 52}, "output_tokens_details": {"reasoning_tokens": 47}},
        Tokens(182, 60, 52, None, 47), 242,
    ),
    "anthropic": (
        {"input_tokens": 6, "cache_creation_input_tokens": 3337, "cache_read_input_tokens": 6289, "output_tokens": 198},
        Tokens(9632, 198, 6289, 3337), 9830,
    ),
    "ollama": ({"prompt_eval_count": 3, "eval_count": 2}, Tokens(3, 2), 5),
    "deepseek": (
        {"prompt_tokens": 339, "completion_tokens": 83, "total_tokens": 422, "prompt_cache_hit_tokens": 320},
        Tokens(339, 83, 320), 422,
    ),
    "thoughts in the total alone": (
        {"prompt_tokens": 12, "completion_tokens": 2, "total_tokens": 354,
         "completion_tokens_details": {"reasoning_tokens": 340}},
        Tokens(12, 342, None, None, 340), 354,
    ),
    "llama.cpp": (
        {"timings": {"prompt_n": 5, "cache_n": 7, "predicted_n": 9, "predicted_ms": 1.5}},
        Tokens(12, 9, 7), 21,
    ),
    "only what was read": ({"input_tokens": 4}, Tokens(4), 4),
    "nothing": ({}, Tokens(), None),
    "no numbers": ({"prompt_tokens": "9", "completion_tokens": True, "total_tokens": -1}, Tokens(), None),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_counts_have_common_names(name: str) -> None:
    usage, tokens, total = CASES[name]
    counts = counts_of(usage)
    assert tokens_of(counts) == tokens
    assert tokens_of(counts).total == total


def test_no_usage_is_no_count() -> None:
    assert tokens_of(None) == Tokens()
    assert (
        counts_of({"a": {str(i): i for i in range(1000)}, "b": 1, "c": {"d": {"e": 1}}, "big": 2**63}).get(
            "b"
        )
        is None
    )
    assert len(counts_of({str(i): i for i in range(1000)})) == 100
