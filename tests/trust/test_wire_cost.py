"""What the wire costs beside a bare loop over the same stream: a ratio, taken in turns in one run."""

from collections.abc import Callable

import pytest

from tests.benchmarks.provider_cost import rounds_of

EVENTS = 50_000
MOST = 1.5


@pytest.mark.long
def test_the_provider_costs_hardly_more_than_reading_json(figures: Callable[..., None]) -> None:
    seconds = rounds_of(7, EVENTS, ("bare", "ours"))
    ratio = min(seconds["ours"]) / min(seconds["bare"])
    package = rounds_of(1, EVENTS, ("openai",))["openai"]
    beside = {"openai": round(min(seconds["ours"]) / package[0], 3)} if package else {}
    figures("cost of the wire", events=EVENTS, bare=round(ratio, 2), **beside)
    assert ratio <= MOST, seconds
