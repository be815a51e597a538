"""What the user chose, as frozen values, and `Live`, the observable that holds them; knows no file and no key.

Keys and proxy passwords are never here: they live in `storage.secrets` under the names that
`secret_name` and `PROXY_SECRET` give.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from pizzagpt_desktop.domain.asking import NOTHING_ASKED, Asking, Persona
from pizzagpt_desktop.domain.extras import NO_EXTRAS, Extras
from pizzagpt_desktop.domain.local import NO_LOCAL, LocalSettings
from pizzagpt_desktop.domain.prices import NO_COSTS, Costs
from pizzagpt_desktop.domain.proxy import ProxySettings
from pizzagpt_desktop.domain.trust import NO_TRUST, Trust

T = TypeVar("T")

PROXY_SECRET = "proxy"  # noqa: S105  (the name of a secret, not a secret)


class Theme(StrEnum):
    """Which palette the window draws with."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    CONTRAST_LIGHT = "contrast_light"
    CONTRAST_DARK = "contrast_dark"


class LineWidth(StrEnum):
    """How wide a line of text may get."""

    NARROW = "narrow"
    NORMAL = "normal"
    WIDE = "wide"
    FULL = "full"


class Density(StrEnum):
    """How much room there is between lines and rows."""

    COMFORTABLE = "comfortable"
    COMPACT = "compact"


class WhenFull(StrEnum):
    """What becomes of a conversation that is longer than its model can look at."""

    LEAVE_OUT = "leave_out"
    SUMMARISE = "summarise"
    STOP = "stop"


CONTEXTS = (128, 100_000_000)
"""Between these a number of tokens is one that a model can look at."""
RETRIES = 5
"""A request goes out again by itself at most so often."""
LOCAL_WAITS = (1, 24 * 60)
"""The least and the most minutes that a model on this computer is waited for."""
ZOOMS = (50, 67, 80, 90, 100, 110, 125, 150, 175, 200, 250, 300)
"""The steps of the zoom, in percent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """One service as the user set it up.

    provider: id in the registry (`pizzagpt`, `openai`, or a plug-in's). base_url: the service's root, "" for the
    provider's default. model: "" for the provider's default. temperature 0–2, top_p 0–1, max_tokens ≥ 1, or None
    for the service's own. proxy: None inherits the program's proxy. trust: beside the system's store.
    label: what the user calls it, "" for the name of its kind. favourites: models that stand first. extras: headers
    and fields that every request has besides.
    """

    provider: str
    label: str = ""
    base_url: str = ""
    model: str = ""
    system_prompt: str = ""
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    proxy: ProxySettings | None = None
    trust: Trust = NO_TRUST
    favourites: tuple[str, ...] = ()
    extras: Extras = NO_EXTRAS
    context: int | None = None
    """How many tokens its models can look at, as the user says; None where that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """Theme, font family ("" for the system's) and size in points (0 for the system's).

    zoom: of all text, in percent, `ZOOMS[0]` to `ZOOMS[-1]`.
    """

    theme: Theme = Theme.SYSTEM
    font_family: str = ""
    font_size: float = 0.0
    reduced_motion: bool = False
    zoom: int = 100
    line_width: LineWidth = LineWidth.NORMAL
    density: Density = Density.COMFORTABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """Everything in the preferences file. `service` is a key of `services`, "" before the first choice.

    trash_days: how long a deleted conversation can be brought back, 0 for ever. backups_kept: how many daily backups
    there are at most, 0 for none. asking: what is asked of every model where nothing nearer says so. personas: what
    is asked under a name of the user's. titles_by_model: whether a model may be asked for a title, in the background.
    list_order: of the conversations, "activity", "created" or "title". local_only: nothing but this computer may
    be asked. retries: how often a request goes out again by itself after a refusal that invites it, 0 to `RETRIES`.
    local: how models inside the program are run. when_full: what becomes of a conversation that is longer than its
    model can look at.
    local_wait_min: for how many minutes a model on this computer is waited for, which may have to load first.
    """

    service: str = ""
    services: Mapping[str, ServiceSettings] = field(default_factory=dict)
    proxy: ProxySettings = field(default_factory=ProxySettings)
    appearance: Appearance = field(default_factory=Appearance)
    trash_days: int = 30
    backups_kept: int = 7
    titles_by_model: bool = False
    list_order: str = "activity"
    local_only: bool = False
    retries: int = 2
    local_wait_min: int = 10
    when_full: WhenFull = WhenFull.LEAVE_OUT
    asking: Asking = NOTHING_ASKED
    personas: Mapping[str, Persona] = field(default_factory=dict)
    local: LocalSettings = NO_LOCAL
    costs: Costs = NO_COSTS

    def service_settings(self, name: str = "") -> ServiceSettings | None:
        """The settings of service `name`, or of the current one; None where nothing was chosen yet."""
        return self.services.get(name or self.service)


def zoomed(zoom: int, steps: int) -> int:
    """The zoom so many steps up (or down, where negative) from `zoom`, within what there is."""
    for _ in range(abs(steps)):
        if steps > 0:
            zoom = next((step for step in ZOOMS if step > zoom), zoom)
        else:
            zoom = next((step for step in reversed(ZOOMS) if step < zoom), zoom)
    return zoom


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """A name like `wanted` that is not `taken`: "openai", "openai-2"."""
    taken = set(taken)
    number, name = 1, wanted
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    return name


def secret_name(service: str) -> str:
    """The name under which a service's key is kept."""
    return f"service:{service}"


def key_host_name(service: str) -> str:
    """The name under which it is kept for which address a service's key was entered."""
    return f"service:{service}:address"


def proxy_secret_name(service: str) -> str:
    """The name under which the password of a service's own proxy is kept."""
    return f"{PROXY_SECRET}:{service}"


def passphrase_secret_name(service: str) -> str:
    """The name under which the passphrase of a service's client certificate is kept."""
    return f"certificate:{service}"


class Live(Generic[T]):
    """A value and those who want to know when it changes. Listeners are called at once, in order of subscription."""

    def __init__(self, value: T) -> None:
        self._value = value
        self._listeners: list[Callable[[T], None]] = []

    @property
    def value(self) -> T:
        return self._value

    def set(self, value: T) -> None:
        """Replace the value; listeners are told only if it is another."""
        if value == self._value:
            return
        self._value = value
        for listener in tuple(self._listeners):
            listener(value)

    def subscribe(self, listener: Callable[[T], None]) -> Callable[[], None]:
        """Tell `listener` of every new value; the returned call ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None
