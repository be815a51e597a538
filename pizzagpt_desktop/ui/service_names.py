"""What services are called: by the user, as known services, or by their kind; knows no widget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pizzagpt_desktop.domain.addresses import shown_host_words
from pizzagpt_desktop.domain.presets import preset_for

if TYPE_CHECKING:
    from pizzagpt_desktop.domain.preferences import ServiceSettings
    from pizzagpt_desktop.ui.ports import ServiceEntry


def usual_name(service: ServiceSettings, entries: Mapping[str, ServiceEntry]) -> str:
    """What a service is called where the user gave it no name: "OpenAI", "Ollama", "llm.home:8443"."""
    entry = entries.get(service.provider)
    base_url = service.base_url or (entry.default_base_url if entry is not None else "")
    known = preset_for(base_url, service.provider) if base_url else None
    if known is not None:
        return known.label
    if service.base_url:
        host = shown_host_words(service.base_url)
        if host:
            return host
    return entry.label if entry is not None else service.provider


def names(services: Mapping[str, ServiceSettings], entries: Mapping[str, ServiceEntry]) -> dict[str, str]:
    """What each service is called, no two alike: a second one of a name has a number."""
    given: dict[str, str] = {}
    for name, service in services.items():
        wanted = " ".join((service.label or usual_name(service, entries)).split())
        number, words = 1, wanted
        while words in given.values():
            number += 1
            words = f"{wanted} ({number})"
        given[name] = words
    return given
