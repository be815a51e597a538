"""A key goes to the address that it was entered for, whatever becomes of the settings."""

import pytest

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.preferences import Live, Preferences, ServiceSettings
from pizzagpt_desktop.providers.keys import key_for
from pizzagpt_desktop.providers.registry import Registry
from pizzagpt_desktop.providers.sources import Sources
from pizzagpt_desktop.ui.strings import fault_words

KEY = "sk-test-CANARY-keys"
KEPT = {"service:a": KEY, "service:a:address": "https://api.example.com"}


def test_the_key_goes_with_requests_to_its_address() -> None:
    assert key_for(KEPT.get, "a", "https://api.example.com/v1") == KEY
    assert key_for(KEPT.get, "b", "https://api.example.com/v1") is None
    assert key_for({"service:a": KEY}.get, "a", "https://old.example/v1") == KEY


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/v1", "http://api.example.com/v1", "https://api.example.com:8443/v1", "https://api.example.com.evil.example", ""],
)  # fmt: skip
def test_the_key_stays_here_for_every_other_address(url: str) -> None:
    with pytest.raises(Fault) as caught:
        key_for(KEPT.get, "a", url)
    assert caught.value.kind is FaultKind.AUTH
    assert KEY not in caught.value.detail + caught.value.hint


def test_settings_that_were_changed_behind_the_programs_back_get_no_key() -> None:
    service = ServiceSettings(provider="openai", base_url="https://evil.example/v1", model="m")
    sources = Sources(Registry(), Live(Preferences(service="a", services={"a": service})), KEPT.get)
    with pytest.raises(Fault) as caught:
        sources.entered("a")
    assert "evil.example" in caught.value.detail
    words = fault_words(caught.value)
    assert words.title == (
        "Nothing was sent: the key was entered for api.example.com and does not go to evil.example."
    ), "no service said that"
