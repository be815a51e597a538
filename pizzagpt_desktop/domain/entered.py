"""A service as it would be asked now: its settings, key, route and passphrase together; asks nothing."""

from typing import NamedTuple

from pizzagpt_desktop.domain.preferences import ServiceSettings
from pizzagpt_desktop.domain.proxy import ProxySettings


class Entered(NamedTuple):
    """passphrase: of the client certificate's key. Its text form holds no secret."""

    service: ServiceSettings
    key: str | None
    proxy: ProxySettings
    proxy_password: str | None
    passphrase: str | None = None

    def __repr__(self) -> str:
        return f"Entered({self.service!r})"
