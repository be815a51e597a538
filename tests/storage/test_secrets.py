"""Keys stay in the key store or in memory, and whatever a key store does becomes words."""

from typing import Any

import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked, PasswordDeleteError, PasswordSetError

from pizzagpt_desktop.storage.secrets import Secrets


class InMemory(KeyringBackend):
    """A real backend of keyring's, with a switch for each way to fail."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.calls: list[str] = []
        self.failure: Exception | None = None

    def _called(self, what: str) -> None:
        self.calls.append(what)
        if self.failure is not None:
            raise self.failure

    def get_password(self, service: str, username: str) -> str | None:
        self._called("get")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._called("set")
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._called("delete")
        if (service, username) not in self.kept:
            raise PasswordDeleteError("not found")
        del self.kept[service, username]


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> InMemory:
    import keyring

    backend = InMemory()
    monkeypatch.setattr(keyring.core, "_keyring_backend", backend)
    return backend


def test_kept_beyond_the_run(backend: InMemory) -> None:
    first = Secrets()
    assert first.available
    assert first.why_not == ""
    assert first.read("service:mine") is None
    assert first.write("service:mine", "sk-test-1") == ""
    assert first.read("service:mine") == "sk-test-1"
    second = Secrets()
    assert second.read("service:mine") == "sk-test-1"
    assert second.delete("service:mine") == ""
    assert second.delete("service:mine") == ""
    assert second.read("service:mine") is None
    assert backend.kept == {}
    assert second.all_known() == ("sk-test-1",)


def test_asked_once_a_run(backend: InMemory) -> None:
    secrets = Secrets()
    secrets.write("a", "one")
    for _ in range(3):
        assert secrets.read("a") == "one"
        assert secrets.read("b") is None
    assert backend.calls == ["set", "get"]


def test_for_this_run_only(backend: InMemory) -> None:
    secrets = Secrets()
    assert secrets.write("a", "one", for_this_run=True) == ""
    assert secrets.read("a") == "one"
    assert backend.calls == []
    assert Secrets().read("a") is None
    secrets.write("a", "two", for_this_run=True)
    assert secrets.all_known() == ("one", "two")


def test_an_empty_value_deletes(backend: InMemory) -> None:
    secrets = Secrets()
    secrets.write("a", "one")
    assert secrets.write("a", "") == ""
    assert secrets.read("a") is None
    assert backend.kept == {}


@pytest.mark.parametrize("value", ["two\nlines", "end\n", "end\r", "tab\t", "nul\x00", "\u2028", "\ud800"])
def test_a_key_with_a_line_break_is_refused(backend: InMemory, value: str) -> None:
    secrets = Secrets()
    for for_this_run in (False, True):
        with pytest.raises(ValueError, match="no line breaks"):
            secrets.write("a", value, for_this_run)
    assert secrets.read("a") is None
    assert secrets.all_known() == ()


@pytest.mark.parametrize(
    "failure",
    [
        KeyringLocked("Failed to unlock the collection!"),
        PasswordSetError("denied"),
        OSError("the bus is dead"),
        RuntimeError(""),
        ConnectionResetError(104, "reset"),
        EOFError(),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_what_a_key_store_raises_becomes_words(backend: InMemory, failure: Exception) -> None:
    secrets = Secrets()
    backend.kept["PizzaGPT Desktop", "b"] = "stored"
    backend.failure = failure
    assert secrets.read("b") is None
    assert "does not answer" in secrets.problem
    words = secrets.write("a", "one")
    assert "did not take it" in words
    assert "for this run only" in words
    assert secrets.read("a") == "one"
    assert "did not delete it" in secrets.delete("a")
    backend.failure = None
    assert secrets.read("b") == "stored", "asked again after a failure"
    assert secrets.problem == ""


@pytest.mark.parametrize("backend_class", [fail.Keyring, null.Keyring])
def test_none_available(monkeypatch: pytest.MonkeyPatch, backend_class: type[Any]) -> None:
    import keyring

    monkeypatch.setattr(keyring.core, "_keyring_backend", backend_class())
    check_unavailable(Secrets(), "no key store")


def test_a_store_that_is_a_readable_file_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring

    plain = type("PlaintextKeyring", (InMemory,), {"__module__": "keyrings.alt.file"})
    monkeypatch.setattr(keyring.core, "_keyring_backend", plain())
    check_unavailable(Secrets(), "readable in a file")


def test_of_a_chain_only_a_safe_link_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring

    plain = type("PlaintextKeyring", (InMemory,), {"__module__": "keyrings.alt.file"})()
    safe = InMemory()
    chain = type("Chain", (InMemory,), {"backends": [plain, safe]})()
    monkeypatch.setattr(keyring.core, "_keyring_backend", chain)
    assert Secrets().write("a", "one") == ""
    assert (plain.kept, safe.kept) == ({}, {("PizzaGPT Desktop", "a"): "one"})


def test_a_keyring_that_cannot_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring

    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "no.such.module.Keyring")
    check_unavailable(Secrets(), "no key store")


def check_unavailable(secrets: Secrets, why: str) -> None:
    assert not secrets.available
    assert why in secrets.why_not
    assert secrets.read("a") is None
    words = secrets.write("a", "one")
    assert why in words
    assert "for this run only" in words
    assert secrets.write("b", "two", for_this_run=True) == ""
    assert (secrets.read("a"), secrets.read("b")) == ("one", "two")
    assert secrets.delete("a") == ""
    assert secrets.read("a") is None
