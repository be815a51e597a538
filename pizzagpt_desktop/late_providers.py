"""The providers of the window, loaded beside it: what they need of the network takes a third of a second to import.

Knows no widget; the window asks through it as if they were there.
"""

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.domain.conversation import Conversation, Message
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.preferences import Live, Preferences, secret_name
from pizzagpt_desktop.domain.sight import Sight
from pizzagpt_desktop.domain.window_notes import NOTHING_SENT
from pizzagpt_desktop.storage.paths import Folders
from pizzagpt_desktop.storage.secrets import LOCKED, Secrets

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.ports import ReplySource
    from pizzagpt_desktop.chat.spending import Spending
    from pizzagpt_desktop.engine.computer import Computer
    from pizzagpt_desktop.providers.probing import Prober
    from pizzagpt_desktop.providers.registry import ProviderEntry, Registry
    from pizzagpt_desktop.providers.sources import Sources


class LateProviders:
    """The providers and what they need of the network: a third of a second to load, so not before the first paint.

    `load` may run in a thread of its own; whoever asks earlier waits for it.
    """

    def __init__(
        self, preferences: Live[Preferences], secrets: Secrets, scope: TaskScope, places: Folders
    ) -> None:
        self._preferences = preferences
        self._secrets = secrets
        self._scope = scope
        self._places = places
        self._lock = threading.Lock()
        self._loaded: tuple[Registry, Sources] | None = None
        self.computer: Computer | None = None
        """What runs the models of this computer, once it is loaded."""

    def load(self) -> "tuple[Registry, Sources]":
        """The registry and the sources, loaded by whoever asks first."""
        with self._lock:
            if self._loaded is None:
                from pizzagpt_desktop.providers.registry import Registry
                from pizzagpt_desktop.providers.sizes import Sizes
                from pizzagpt_desktop.providers.sources import Sources
                from pizzagpt_desktop.storage.learned import LearnedFile
                from pizzagpt_desktop.ui.system_proxy import system_proxy

                registry = Registry()
                self.computer = computer = self._this_computer()
                read = self._secrets.read
                sizes = Sizes(LearnedFile(self._places.learned))
                sources = Sources(registry, self._preferences, read, system_proxy, computer, sizes)
                computer.way = sources.way_to
                self._loaded = registry, sources
            return self._loaded

    def _this_computer(self) -> "Computer":
        from pizzagpt_desktop.engine.computer import Computer
        from pizzagpt_desktop.storage.model_seats import ModelSeats, seats_folder

        return Computer(
            self._scope.spawn,
            self._places.models,
            lambda: self._preferences.value.local,
            lambda: ModelSeats(seats_folder()),
        )

    def models(self) -> "Computer | None":
        """What runs the models of this computer."""
        self.load()
        return self.computer

    def entries(self) -> "Sequence[ProviderEntry]":
        return self.load()[0].entries()

    def route_words(self, service_name: str = "") -> str:
        """Where a message goes; "" until the providers are loaded, so that nobody waits for words."""
        return self._loaded[1].route_words(service_name) if self._loaded else ""

    @cached_property
    def spending(self) -> "Spending":
        """What replies cost; loaded with the first that ends."""
        from pizzagpt_desktop.chat.spending import Spending
        from pizzagpt_desktop.storage.spending import SpendingFile

        return Spending(SpendingFile(self._places.spending), lambda: self._preferences.value.costs)

    def spent(self) -> tuple[int, int]:
        """Billionths of the currency spent today and this month."""
        return self.spending.today_and_month()

    def sight_of(self, conversation: Conversation) -> Sight:
        """How much its model can look at; nothing is known of that until the providers are loaded."""
        return self._loaded[1].sight_of(conversation) if self._loaded else Sight()

    def cost_words(self, conversation_id: str) -> str:
        """What a conversation cost so far, "" where nothing is known."""
        return self.spending.words_of(conversation_id)

    def priced(self, reply: Message, before: int) -> Message:
        """A reply that ended, with its cost, see `chat.spending`."""
        return self.spending.priced(reply, before)

    def choose(self, conversation: Conversation) -> "ReplySource":
        self.spending.refuse()
        self._ask_for_key(conversation)
        return self.load()[1].choose(conversation)

    def _ask_for_key(self, conversation: Conversation) -> None:
        """Raise Fault(AUTH) where it is known beforehand that the service would only refuse: nothing is to leave then."""
        preferences = self._preferences.value
        service = preferences.service_settings(conversation.service)
        if service is None:
            return
        provider = self.load()[0].provider(service.provider)
        if not getattr(provider, "needs_key", False):
            return
        if self._secrets.has_file and self._secrets.is_locked:
            raise Fault(
                FaultKind.AUTH,
                f"{NOTHING_SENT}{LOCKED[0].lower()}{LOCKED[1:]}",
                hint="Unlock it, then try again.",
            )
        from pizzagpt_desktop.domain.presets import preset_for

        address = service.base_url or str(getattr(provider, "default_base_url", ""))
        known = preset_for(address, service.provider)
        if (
            known is None or known.is_local or not known.needs_key or service.extras.headers
        ):  # a key may be in those
            return
        if not self._secrets.read(secret_name(conversation.service or preferences.service)):
            problem = self._secrets.problem
            why = (
                f"{problem[0].lower()}{problem[1:]}"
                if problem
                else f"{known.label} wants a key, and there is none."
            )
            raise Fault(FaultKind.AUTH, f"{NOTHING_SENT}{why}", hint="Enter it in the preferences.")

    def prober(self) -> "Prober":
        """What asks services in the name of the preferences."""
        from pizzagpt_desktop.providers.probing import Prober

        return Prober(self.load()[1])
