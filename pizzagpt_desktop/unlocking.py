"""The keys for a command without a window: where they are in an encrypted file, it is opened first; knows no command."""

import os
import sys

from pizzagpt_desktop.console import UsageError
from pizzagpt_desktop.storage.paths import Folders
from pizzagpt_desktop.storage.secrets import Secrets

PASSPHRASE_VARIABLE = "PIZZAGPT_DESKTOP_PASSPHRASE"  # noqa: S105  (the name of one, not one)


def opened_secrets(places: Folders) -> Secrets:
    """The keys; where they are in an encrypted file, opened by a passphrase from the environment or typed now."""
    secrets = Secrets()
    secrets.seal_in(places.keys)
    if not secrets.is_locked:
        return secrets
    passphrase = os.environ.get(PASSPHRASE_VARIABLE, "")
    if not passphrase and sys.stdin is not None and sys.stdin.isatty():
        import getpass

        passphrase = getpass.getpass("Passphrase of your key file: ")
    problem = secrets.unlock(passphrase) if passphrase else ""
    if problem:
        raise UsageError(problem)
    return secrets
