"""What tests of providers share: the cases of the corpus and sources that point to a loopback server."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pizzagpt_desktop.domain.preferences import Live, Preferences, ServiceSettings
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxySettings
from pizzagpt_desktop.providers.registry import Registry
from pizzagpt_desktop.providers.sources import Source, Sources

CORPUS = Path(__file__).parents[1] / "corpus"
KEY = "sk-test-CANARY0123456789abcdef"
STRAIGHT = ProxySettings(mode=ProxyMode.NONE)


@pytest.fixture
def sources() -> Sources:
    return Sources(Registry.load(), Live(Preferences()), lambda name: None)


@pytest.fixture
def source_to(sources: Sources) -> Callable[..., Source]:
    def make(url: str, provider: str = "openai", **settings: Any) -> Source:
        key = settings.pop("key", KEY)
        service = ServiceSettings(provider=provider, base_url=url, **settings)
        return sources.source_for(service, key=key, proxy=STRAIGHT, proxy_password=None)

    return make


def cases(folder: str, *dialects: str) -> list[Any]:
    found = []
    for path in sorted((CORPUS / folder).glob("*.json")):
        case = json.loads(path.read_text("utf-8"))
        if not dialects or case["dialect"] in dialects:
            found.append(pytest.param(case, id=case["id"]))
    assert found
    return found
