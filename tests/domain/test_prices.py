"""What a reply costs by prices that people enter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.domain.prices import NANO, Price, cost_of, money, price_of
from pizzagpt_desktop.domain.usage import Tokens

MINI = Price(model="gpt-4o-mini", input=0.15, output=0.6, cached=0.075)


def test_the_longest_beginning_of_a_name_decides() -> None:
    prices = (Price(model="gpt-4o"), MINI, Price(model="claude"))
    assert price_of("gpt-4o-mini-2024-07-18", prices) is MINI
    assert price_of("gpt-4o", prices) is prices[0]
    assert price_of("gpt-3", prices) is None
    assert price_of("", prices) is None


def test_cached_tokens_are_part_of_the_input_and_have_their_own_price() -> None:
    assert cost_of(Tokens(input=1_000_000, output=1_000_000), MINI) == 750_000_000
    assert cost_of(Tokens(input=1_000_000, output=0, cached=400_000), MINI) == 120_000_000
    assert cost_of(Tokens(input=10, output=0, cached=400), Price(model="x", input=1, cached=0.0)) == 0
    assert cost_of(Tokens(input=1_000_000, cached=1_000_000), Price(model="x", input=2)) == 2 * NANO


def test_nothing_is_said_where_the_service_counts_nothing() -> None:
    assert cost_of(Tokens(), MINI) is None


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_cost_is_never_negative_and_grows_with_the_tokens(taken: int, given: int, cached: int) -> None:
    cost = cost_of(Tokens(input=taken, output=given, cached=cached), MINI)
    more = cost_of(Tokens(input=taken, output=given + 1_000_000, cached=cached), MINI)
    assert cost is not None
    assert more is not None
    assert 0 <= cost < more


@pytest.mark.parametrize(
    ("nano", "words"),
    [(0, "0.00 USD"), (NANO, "1.00 USD"), (1234 * NANO, "1,234.00 USD"), (12_300_000, "0.0123 USD"), (1_500, "0.000002 USD"), (1, "0.000001 USD")],
)  # fmt: skip
def test_amounts_are_said_so_that_small_ones_are_not_nothing(nano: int, words: str) -> None:
    assert money(nano, "USD") == words
