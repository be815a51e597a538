"""How many tokens models can look at, as services told it, in this run and lately; knows no file."""

import asyncio
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.models import ModelName
from pizzagpt_desktop.domain.preferences import CONTEXTS, ServiceSettings

REMEMBERED = 5_000
PATIENCE_S = 2.0
ASKED_FROM = 1_500
"""No service gives a model less than that: a shorter conversation is sent without a question."""

LATELY_S = 30 * 86_400.0
"""What was shown longer ago is forgotten: a server may be given more, and only a longer request shows that."""
DAY_S = 86_400.0

log = logging.getLogger(__name__)


class Kept(Protocol):
    """Where numbers are kept under names from run to run."""

    def read(self) -> Mapping[str, tuple[float, ...]]: ...

    def put(self, name: str, facts: tuple[float, ...]) -> None: ...


class _Learned(NamedTuple):
    """size: tokens. ratio: see `Sizes.ratio`. at: seconds since the epoch."""

    size: float
    ratio: float
    at: float


class Sizes:
    """What a reply or a refusal showed goes before what the user entered, and that before what a list of models says.

    The least of what is sure counts: a server may give a model less than the user thinks. What an earlier run was
    shown counts where the user entered nothing, for so long as `LATELY_S`; under a name that tells nothing.
    """

    def __init__(self, kept: Kept | None = None, clock: Callable[[], float] = time.time) -> None:
        """kept: None where nothing lasts. clock: seconds since the epoch."""
        self._kept = kept
        self._clock = clock
        self._before: dict[str, _Learned] | None = None
        self._shown: dict[tuple[str, str, str], int] = {}
        self._listed: dict[tuple[str, str, str], int] = {}
        self._ratios: dict[tuple[str, str, str], float] = {}

    def of(self, service: ServiceSettings, model: str) -> int | None:
        """The context length of a model of a service; None where nobody said."""
        now = self.now(service, model)
        if _place(service, model) in self._shown or service.context is not None:
            return now
        before = self._earlier(service, model)
        return now if before is None else round(before.size) if now is None else min(now, round(before.size))

    def now(self, service: ServiceSettings, model: str) -> int | None:
        """The same by this run alone."""
        place = _place(service, model)
        said = service.context if service.context is not None else self._listed.get(place)
        sure = self._shown.get(place)
        return said if sure is None else sure if said is None else min(said, sure)

    def ratio(self, service: ServiceSettings, model: str) -> float:
        """How many times as many tokens as estimated a model takes, at least; 1 where no refusal showed it."""
        place = _place(service, model)
        if place in self._ratios or service.context is not None:
            return self._ratios.get(place, 1.0)
        before = self._earlier(service, model)
        return before.ratio if before is not None else 1.0

    def learn(
        self,
        service: ServiceSettings,
        model: str,
        size: int,
        needed: int | None = None,
        guessed: int = 0,
        *,
        lasting: bool = False,
    ) -> None:
        """A reply came with it, or a refusal. needed, guessed: the tokens of what was refused, by it and as estimated.

        A refusal that does not tell them shows that the estimate, or what is known of the model, was too low.
        lasting: whether later runs may know it.
        """
        place = _place(service, model)
        if CONTEXTS[0] <= size <= CONTEXTS[1]:
            _put(self._shown, place, size)
            if guessed:
                ratio = needed / guessed if needed else self.ratio(service, model) * 1.2
                _put(self._ratios, place, min(4.0, max(1.0, ratio)))
            if lasting and self._kept is not None:
                self._keep(place, _Learned(size, self._ratios.get(place, 1.0), self._clock()))

    def _earlier(self, service: ServiceSettings, model: str) -> _Learned | None:
        """What an earlier run was shown, if that is not long ago."""
        found = self._all_before().get(_name(_place(service, model)))
        if found is None or not 0 <= self._clock() - found.at < LATELY_S:
            return None
        return found if CONTEXTS[0] <= found.size <= CONTEXTS[1] and 1.0 <= found.ratio <= 4.0 else None

    def _all_before(self) -> dict[str, _Learned]:
        if self._before is None:
            kept = self._kept.read() if self._kept is not None else {}
            self._before = {name: _Learned(*facts) for name, facts in kept.items()}
        return self._before

    def _keep(self, place: tuple[str, str, str], learned: _Learned) -> None:
        """Put it into the file, unless that says the same since today: a model is shown with every reply."""
        name = _name(place)
        old = self._all_before().get(name)
        if old is not None and old[:2] == learned[:2] and 0 <= learned.at - old.at < DAY_S:
            return
        self._all_before()[name] = learned
        if self._kept is not None:
            self._kept.put(name, tuple(learned))

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


def _name(place: tuple[str, str, str]) -> str:
    """What a place is kept under: no address and no model's name is to be read from it."""
    return hashlib.blake2b("\0".join(place).encode("utf-8", "replace"), digest_size=12).hexdigest()


def _put(known: dict[tuple[str, str, str], Any], place: tuple[str, str, str], size: float) -> None:
    known.pop(place, None)
    known[place] = size
    while len(known) > REMEMBERED:
        del known[next(iter(known))]
