"""What the wire costs beside a bare loop over the same stream: a ratio, taken in turns in one run."""

from collections.abc import Callable

import pytest

from tests.benchmarks.provider_cost import rounds_of

EVENTS = 50_000
MOST = 1.5


@pytest.mark.long
def test_the_provider_costs_hardly_more_than_reading_json(figures: Callable[..., None]) -> None:
    seconds = rounds_of(7, EVENTS)
    ratio = min(seconds["ours"]) / min(seconds["bare"])
    beside = {"openai": round(min(seconds["ours"]) / min(seconds["openai"]), 3)} if seconds["openai"] else {}
    figures("cost of the wire", events=EVENTS, bare=round(ratio, 2), **beside)
    assert ratio <= MOST, seconds
