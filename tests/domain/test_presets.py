"""The known services are well formed, found by their host, and none of them is where another is."""

import pytest

from pizzagpt_desktop.domain.addresses import is_loopback, parse_base_url
from pizzagpt_desktop.domain.links import Verdict, judge
from pizzagpt_desktop.domain.presets import LOCAL_PORTS, PRESETS, Preset, preset, preset_for
from pizzagpt_desktop.providers.registry import BUILT_IN


@pytest.mark.parametrize("known", PRESETS, ids=lambda known: known.id)
def test_each_is_well_formed(known: Preset) -> None:
    assert known.provider in BUILT_IN
    assert preset(known.id) is known
    if known.base_url:
        assert parse_base_url(known.base_url) == known.base_url
        assert preset_for(known.base_url, known.provider) is known
    else:
        assert parse_base_url(known.example) == known.example
        assert preset_for(known.example) is known
    if known.is_local:
        assert known.port in LOCAL_PORTS
        assert not known.keys_at
        host = parse_base_url(known.base_url).split("//")[1].partition(":")[0]
        assert is_loopback(host)
    else:
        assert known.base_url.startswith("https://") or known.example.startswith("https://")
        assert judge(known.keys_at).verdict is Verdict.OPEN
    assert not known.note or known.note.endswith(".")


def test_there_are_about_twenty_and_no_two_alike() -> None:
    assert len(PRESETS) >= 20
    assert len({known.id for known in PRESETS}) == len({known.label for known in PRESETS}) == len(PRESETS)
    assert len(LOCAL_PORTS) == len(set(LOCAL_PORTS))


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://api.openai.com", "openai"),
        ("https://api.openai.com/v1/anything", "openai"),
        ("http://localhost:11434/v1", "ollama"),
        ("http://[::1]:1234", "lmstudio"),
        ("https://mine.openai.azure.com/openai/deployments/x", "azure"),
        ("https://api.openai.com.evil.example/v1", None),
        ("https://openai.azure.com.evil.example", None),
        ("http://192.168.1.5:11434", None),
        ("not an address", None),
        ("http://[::1", None),
        ("", None),
    ],
)
def test_by_host(address: str, found: str | None) -> None:
    known = preset_for(address)
    assert (known.id if known else None) == found


def test_by_dialect_where_one_host_has_two() -> None:
    both = [
        preset_for("https://api.openai.com/v1", provider) for provider in ("openai", "responses", "other")
    ]
    assert [known.id for known in both if known] == ["openai", "openai-responses", "openai"]
