"""What replies cost: prices that people enter, amounts in billionths so that sums are exact; knows no service's tariff."""

from collections.abc import Iterable
from dataclasses import dataclass

from pizzagpt_desktop.domain.usage import Tokens

NANO = 1_000_000_000
"""Parts of one unit of the currency."""
COST = "cost_nano"
"""The name under which a reply's cost stands among its counts."""
MILLION = 1_000_000
LARGEST = 1_000_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """For a million tokens. model: a model's name, or what names of its family begin with. cached: None as input."""

    model: str
    input: float = 0.0
    output: float = 0.0
    cached: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """day_limit, month_limit: in the currency, 0 for none. stops: nothing is sent once one is reached; else a warning."""

    currency: str = "USD"
    prices: tuple[Price, ...] = ()
    day_limit: float = 0.0
    month_limit: float = 0.0
    stops: bool = False


NO_COSTS = Costs()


def price_of(model: str, prices: Iterable[Price]) -> Price | None:
    """The price for a model: its own, or of the longest beginning of its name."""
    fitting = [price for price in prices if price.model and model.startswith(price.model)]
    return max(fitting, key=lambda price: len(price.model), default=None)


def cost_of(tokens: Tokens, price: Price) -> int | None:
    """What a reply cost, in billionths; None where the service did not say what it took."""
    if tokens.input is None and tokens.output is None:
        return None
    cached = min(tokens.cached or 0, tokens.input or 0)
    fresh = (tokens.input or 0) - cached
    cheaper = price.input if price.cached is None else price.cached
    total = fresh * price.input + cached * cheaper + (tokens.output or 0) * price.output
    return round(total * (NANO / MILLION))


def money(nano: int, currency: str) -> str:
    """An amount for people: "0.0123 USD", "3.40 USD"."""
    amount = nano / NANO
    if nano and abs(amount) < 0.01:
        text = f"{amount:.6f}".rstrip("0")
        return f"{text if text not in ('0.', '-0.') else '0.000001'} {currency}"
    return f"{amount:,.2f} {currency}" if not 0 < abs(amount) < 0.1 else f"{amount:.4f} {currency}"
