"""Which key goes with a request: that of the service, and only to the address for which it was entered; keeps none."""

from collections.abc import Callable
from urllib.parse import urlsplit

from pizzagpt_desktop.domain.addresses import shown_host_words
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.preferences import key_host_name, secret_name
from pizzagpt_desktop.domain.window_notes import NOTHING_SENT

Read = Callable[[str], str | None]
"""A secret by its name."""


def key_for(read: Read, service: str, url: str) -> str | None:
    """The key of a service, for a request to `url`; None where there is none.

    Raises Fault(AUTH) where the key was entered for another address: whatever changed the settings, it stays here.
    """
    key = read(secret_name(service))
    if not key:
        return key
    bound = read(key_host_name(service))
    if bound and bound != origin(url):
        raise Fault(
            FaultKind.AUTH,
            f"{NOTHING_SENT}the key was entered for {shown_host_words(bound)} and does not go to "
            f"{shown_host_words(url)}.",
            hint="Enter the key of this address in the preferences.",
        )
    return key


def origin(url: str) -> str:
    """Scheme, host and port of an address, "" for none."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
