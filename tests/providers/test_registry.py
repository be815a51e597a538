"""Providers by name: built-ins always, add-ons through the same door, broken ones in words."""

import importlib.metadata
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.providers import OpenAICompatible, Pizzagpt
from pizzagpt_desktop.providers.registry import BUILT_IN, GROUP, Registry

PLUGINS = Path(__file__).parents[1] / "plugins" / "parrot"


@pytest.fixture
def parrot(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(PLUGINS))
    yield
    sys.modules.pop("parrot_provider", None)


def test_built_ins_are_there() -> None:
    registry = Registry()
    assert registry.ids()[: len(BUILT_IN)] == list(BUILT_IN)
    assert list(BUILT_IN)[-1] == "pizzagpt", "the one that may refuse is offered last"
    assert registry.provider("pizzagpt") is Pizzagpt
    assert registry.provider("openai") is OpenAICompatible
    entries = {entry.id: entry for entry in registry.entries()}
    openai, pizza = entries["openai"], entries["pizzagpt"]
    assert not any(entries[name].broken for name in BUILT_IN)
    assert (pizza.unofficial, pizza.working, pizza.needs_key) == (True, False, False)
    assert (pizza.default_model, pizza.models) == ("gpt-4o-mini", ("gpt-4o-mini",))
    assert (openai.unofficial, openai.needs_key) == (False, True)
    assert openai.default_base_url == "https://api.openai.com/v1"
    assert openai.parameters == {"temperature", "top_p", "max_tokens", "seed", "stop"}


def test_built_ins_are_there_without_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **_: ())
    registry = Registry()
    assert registry.ids() == list(BUILT_IN)
    assert registry.provider("pizzagpt") is Pizzagpt


def test_the_table_is_that_of_the_project_file() -> None:
    import tomllib

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert project["project"]["entry-points"][GROUP] == BUILT_IN


@pytest.mark.usefixtures("parrot")
def test_an_add_on_comes_in_by_the_same_door() -> None:
    registry = Registry()
    assert registry.ids()[len(BUILT_IN) :] == ["parrot", "parrot-missing", "parrot-wrong"]
    assert "parrot_provider" not in sys.modules, "nothing is imported before it is asked for"
    entry = next(entry for entry in registry.entries() if entry.id == "parrot")
    assert (entry.label, entry.default_model, entry.models) == ("Parrot", "grey", ("grey", "macaw"))
    assert entry.broken is None
    assert not registry.is_built_in("parrot")


@pytest.mark.usefixtures("parrot")
def test_broken_add_ons_are_listed_in_words() -> None:
    broken = {entry.id: entry.broken for entry in Registry().entries() if entry.broken}
    assert broken.keys() == {"parrot-missing", "parrot-wrong", "openai@parrot-provider"}
    assert "does not load: ModuleNotFoundError" in str(broken["parrot-missing"])
    assert "is no provider" in str(broken["parrot-wrong"])
    assert "is taken" in str(broken["openai@parrot-provider"])


@pytest.mark.usefixtures("parrot")
def test_an_add_on_never_takes_a_built_ins_name() -> None:
    assert Registry().provider("openai") is OpenAICompatible


@pytest.mark.parametrize("provider_id", ["nobody", "", "parrot-missing"])
@pytest.mark.usefixtures("parrot")
def test_asking_for_what_is_not_there_is_a_fault(provider_id: str) -> None:
    with pytest.raises(Fault) as caught:
        Registry().provider(provider_id)
    assert caught.value.kind is FaultKind.SETTINGS


def test_nothing_heavy_is_imported_before_the_first_request() -> None:
    code = (
        "import sys\n"
        "from pizzagpt_desktop.providers.registry import Registry\n"
        "from pizzagpt_desktop.providers.sources import Sources\n"
        "from pizzagpt_desktop.domain.preferences import Live, Preferences, ServiceSettings\n"
        "p = Preferences(service='s', services={'s': ServiceSettings(provider='openai')})\n"
        "s = Sources(Registry(), Live(p), lambda name: None)\n"
        "s._registry.entries(); print(s.route_words())\n"
        "heavy = {'aiohttp', 'aiohttp_socks', 'python_socks', 'truststore', 'urllib.request', 'yarl'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["→ api.openai.com", "[]"]


def test_the_seeds_names_are_exported() -> None:
    from pizzagpt_desktop import providers

    names: dict[str, Any] = {name: getattr(providers, name) for name in providers.__all__}
    assert len(names) == 7
    with pytest.raises(AttributeError, match="Nobody"):
        providers.Nobody  # noqa: B018
