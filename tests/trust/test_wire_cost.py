"""What the wire costs beside a bare loop over the same stream: a ratio, taken in turns in one run."""

import importlib.util
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


def test_the_package_that_is_measured_beside_it_need_not_be_installed() -> None:
    """It is no dependency, so mostly it is not; what is measured without it stays what it is."""
    found = rounds_of(1, 100, ("openai",))["openai"]
    assert len(found) == (importlib.util.find_spec("openai") is not None)
