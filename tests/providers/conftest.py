"""What tests of providers share: sources that point to a loopback server."""

from collections.abc import Callable
from typing import Any

import pytest

from pizzagpt_desktop.domain.preferences import Live, Preferences, ServiceSettings
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxySettings
from pizzagpt_desktop.providers.registry import Registry
from pizzagpt_desktop.providers.sources import Source, Sources
from tests.helpers.corpus import KEY


@pytest.fixture
def sources() -> Sources:
    return Sources(Registry(), Live(Preferences()), lambda name: None)


@pytest.fixture
def source_to(sources: Sources) -> Callable[..., Source]:
    """Makes a source for a provider at an address, with the corpus's key unless another is given."""

    def make(url: str, provider: str = "openai", **settings: Any) -> Source:
        key = settings.pop("key", KEY)
        service = ServiceSettings(provider=provider, base_url=url, **settings)
        straight = ProxySettings(mode=ProxyMode.NONE)
        return sources.source_for(service, key=key, proxy=straight, proxy_password=None)

    return make
