"""Names to providers: built-ins and add-ons by the same entry-point group; asks nothing of any service."""

import importlib
import inspect
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.text import shown

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "pizzagpt_desktop.providers"
BUILT_IN = {
    "openai": "pizzagpt_desktop.providers.openai_compatible:OpenAICompatible",
    "local": "pizzagpt_desktop.providers.local:Local",
    "anthropic": "pizzagpt_desktop.providers.anthropic:Anthropic",
    "responses": "pizzagpt_desktop.providers.responses:Responses",
    "ollama": "pizzagpt_desktop.providers.ollama:Ollama",
    "pizzagpt": "pizzagpt_desktop.providers.pizzagpt:Pizzagpt",
}
"""In the order in which they are offered, the one that may refuse last. As pyproject.toml lists them: found also where no metadata is installed (a checkout, a frozen program)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEntry:
    """What people choose from. broken: why it cannot be used, in words, or None."""

    id: str
    label: str
    working: bool = True
    needs_key: bool = False
    default_base_url: str = ""
    default_model: str = ""
    models: tuple[str, ...] = ()
    parameters: frozenset[str] = frozenset()
    unofficial: bool = False
    broken: str | None = None


class Registry:
    """The providers by id. Their modules are imported when one is asked for, not before.

    Nor are add-ons looked for while only built-ins are wanted: that loads what reads the metadata of packages.
    """

    def __init__(self) -> None:
        self._loaded: dict[str, type[Any]] = {}

    @cached_property
    def _add_ons(self) -> tuple[dict[str, str], list[ProviderEntry]]:
        """What is installed: targets by name, and those whose name is taken by a built-in."""
        from importlib.metadata import entry_points

        targets: dict[str, str] = {}
        clashes: list[ProviderEntry] = []
        for point in entry_points(group=GROUP):
            known = (BUILT_IN | targets).get(point.name)
            if known is None:
                targets[point.name] = point.value
            elif known != point.value:
                clashes.append(_clash(point))
        return targets, clashes

    def _target(self, provider_id: str) -> str | None:
        return BUILT_IN.get(provider_id) or self._add_ons[0].get(provider_id)

    def ids(self) -> list[str]:
        """Built-ins first, then add-ons by name."""
        return [*BUILT_IN, *sorted(self._add_ons[0])]

    def provider(self, provider_id: str) -> type[Any]:
        """The provider's class; raises Fault(SETTINGS) with words where there is none or it does not load."""
        if provider_id not in self._loaded:
            target = self._target(provider_id)
            if target is None:
                raise Fault(
                    FaultKind.SETTINGS,
                    f"There is no provider “{shown(provider_id)}”.",
                    hint="Its add-on may be missing. Choose another service in the preferences.",
                )
            self._loaded[provider_id] = _imported(provider_id, target)
        return self._loaded[provider_id]

    def is_built_in(self, provider_id: str) -> bool:
        return provider_id in BUILT_IN

    def entries(self) -> list[ProviderEntry]:
        """All providers, those that cannot be used among them."""
        return [*(self._entry(provider_id) for provider_id in self.ids()), *self._add_ons[1]]

    def _entry(self, provider_id: str) -> ProviderEntry:
        try:
            provider = self.provider(provider_id)
        except Fault as fault:
            return ProviderEntry(id=provider_id, label=provider_id, working=False, broken=fault.detail)
        models = getattr(provider, "models", None)
        label = getattr(provider, "label", "") or provider.__name__
        working = bool(getattr(provider, "working", True))
        return ProviderEntry(
            id=provider_id,
            label=shown(str(label)),
            working=working,
            needs_key=bool(getattr(provider, "needs_key", getattr(provider, "needs_auth", False))),
            default_base_url=str(getattr(provider, "default_base_url", "") or ""),
            default_model=str(getattr(provider, "default_model", "") or ""),
            models=tuple(map(str, models)) if isinstance(models, list | tuple) else (),
            parameters=frozenset(getattr(provider, "parameters", frozenset())),
            unofficial=not working,
        )


def _imported(provider_id: str, target: str) -> type[Any]:
    module, _, name = target.partition(":")
    try:
        provider: Any = importlib.import_module(module)
        for part in name.split("."):
            provider = getattr(provider, part)
    except Exception as error:  # noqa: BLE001  (the provider boundary: an add-on's module may do anything)
        raise Fault(
            FaultKind.SETTINGS,
            f"The add-on {provider_id} does not load: {shown(f'{type(error).__name__}: {error}')}",
        ) from None
    if not inspect.isclass(provider) or not hasattr(provider, "create_async_generator"):
        raise Fault(FaultKind.SETTINGS, f"The add-on {provider_id} is no provider: {name} cannot answer.")
    found: type[Any] = provider
    return found


def _clash(point: "EntryPoint") -> ProviderEntry:
    owner = point.dist.name if point.dist is not None else "an add-on"
    return ProviderEntry(
        id=f"{point.name}@{owner}",
        label=shown(f"{point.name} ({owner})"),
        working=False,
        broken=f"{owner} brings a provider under the name “{point.name}”, which is taken.",
    )
