"""What replies cost, noted by day, and the budget that warns or stops before anything is sent."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from pizzagpt_desktop.chat.spending import Spending
from pizzagpt_desktop.domain.conversation import Message, Role, Status
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.prices import COST, NANO, Costs, Price
from pizzagpt_desktop.storage.spending import MOST, SpendingFile

COSTS = Costs(prices=(Price(model="paid", input=1.0, output=2.0),))


def reply(model: str = "paid", usage: Mapping[str, int] | None = None) -> Message:
    return Message(
        id="r", conversation_id="c", parent_id=None, role=Role.ASSISTANT, text="x", status=Status.COMPLETE,
        model=model, usage=usage or {"prompt_tokens": 1_000_000, "completion_tokens": 500_000},
    )  # fmt: skip


class Days:
    """A calendar that a test turns."""

    def __init__(self) -> None:
        self.now = date(2026, 11, 26)
        self.costs = COSTS

    def made(self, folder: Path) -> Spending:
        return Spending(SpendingFile(folder / "spending.db"), lambda: self.costs, lambda: self.now)


def test_a_reply_gets_its_cost_and_the_day_and_month_their_sums(tmp_path: Path) -> None:
    days = Days()
    spending = days.made(tmp_path)
    assert spending.today_and_month() == (0, 0)
    assert (spending.priced(reply()).usage or {})[COST] == 2 * NANO
    days.now = date(2026, 11, 27)
    spending.priced(reply())
    assert spending.today_and_month() == (2 * NANO, 4 * NANO)
    assert spending.words_of("c") == "4.00 USD so far"
    assert spending.words_of("another") == ""
    days.now = date(2026, 12, 1)
    assert spending.today_and_month() == (0, 0)


def test_a_reply_that_went_on_costs_both_parts_and_each_is_noted_once(tmp_path: Path) -> None:
    spending = Days().made(tmp_path)
    first = spending.priced(reply())
    whole = spending.priced(reply(), (first.usage or {})[COST])
    assert (whole.usage or {})[COST] == 4 * NANO
    assert spending.today_and_month() == (4 * NANO, 4 * NANO)


def test_models_without_a_price_cost_nothing_that_is_known(tmp_path: Path) -> None:
    spending = Days().made(tmp_path)
    free = reply("free")
    assert spending.priced(free) is free
    assert not (tmp_path / "spending.db").exists()


def test_a_budget_warns_at_four_fifths_and_stops_only_where_that_is_wanted(tmp_path: Path) -> None:
    days = Days()
    days.costs = Costs(prices=COSTS.prices, day_limit=2.5)
    spending = days.made(tmp_path)
    assert spending.warning() == ""
    spending.priced(reply())
    assert "2.00 USD of the budget of 2.50 USD for today are spent." in spending.warning()
    spending.priced(reply())
    spending.refuse()  # a warning is all that was asked for
    days.costs = Costs(prices=COSTS.prices, day_limit=2.5, stops=True)
    with pytest.raises(Fault) as caught:
        spending.refuse()
    assert caught.value.kind is FaultKind.BUDGET
    assert "Nothing was sent" in caught.value.detail
    days.now = date(2026, 11, 27)
    spending.refuse()


def test_a_file_that_cannot_be_used_loses_no_reply(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "spending.db").write_bytes(b"this is no database at all" * 100)
    spending = Days().made(tmp_path)
    assert (spending.priced(reply()).usage or {})[COST] == 2 * NANO
    assert spending.today_and_month() == (0, 0)
    assert "was not noted" in caplog.text
    caplog.clear()


def test_the_file_is_private_and_two_programs_may_count(tmp_path: Path) -> None:
    one, two = Days().made(tmp_path), Days().made(tmp_path)
    one.priced(reply())
    two.priced(reply("paid-large"))
    assert one.today_and_month()[0] == 4 * NANO
    file = tmp_path / "spending.db"
    assert file.stat().st_mode & 0o777 == 0o600
    assert SpendingFile(file).by_model(date(2026, 11, 1)) == [
        ("paid", 2 * NANO, 1),
        ("paid-large", 2 * NANO, 1),
    ]


def test_what_a_service_claims_beyond_all_measure_is_noted_as_very_much(tmp_path: Path) -> None:
    file = SpendingFile(tmp_path / "spending.db")
    for _ in range(3):
        file.add(date(2026, 11, 5), "odd \ud800", "c", 10**25)
    assert file.total(date(2026, 11, 1)) == file.of("c") == 3 * MOST
    assert file.by_model(date(2026, 11, 1)) == [("odd \ufffd", 3 * MOST, 3)]
