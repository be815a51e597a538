"""Secrets in an encrypted file: what opens it, what does not, and that nothing readable is ever in it."""

import base64
import json
from pathlib import Path

import pytest

from pizzagpt_desktop.storage import sealed
from pizzagpt_desktop.storage.sealed import SealedFile
from pizzagpt_desktop.storage.secrets import LOCKED, Secrets

KEY = "sk-test-CANARY-0123456789"
WORDS = "correct horse battery"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost is what makes guessing slow, and tests too."""
    monkeypatch.setattr(sealed, "COST", 2**10)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "keys.sealed"


@pytest.fixture
def no_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    import keyring
    from keyring.backends.fail import Keyring

    monkeypatch.setattr(keyring, "get_keyring", Keyring)


def test_what_was_sealed_is_opened_by_the_same_passphrase_and_no_other(path: Path) -> None:
    first = SealedFile(path)
    first.make(WORDS)
    first.set_password("x", "service:a", KEY)
    second = SealedFile(path)
    assert not second.open("wrong horse battery")
    assert not second.is_open
    assert second.open(WORDS)
    assert second.get_password("x", "service:a") == KEY
    second.delete_password("x", "service:a")
    third = SealedFile(path)
    assert third.open(WORDS)
    assert third.get_password("x", "service:a") is None


def test_nothing_of_a_secret_is_in_the_file_in_any_form(path: Path) -> None:
    file = SealedFile(path)
    file.make(WORDS)
    file.set_password("x", "service:a", KEY)
    data = path.read_bytes()
    raw = data + b"".join(
        base64.b64decode(v) for v in json.loads(data).values() if isinstance(v, str) and v != sealed.FORMAT
    )
    for form in (
        KEY,
        KEY[:12],
        KEY[12:],
        base64.b64encode(KEY.encode()).decode(),
        KEY.encode().hex(),
        "service:a",
        WORDS,
    ):
        assert form.encode() not in raw
        assert form.encode("utf-16-le") not in raw
    assert path.stat().st_mode & 0o777 == 0o600


def test_two_writes_of_the_same_differ(path: Path) -> None:
    file = SealedFile(path)
    file.make(WORDS)
    file.set_password("x", "a", KEY)
    before = json.loads(path.read_text())
    file.set_password("x", "a", KEY)
    after = json.loads(path.read_text())
    assert before["nonce"] != after["nonce"]
    assert before["sealed"] != after["sealed"]
    assert before["salt"] == after["salt"]


@pytest.mark.parametrize("field", ["nonce", "sealed", "salt", "n", "r", "version", "format"])
def test_a_changed_file_does_not_open(path: Path, field: str) -> None:
    SealedFile(path).make(WORDS)
    document = json.loads(path.read_text())
    value = document[field]
    document[field] = value + 1 if isinstance(value, int) else base64.b64encode(b"\1" * 16).decode()
    path.write_text(json.dumps(document))
    try:
        assert not SealedFile(path).open(WORDS)
    except ValueError as error:
        assert "The key file" in str(error)


@pytest.mark.parametrize("data", [b"", b"null", b"[]", b"{", b"\xff" * 50, b'{"format": 1}'])
def test_a_damaged_file_says_so_and_stays(path: Path, data: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(data)
    with pytest.raises(ValueError, match="damaged"):
        SealedFile(path).open(WORDS)
    assert path.read_bytes() == data


def test_a_short_passphrase_is_refused_and_a_file_never_replaced(path: Path) -> None:
    with pytest.raises(ValueError, match="at least 8"):
        SealedFile(path).make("short")
    SealedFile(path).make(WORDS)
    with pytest.raises(FileExistsError):
        SealedFile(path).make(WORDS)


@pytest.mark.usefixtures("no_store")
def test_without_a_key_store_secrets_can_be_sealed_and_unlocked_in_the_next_run(path: Path) -> None:
    secrets = Secrets()
    secrets.seal_in(path)
    assert not secrets.available
    assert secrets.can_seal
    assert not secrets.is_locked
    secrets.write("service:a", KEY, for_this_run=True)
    assert secrets.seal(WORDS) == ""
    assert secrets.available
    assert secrets.write("service:b", KEY + "b") == ""

    again = Secrets()
    again.seal_in(path)
    assert again.is_locked
    assert not again.can_seal
    assert again.why_not == LOCKED
    assert again.read("service:a") is None
    assert again.unlock("wrong passphrase") == "This is not the passphrase."
    assert again.unlock(WORDS) == ""
    assert (again.read("service:a"), again.read("service:b")) == (KEY, KEY + "b")
    assert KEY in again.all_known()


@pytest.mark.usefixtures("no_store")
def test_what_cannot_be_unlocked_is_said_in_words(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not json")
    secrets = Secrets()
    secrets.seal_in(path)
    assert "damaged" in secrets.unlock(WORDS)
    assert "at least" in Secrets_with(path.with_name("other")).seal("x")


def Secrets_with(path: Path) -> Secrets:
    secrets = Secrets()
    secrets.seal_in(path)
    return secrets
