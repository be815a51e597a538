"""One face of all questions that the preferences and the model chip ask of services; see `chat.probes.ProbeRunner`."""

from collections.abc import Callable

from pizzagpt_desktop.domain.detection import Found
from pizzagpt_desktop.domain.entered import Entered
from pizzagpt_desktop.domain.proxy import ProxySettings
from pizzagpt_desktop.domain.trial import Step, Trial
from pizzagpt_desktop.providers.sources import Sources


class Prober:
    """What it needs is imported with the first question."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    async def list_models(self, entered: Entered) -> list[str]:
        return await self._sources.list_models(*entered)

    async def models_of(self, service_name: str) -> list[str]:
        return await self._sources.models_of(service_name)

    async def try_route(self, entered: Entered, tell: Callable[[Step], None], ask_model: bool) -> Trial:
        from pizzagpt_desktop.providers.trying import try_route

        return await try_route(self._sources, entered, tell, ask_model=ask_model)

    async def detect(self, text: str, proxy: ProxySettings, proxy_password: str | None) -> Found:
        from pizzagpt_desktop.providers.detecting import detect

        return await detect(self._sources, text, proxy, proxy_password)

    async def look_for_local_servers(self) -> list[Found]:
        from pizzagpt_desktop.providers.detecting import look_for_local_servers

        return await look_for_local_servers(self._sources)
