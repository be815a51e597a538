"""How many tokens models can look at, as services told it in this run; keeps nothing on disk."""

import asyncio
import logging
from collections.abc import Awaitable, Iterable
from typing import Any

from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.models import ModelName
from pizzagpt_desktop.domain.preferences import CONTEXTS, ServiceSettings

REMEMBERED = 5_000
PATIENCE_S = 2.0
ASKED_FROM = 1_500
"""No service gives a model less than that: a shorter conversation is sent without a question."""

log = logging.getLogger(__name__)


class Sizes:
    """What a reply or a refusal showed goes before what the user entered, and that before what a list of models says.

    The least of what is sure counts: a server may give a model less than the user thinks.
    """

    def __init__(self) -> None:
        self._shown: dict[tuple[str, str, str], int] = {}
        self._listed: dict[tuple[str, str, str], int] = {}
        self._ratios: dict[tuple[str, str, str], float] = {}

    def of(self, service: ServiceSettings, model: str) -> int | None:
        """The context length of a model of a service; None where nobody said."""
        place = _place(service, model)
        said = service.context if service.context is not None else self._listed.get(place)
        sure = self._shown.get(place)
        return said if sure is None else sure if said is None else min(said, sure)

    def ratio(self, service: ServiceSettings, model: str) -> float:
        """How many times as many tokens as estimated a model takes, at least; 1 where no refusal showed it."""
        return self._ratios.get(_place(service, model), 1.0)

    def learn(
        self, service: ServiceSettings, model: str, size: int, needed: int | None = None, guessed: int = 0
    ) -> None:
        """A reply came with it, or a refusal. needed, guessed: the tokens of what was refused, by it and as estimated.

        A refusal that does not tell them shows that the estimate, or what is known of the model, was too low.
        """
        place = _place(service, model)
        if CONTEXTS[0] <= size <= CONTEXTS[1]:
            _put(self._shown, place, size)
            if guessed:
                ratio = needed / guessed if needed else self._ratios.get(place, 1.0) * 1.2
                _put(self._ratios, place, min(4.0, max(1.0, ratio)))

    def note(self, service: ServiceSettings, models: Iterable[str]) -> None:
        """A list of models came."""
        for model in models:
            if isinstance(model, ModelName) and model.context and CONTEXTS[0] <= model.context <= CONTEXTS[1]:
                _put(self._listed, _place(service, model), model.context)


async def asked_for(
    sizes: Sizes, service: ServiceSettings, model: str, asking: Awaitable[int | None]
) -> int | None:
    """What a service says of its model when it is asked, for a moment only: the question itself is not to wait."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            size = await asking
    except (Fault, TimeoutError) as fault:
        log.info("the context of %s is not told: %s", model, type(fault).__name__)
        return None
    if size is not None:
        sizes.learn(service, model, size)
    return sizes.of(service, model)


def _place(service: ServiceSettings, model: str) -> tuple[str, str, str]:
    return service.provider, service.base_url, str(model)


def _put(known: dict[tuple[str, str, str], Any], place: tuple[str, str, str], size: float) -> None:
    known.pop(place, None)
    known[place] = size
    while len(known) > REMEMBERED:
        del known[next(iter(known))]
