"""How many tokens models can look at, as services told it in this run; asks nobody and keeps nothing on disk."""

from collections.abc import Iterable

from pizzagpt_desktop.domain.models import ModelName
from pizzagpt_desktop.domain.preferences import CONTEXTS, ServiceSettings

REMEMBERED = 5_000


class Sizes:
    """What a reply or a refusal showed goes before what the user entered, and that before what a list of models says.

    The least of what is sure counts: a server may give a model less than the user thinks.
    """

    def __init__(self) -> None:
        self._shown: dict[tuple[str, str, str], int] = {}
        self._listed: dict[tuple[str, str, str], int] = {}

    def of(self, service: ServiceSettings, model: str) -> int | None:
        """The context length of a model of a service; None where nobody said."""
        place = _place(service, model)
        said = service.context if service.context is not None else self._listed.get(place)
        sure = self._shown.get(place)
        return said if sure is None else sure if said is None else min(said, sure)

    def learn(self, service: ServiceSettings, model: str, size: int) -> None:
        """A reply came with it, or a refusal."""
        if CONTEXTS[0] <= size <= CONTEXTS[1]:
            _put(self._shown, _place(service, model), size)

    def note(self, service: ServiceSettings, models: Iterable[str]) -> None:
        """A list of models came."""
        for model in models:
            if isinstance(model, ModelName) and model.context and CONTEXTS[0] <= model.context <= CONTEXTS[1]:
                _put(self._listed, _place(service, model), model.context)


def _place(service: ServiceSettings, model: str) -> tuple[str, str, str]:
    return service.provider, service.base_url, str(model)


def _put(known: dict[tuple[str, str, str], int], place: tuple[str, str, str], size: int) -> None:
    known.pop(place, None)
    known[place] = size
    while len(known) > REMEMBERED:
        del known[next(iter(known))]
