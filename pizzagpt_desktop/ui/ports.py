"""What the window needs from outside the chat, as protocols; knows no implementation of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pizzagpt_desktop.domain.local import LocalSettings
    from pizzagpt_desktop.engine.catalogue import Catalogue
    from pizzagpt_desktop.engine.fetches import Fetches
    from pizzagpt_desktop.engine.files import ModelFile
    from pizzagpt_desktop.engine.look import ModelFacts


class ServiceEntry(Protocol):
    """One kind of service as the program offers it; the fields of `providers.registry.ProviderEntry`."""

    @property
    def id(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def working(self) -> bool: ...
    @property
    def needs_key(self) -> bool: ...
    @property
    def default_base_url(self) -> str: ...
    @property
    def default_model(self) -> str: ...
    @property
    def models(self) -> Sequence[str]: ...
    @property
    def parameters(self) -> frozenset[str]: ...
    @property
    def unofficial(self) -> bool: ...
    @property
    def broken(self) -> str | None:
        """Why it cannot be used, in words; None where it can."""
        ...


class ServiceDirectory(Protocol):
    """Which kinds of service there are, and where a message would go now. First asked after the first paint."""

    def entries(self) -> Sequence[ServiceEntry]: ...
    def spent(self) -> tuple[int, int]:
        """Billionths of the currency spent today and this month."""
        ...

    def cost_words(self, conversation_id: str) -> str:
        """What a conversation cost so far, "" where nothing is known."""
        ...

    def models(self) -> ModelsPort | None:
        """The models of this computer; None where there can be none."""
        ...

    def route_words(self, service_name: str = "") -> str:
        """Where the next message of the service `service_name` ("" for the current one) goes: "→ api.example.com"."""
        ...


class ModelsPort(Protocol):
    """The models of this computer; `engine.computer.Computer` is one."""

    @property
    def has_engine(self) -> bool:
        """Whether the engine is installed."""
        ...

    @property
    def catalogue(self) -> Catalogue: ...
    @property
    def fetches(self) -> Fetches: ...
    def look(self, local: LocalSettings, done: Callable[[list[ModelFacts]], None]) -> Callable[[], None]:
        """Look at the model files beside the loop; the returned call cancels."""
        ...

    def delete(self, file: ModelFile) -> None:
        """Delete a file that the program fetched; raises OSError."""
        ...

    def drop_fetch(self, file: str, done: Callable[[], None]) -> None:
        """Forget what was begun of a file."""
        ...


class SecretsPort(Protocol):
    """Keys and passwords by name. First asked when the preferences open."""

    @property
    def available(self) -> bool:
        """Whether the system has a key store."""
        ...

    @property
    def why_not(self) -> str:
        """Why it has none, in words, or ""."""
        ...

    @property
    def has_file(self) -> bool:
        """Whether there is an encrypted file of secrets."""
        ...

    @property
    def is_locked(self) -> bool:
        """Whether the secrets are in an encrypted file that is not open."""
        ...

    @property
    def can_seal(self) -> bool:
        """Whether an encrypted file could be made."""
        ...

    def unlock(self, passphrase: str) -> str:
        """Open the encrypted file; "" or why not. Takes some tenths of a second."""
        ...

    def seal(self, passphrase: str) -> str:
        """Make an encrypted file; "" or why not. Takes some tenths of a second."""
        ...

    def read(self, name: str) -> str | None: ...
    def write(self, name: str, value: str, for_this_run: bool) -> str:
        """Keep a secret in the key store, or only until the program ends; "" or what went wrong, in words."""
        ...

    def delete(self, name: str) -> str:
        """Forget a secret; "" or what went wrong, in words."""
        ...
