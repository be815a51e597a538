"""Spending: what replies cost, by day and month, and whether the next may still be asked for; knows no price but by name."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Protocol

from pizzagpt_desktop.domain.conversation import Message
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.prices import COST, NANO, Costs, cost_of, money, price_of
from pizzagpt_desktop.domain.usage import tokens_of

log = logging.getLogger(__name__)


class Ledger(Protocol):
    """Keeps sums; every call may raise `Fault(STORAGE)`."""

    def add(self, day: date, model: str, conversation_id: str, nano: int) -> None: ...
    def of(self, conversation_id: str) -> int:
        """Billionths that a conversation cost."""
        ...

    def total(self, since: date) -> int:
        """Billionths of the currency from `since` on."""
        ...


class Spending:
    """costs: the prices and limits of the moment. today: by this computer's calendar."""

    def __init__(
        self, ledger: Ledger, costs: Callable[[], Costs], today: Callable[[], date] = date.today
    ) -> None:
        self._ledger = ledger
        self._costs = costs
        self._today = today

    def priced(self, reply: Message, before: int = 0) -> Message:
        """A reply that ended, with its cost among its counts, and noted. before: what its beginning cost already.

        As it was where no price is known, or the service did not say what it took.
        """
        price = price_of(reply.model, self._costs().prices)
        nano = cost_of(tokens_of(reply.usage), price) if price is not None else None
        if nano is None:
            return replace(reply, usage={**(reply.usage or {}), COST: before}) if before else reply
        try:
            self._ledger.add(self._today(), reply.model, reply.conversation_id, nano)
        except Fault as fault:
            log.warning("what a reply cost was not noted: %s", fault.detail)
        return replace(reply, usage={**(reply.usage or {}), COST: before + nano})

    def refuse(self) -> None:
        """Raise Fault(BUDGET) where a limit is reached and nothing more is to be sent."""
        reached = self._reached(1.0) if self._costs().stops else ""
        if reached:
            raise Fault(
                FaultKind.BUDGET,
                f"Nothing was sent: {reached}",
                hint="Raise the budget in the preferences, under Costs, or wait.",
            )

    def warning(self) -> str:
        """What to say where four fifths of a limit are spent, "" before."""
        return self._reached(0.8)

    def today_and_month(self) -> tuple[int, int]:
        """Billionths spent today and this month; 0 where that cannot be read."""
        today = self._today()
        try:
            return self._ledger.total(today), self._ledger.total(today.replace(day=1))
        except Fault as fault:
            log.warning("what was spent cannot be read: %s", fault.detail)
            return 0, 0

    def words_of(self, conversation_id: str) -> str:
        """What a conversation cost so far, "" where nothing is known of it."""
        costs = self._costs()
        if not costs.prices:
            return ""
        try:
            nano = self._ledger.of(conversation_id)
        except Fault as fault:
            log.warning("what was spent cannot be read: %s", fault.detail)
            return ""
        return f"{money(nano, costs.currency)} so far" if nano else ""

    def _reached(self, share: float) -> str:
        costs = self._costs()
        if not (costs.day_limit or costs.month_limit):
            return ""
        today, month = self.today_and_month()
        for spent, limit, words in (
            (today, costs.day_limit, "today"),
            (month, costs.month_limit, "this month"),
        ):
            if limit and spent >= share * limit * NANO:
                whole = money(round(limit * NANO), costs.currency)
                return f"{money(spent, costs.currency)} of the budget of {whole} for {words} are spent."
        return ""
