"""Connections through a SOCKS proxy, to the proxy's first address that answers; knows no service."""

from typing import Any

from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyType

from pizzagpt_desktop.network.names import living_address

__all__ = ["ProxyType", "SocksConnector"]


class SocksConnector(ProxyConnector):
    """As the library's, but a dead address of the proxy is not waited for."""

    async def _connect_via_proxy(self, *args: Any, **options: Any) -> Any:
        try:
            self._proxy_host = await living_address(self._proxy_host, self._proxy_port)
        except OSError as error:
            raise ProxyConnectionError(str(error.errno)) from error
        return await super()._connect_via_proxy(*args, **options)
