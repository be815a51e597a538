"""Keys and passwords: in the system's key store, in an encrypted file where there is none and the user wants one, or in
memory for this run; never readable in a file, never in a log.

Calls may block for as long as the system asks the user to unlock the store, so they are few: what was read once
is remembered for the run. What backends raise never leaves here; it becomes words.
"""

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.text import shown

if TYPE_CHECKING:
    from pizzagpt_desktop.storage.sealed import SealedFile

_OWNER = "PizzaGPT Desktop"
LOCKED = "Your keys are in an encrypted file, which is locked."
_NONE_HERE = "This system offers no key store."
_UNSAFE = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")


class KeyStore(Protocol):
    """What is used of a `keyring` backend."""

    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...
    def delete_password(self, service: str, username: str) -> None: ...


class Secrets:
    """Secrets by name (see `domain.preferences.secret_name`). Loads `keyring` at the first need.

    For one thread, but `available`, which may be looked at beforehand in another: loading takes a while.
    """

    def __init__(self, store: KeyStore | None = None) -> None:
        """store: a key store other than the system's."""
        self._store = store
        self._looked = store is not None
        self._looking = threading.Lock()
        self._why_not = ""
        self._problem = ""
        self._sealed: SealedFile | None = None
        self._known: dict[str, str | None] = {}
        self._seen: dict[str, None] = {}

    @property
    def available(self) -> bool:
        """Whether secrets can be kept beyond this run. The first look loads the backends."""
        return self._found() is not None

    @property
    def why_not(self) -> str:
        """In words why secrets cannot be kept, "" where they can."""
        if self._found() is not None:
            return ""
        return LOCKED if self.is_locked else self._why_not

    def seal_in(self, path: Path) -> None:
        """Where the encrypted file is, or would be. It is used where the system has no key store."""
        from pizzagpt_desktop.storage.sealed import SealedFile

        self._sealed = SealedFile(path)

    @property
    def has_file(self) -> bool:
        """Whether there is an encrypted file; does not look for the system's key store."""
        return self._sealed is not None and self._sealed.exists

    @property
    def is_locked(self) -> bool:
        """Whether the secrets are in an encrypted file that is not open."""
        return (
            self.has_file and self._sealed is not None and not self._sealed.is_open and self._system() is None
        )

    @property
    def can_seal(self) -> bool:
        """Whether an encrypted file could be made: there is neither a key store nor such a file."""
        return self._sealed is not None and not self._sealed.exists and self._system() is None

    def unlock(self, passphrase: str) -> str:
        """Open the encrypted file; "" where that worked, else words. Takes some tenths of a second."""
        if self._sealed is None:
            return _NONE_HERE
        try:
            opened = self._sealed.open(passphrase)
        except (OSError, ValueError) as error:
            return (
                str(error) if isinstance(error, ValueError) else _words("The key file cannot be read", error)
            )
        if not opened:
            return "This is not the passphrase."
        self._known = {name: value for name, value in self._known.items() if value is not None}
        return ""

    def seal(self, passphrase: str) -> str:
        """Make an encrypted file, and put into it what was kept for this run; "" where that worked, else words."""
        if self._sealed is None:
            return _NONE_HERE
        try:
            self._sealed.make(passphrase)
            for name, value in self._known.items():
                if value is not None:
                    self._sealed.set_password(_OWNER, name, value)
        except ValueError as error:
            return str(error)
        except (OSError, Fault) as error:
            return _words("The key file cannot be written", error)
        return ""

    @property
    def problem(self) -> str:
        """What the key store said at the last call that failed, "" after one that went well."""
        return self._problem

    def read(self, name: str) -> str | None:
        """The secret, or None where there is none or the store does not give it (then `problem` says why).

        May block while the system asks the user; asks the store once a run, again only after a failure.
        """
        if name in self._known:
            return self._known[name]
        store = self._found()
        if store is None:
            return None
        try:
            value = store.get_password(_OWNER, name)
        except _trouble() as error:
            self._problem = _words("The key store does not answer", error)
            return None
        self._problem = ""
        self._keep(name, value or None)
        return self._known[name]

    def write(self, name: str, value: str, for_this_run: bool = False) -> str:
        """Keep a secret; "" where that worked, else words, and then it is kept for this run. "" deletes it.

        Raises `ValueError` with words for a value with a line break or another control character. May block.
        """
        if not value:
            return self.delete(name)
        if any(not char.isprintable() for char in value):
            raise ValueError(
                "A key or password has no line breaks or control characters; it was perhaps copied with more."
            )
        self._keep(name, value)
        self._problem = ""
        if for_this_run:
            return ""
        store = self._found()
        if store is None:
            self._problem = self.why_not
        else:
            try:
                store.set_password(_OWNER, name, value)
            except _trouble() as error:
                self._problem = _words("The key store did not take it", error)
        return f"{self._problem} It is kept for this run only." if self._problem else ""

    def delete(self, name: str) -> str:
        """Forget a secret, here and in the key store; "" where that worked or there was none, else words. May block."""
        self._known[name] = None
        self._problem = ""
        store = self._found()
        if store is not None:
            try:
                if (
                    store.get_password(_OWNER, name) is not None
                ):  # backends differ in deleting what is not there
                    store.delete_password(_OWNER, name)
            except _trouble() as error:
                self._problem = _words("The key store did not delete it", error)
        return self._problem

    def all_known(self) -> tuple[str, ...]:
        """Every secret seen in this run, also replaced ones, for masking them in what is shown or logged."""
        return tuple(self._seen)

    def _keep(self, name: str, value: str | None) -> None:
        self._known[name] = value
        if value and not name.endswith(
            ":address"
        ):  # an address is no secret, and masked everywhere it would be missed
            self._seen[value] = None

    def _found(self) -> KeyStore | None:
        store = self._system()
        if store is None and self._sealed is not None and self._sealed.is_open:
            return self._sealed
        return store

    def _system(self) -> KeyStore | None:
        with self._looking:
            if not self._looked:
                self._look()
                self._looked = True
            return self._store

    def _look(self) -> None:
        try:
            import keyring  # here, because it loads every backend it finds

            backend = keyring.get_keyring()
            # A chain would hand secrets to any of its links; only a safe one is used.
            links = list(getattr(backend, "backends", None) or [backend])
        except _trouble() as error:
            self._why_not = _words(_NONE_HERE.rstrip("."), error)
            return
        safe = [link for link in links if not type(link).__module__.startswith(_UNSAFE)]
        if safe:
            self._store = safe[0]
        elif any(type(link).__module__.startswith("keyrings.alt") for link in links):
            self._why_not = "The key store of this system keeps secrets readable in a file; it is not used."
        else:
            self._why_not = _NONE_HERE


def _words(what: str, error: BaseException) -> str:
    said = shown(str(error)).rstrip(".")
    return f"{what}: {said}." if said else f"{what} ({type(error).__name__})."


def _trouble() -> tuple[type[Exception], ...]:
    """What key stores raise. Some raise exceptions of their own libraries; those that are loaded are asked for them."""
    kinds: list[type[Exception]] = [
        ImportError, OSError, RuntimeError, ValueError, TypeError, LookupError, AttributeError, EOFError, AssertionError,
    ]  # fmt: skip
    for module, name in (
        ("keyring.errors", "KeyringError"),
        ("jeepney.wrappers", "DBusErrorResponse"),
        ("secretstorage.exceptions", "SecretStorageException"),
        ("win32ctypes.pywin32.pywintypes", "error"),
    ):
        kind = getattr(sys.modules.get(module), name, None)
        if isinstance(kind, type) and issubclass(kind, Exception):
            kinds.append(kind)
    return tuple(kinds)
