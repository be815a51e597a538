"""Secrets in one encrypted file, for systems without a key store: scrypt makes a key of a passphrase, AES-GCM seals.

Knows no service and asks nobody for the passphrase. What is in the file cannot be read or changed without it; that
there is such a file, and about how much is in it, can.
"""

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from pizzagpt_desktop.storage.files import private_folder, write_whole

FORMAT = "pizzagpt-desktop keys"
VERSION = 1
COST, BLOCK, LANES = 2**16, 8, 1
"""Of scrypt: 64 MB and some tenths of a second for each passphrase that is tried."""
LEAST_PASSPHRASE = 8
_MOST_COST = 2**20
_MEMORY = 2**28
_KEY_BYTES, _SALT_BYTES, _NONCE_BYTES = 32, 16, 12
_MOST_BYTES = 1024 * 1024


class SealedFile:
    """A `storage.secrets.KeyStore` at `path`, once it is opened or made. Deriving a key takes a while: not on a loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key: bytes | None = None
        self._header: dict[str, Any] = {}
        self._secrets: dict[str, str] = {}

    @property
    def exists(self) -> bool:
        """Whether there is such a file."""
        return self._path.exists()

    @property
    def is_open(self) -> bool:
        """Whether it can be read and written now."""
        return self._key is not None

    def make(self, passphrase: str) -> None:
        """Begin an empty file. Raises `ValueError` with words, `OSError`, `FileExistsError` where there is one."""
        if len(passphrase) < LEAST_PASSPHRASE:
            raise ValueError(f"A passphrase has at least {LEAST_PASSPHRASE} characters.")
        if self.exists:
            raise FileExistsError(17, "There is a key file already", str(self._path))
        header = {
            "format": FORMAT,
            "version": VERSION,
            "n": COST,
            "r": BLOCK,
            "p": LANES,
            "salt": _text(os.urandom(_SALT_BYTES)),
        }
        self._key, self._header, self._secrets = _derived(passphrase, header), header, {}
        private_folder(self._path.parent)
        self._write()

    def open(self, passphrase: str) -> bool:
        """Whether the passphrase opens the file. Raises `ValueError` with words for a damaged file; `OSError`."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        header, nonce, sealed = self._read()
        key = _derived(passphrase, header)
        try:
            plain = AESGCM(key).decrypt(nonce, sealed, _bound(header))
        except InvalidTag:
            return False
        self._secrets = {str(name): str(value) for name, value in json.loads(plain).items()}
        self._key, self._header = key, header
        return True

    def get_password(self, _service: str, username: str) -> str | None:
        return self._secrets.get(username)

    def set_password(self, _service: str, username: str, password: str) -> None:
        """Raises `OSError`, and then the file is as it was."""
        before = dict(self._secrets)
        self._secrets[username] = password
        self._write_or(before)

    def delete_password(self, _service: str, username: str) -> None:
        """Raises `OSError`, and then the file is as it was."""
        before = dict(self._secrets)
        self._secrets.pop(username, None)
        self._write_or(before)

    def _write_or(self, before: dict[str, str]) -> None:
        try:
            self._write()
        except OSError:
            self._secrets = before
            raise

    def _write(self) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if self._key is None:
            raise OSError("the key file is locked")
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self._key).encrypt(nonce, json.dumps(self._secrets).encode(), _bound(self._header))
        document = self._header | {"nonce": _text(nonce), "sealed": _text(sealed)}
        write_whole(self._path, json.dumps(document).encode())

    def _read(self) -> tuple[dict[str, Any], bytes, bytes]:
        with self._path.open("rb") as file:
            data = file.read(_MOST_BYTES)
        try:
            document = json.loads(data)
            header = {name: document[name] for name in ("format", "version", "n", "r", "p", "salt")}
            nonce, sealed = _bytes(document["nonce"]), _bytes(document["sealed"])
            numbers = [header[name] for name in ("n", "r", "p")]
            fine = all(isinstance(number, int) and 0 < number <= _MOST_COST for number in numbers)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError("The key file is damaged and cannot be read.") from error
        if header["format"] != FORMAT or not fine:
            raise ValueError("The key file is damaged and cannot be read.")
        if header["version"] != VERSION:
            raise ValueError("The key file was made by a newer version of the program.")
        return header, nonce, sealed


def _derived(passphrase: str, header: dict[str, Any]) -> bytes:
    try:
        return hashlib.scrypt(
            passphrase.encode("utf-8", "surrogatepass"),
            salt=_bytes(header["salt"]),
            n=header["n"],
            r=header["r"],
            p=header["p"],
            maxmem=_MEMORY,
            dklen=_KEY_BYTES,
        )
    except ValueError as error:  # numbers that scrypt does not take
        raise ValueError("The key file is damaged and cannot be read.") from error


def _bound(header: dict[str, Any]) -> bytes:
    """What is not secret and must not be changed either."""
    return json.dumps(header, sort_keys=True).encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: object) -> bytes:
    if not isinstance(text, str):
        raise ValueError("not a text")
    return base64.b64decode(text, validate=True)
