"""The settings file takes any damage: what is good is kept, what is bad is named, nothing is overwritten."""

import json
import random
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pizzagpt_desktop.domain.asking import Asking, Persona
from pizzagpt_desktop.domain.extras import Extras
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.preferences import Appearance, Preferences, ServiceSettings, Theme, WhenFull
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxyScheme, ProxySettings
from pizzagpt_desktop.domain.trust import Trust
from pizzagpt_desktop.storage.preferences import LoadedPreferences, load, save

PROXY = ProxySettings(
    mode=ProxyMode.MANUAL, scheme=ProxyScheme.SOCKS5H, host="proxy.example", port=1080, username="me",
    bypass=("*.corp", "10.0.0.0/8"), for_loopback=True,
)  # fmt: skip
TRUST = Trust(
    authority="/etc/own.pem", certificate="/home/me/me.pem", certificate_key="/home/me/me.key"
).with_pin("https://llm.home:8443", "ab" * 32)
FULL = Preferences(
    service="mine",
    services={
        "mine": ServiceSettings(
            provider="openai", base_url="https://api.example/v1", model="m", system_prompt="Sei nett \N{SLICE OF PIZZA}",
            temperature=0.7, top_p=1.0, max_tokens=100, seed=-5, stop=("\n\n", "END"), proxy=PROXY, trust=TRUST,
            label="Work account", favourites=("m", "n"),
            extras=Extras(headers=(("X-Title", "Mine"), ("X-Token", "{key}")), fields='{"top_k": 40}'),
        ),
        "Überraschung": ServiceSettings(provider="pizzagpt"),
    },
    asking=Asking(temperature=1.0), personas={"pirate": Persona(label="Pirat", system_prompt="Arr", stop=("END",)), "": Persona()},
    proxy=PROXY,
    appearance=Appearance(theme=Theme.DARK, font_family="Inter", font_size=11.5, reduced_motion=True),
    trash_days=7, backups_kept=0, titles_by_model=True, list_order="title", local_only=True,
    retries=5, local_wait_min=45,
)  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "preferences.json"


def written(file: Path, data: bytes | str | dict[str, Any]) -> Path:
    file.parent.mkdir(exist_ok=True)
    if isinstance(data, dict):
        data = json.dumps(data)
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return file


@pytest.mark.parametrize("preferences", [Preferences(), FULL])
def test_comes_back(file: Path, preferences: Preferences) -> None:
    assert load(file) == LoadedPreferences(Preferences())
    save(file, preferences)
    assert load(file) == LoadedPreferences(preferences)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["preferences.json"]
    save(file, Preferences())
    assert load(file) == LoadedPreferences(Preferences())


def test_is_readable(file: Path) -> None:
    save(file, FULL)
    text = file.read_text("utf-8")
    assert "Überraschung" in text
    assert '  "service": "mine",\n' in text
    assert text.endswith("}\n")


def test_lone_surrogates_do_not_stop_it(file: Path) -> None:
    save(file, Preferences(service="a\ud800", services={"a\ud800": ServiceSettings(provider="x\ud800")}))
    assert load(file).preferences.services["a\ufffd"].provider == "x\ufffd"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"service": "mine"',
        b"\xff\xfe\x00",
        b"[]",
        b"null",
        b"1" * 5000,
        b"[" * 200_000,
        b'{"a": ' * 100_000,
        b" " * 2_000_000 + b"{}",
        bytes(100),
    ],
    ids=lambda data: repr(data[:12]),
)
def test_a_broken_file_is_set_aside(file: Path, data: bytes) -> None:
    written(file, data)
    loaded = load(file)
    assert loaded.preferences == Preferences()
    assert "damaged" in loaded.problem
    assert "preferences.json.bad" in loaded.problem
    assert not file.exists()
    bad = file.with_name("preferences.json.bad")
    assert bad.read_bytes() == data
    assert load(file).problem == ""
    written(file, b"{broken again")
    assert "preferences.json.bad.2" in load(file).problem
    written(file, b"{and again")
    save(file, FULL)
    assert [file.with_name(f"preferences.json.bad{end}").read_bytes() for end in ("", ".2", ".3")] == [
        data, b"{broken again", b"{and again",
    ]  # fmt: skip
    assert load(file) == LoadedPreferences(FULL)


@pytest.mark.parametrize(
    ("entry", "value", "problem"),
    [
        (("service",), 3, "service"),
        (("service",), "nobody", "service"),
        (("services",), [], "services"),
        (("services", "mine"), "x", "services.mine"),
        (("services", "mine", "provider"), "", "services.mine (it names no provider)"),
        (("services", "mine", "temperature"), 2.5, "services.mine.temperature"),
        (("services", "mine", "temperature"), float("nan"), "services.mine.temperature"),
        (("services", "mine", "temperature"), 10**400, "services.mine.temperature"),
        (("services", "mine", "top_p"), True, "services.mine.top_p"),
        (("services", "mine", "max_tokens"), 0, "services.mine.max_tokens"),
        (("services", "mine", "max_tokens"), 10**30, "services.mine.max_tokens"),
        (("services", "mine", "stop"), ["a", 5], "services.mine.stop"),
        (("services", "mine", "proxy"), "http://x", "services.mine.proxy"),
        (("services", "mine", "proxy", "port"), 70000, "services.mine.proxy.port"),
        (("services", "mine", "trust"), "all", "services.mine.trust"),
        (("services", "mine", "trust", "authority"), 1, "services.mine.trust.authority"),
        (("services", "mine", "trust", "pins"), {}, "services.mine.trust.pins"),
        (("services", "mine", "trust", "pins"), ["x"], "services.mine.trust.pins"),
        (("services", "mine", "trust", "pins"), [{"place": "a:1"}], "services.mine.trust.pins"),
        (("services", "mine", "trust", "pins"), [{"place": "a:1", "fingerprint": "*"}], "services.mine.trust.pins"),
        (("local_only",), "no", "local_only"),
        (("proxy",), [], "proxy"),
        (("proxy", "mode"), "magic", "proxy.mode"),
        (("proxy", "scheme"), None, "proxy.scheme"),
        (("appearance", "theme"), "pink", "appearance.theme"),
        (("appearance", "font_size"), -1, "appearance.font_size"),
        (("appearance", "reduced_motion"), "yes", "appearance.reduced_motion"),
        (("trash_days",), -1, "trash_days"),
        (("trash_days",), 10**6, "trash_days"),
        (("backups_kept",), "7", "backups_kept"),
        (("backups_kept",), 7.5, "backups_kept"),
        (("titles_by_model",), 1, "titles_by_model"),
        (("retries",), 6, "retries"),
        (("local_wait_min",), 0, "local_wait_min"),
        (("list_order",), "mood", "list_order"),
        (("list_order",), ["title"], "list_order"),
    ],
)  # fmt: skip
def test_a_bad_entry_is_dropped_alone(file: Path, entry: tuple[str, ...], value: Any, problem: str) -> None:
    save(file, FULL)
    document = json.loads(file.read_text("utf-8"))
    place = document
    for name in entry[:-1]:
        place = place[name]
    place[entry[-1]] = value
    loaded = load(written(file, document))
    assert problem in loaded.problem
    assert "left out" in loaded.problem
    changed = json.loads(file.read_text("utf-8"))
    assert changed == document or value != value, "loading writes nothing"
    as_it_was = file.read_bytes()
    save(file, loaded.preferences)
    assert file.with_name("preferences.json.bad").read_bytes() == as_it_was
    save(file, FULL)
    assert not file.with_name("preferences.json.bad.2").exists(), "what is in order is not kept"
    if entry[0] != "appearance":
        assert loaded.preferences.appearance == FULL.appearance
    for name in (
        "trash_days", "backups_kept", "titles_by_model", "list_order", "local_only", "retries", "local_wait_min"
    ):  # fmt: skip
        kept_or_default = Preferences() if entry[0] == name else FULL
        assert getattr(loaded.preferences, name) == getattr(kept_or_default, name)
    if entry[0] != "proxy":
        assert loaded.preferences.proxy == PROXY
    if entry[0] not in ("service", "services"):
        assert loaded.preferences.service_settings() == FULL.service_settings()
    if len(entry) == 3 and entry[2] not in ("provider",):
        kept = loaded.preferences.services["mine"]
        assert (kept.provider, kept.base_url, kept.seed) == ("openai", "https://api.example/v1", -5)


def test_entries_of_newer_versions_stay(file: Path) -> None:
    save(file, FULL)
    document = json.loads(file.read_text("utf-8"))
    document["version"] = 7
    document["window"] = {"colour": "red"}
    document["services"]["mine"]["mood"] = "good"
    document["services"]["mine"]["api_key"] = "sk-test-CANARY"
    document["proxy"]["password"] = "canary"
    document["appearance"]["theme_for_code"] = [1]
    written(file, document)
    loaded = load(file)
    assert loaded == LoadedPreferences(FULL)
    save(file, loaded.preferences)
    after = json.loads(file.read_text("utf-8"))
    del document["services"]["mine"]["api_key"], document["proxy"]["password"]
    assert after == document
    save(file, Preferences(services={"other": ServiceSettings(provider="x")}))
    assert list(json.loads(file.read_text("utf-8"))["services"]) == ["other"]


def test_a_password_in_an_address_is_not_written(file: Path) -> None:
    with pytest.raises(ValueError, match="holds a password"):
        save(
            file,
            Preferences(
                services={"a": ServiceSettings(provider="x", base_url="https://me:canary@x.example")}
            ),
        )
    assert not file.exists()


def test_a_place_that_cannot_be_written(tmp_path: Path, file: Path) -> None:
    (tmp_path / "config").write_text("a file where the folder should be")
    with pytest.raises(Fault, match="file is in the way"):
        save(file, FULL)
    with pytest.raises(Fault, match="cannot be saved"):
        save(Path("/proc/preferences.json"), FULL)
    assert "cannot be read" in load(file).problem


def test_a_write_that_fails_keeps_the_old_file(file: Path) -> None:
    import resource

    save(file, FULL)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with pytest.raises(Fault, match="cannot be saved"):
            save(file, Preferences())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert load(file) == LoadedPreferences(FULL)
    assert [path.name for path in file.parent.iterdir()] == ["preferences.json"]


def test_settings_that_the_next_start_would_not_read_are_not_saved(file: Path) -> None:
    save(file, FULL)
    longest = replace(FULL, personas={f"p{n}": Persona(system_prompt="ü" * 100_000) for n in range(5)})
    save(file, longest)
    assert load(file) == LoadedPreferences(longest)
    too_long = replace(FULL, personas={f"p{n}": Persona(system_prompt="ü" * 100_000) for n in range(6)})
    with pytest.raises(Fault, match=r"too long to be saved: 1\.2 MB") as refused:
        save(file, too_long)
    assert "Shorten" in refused.value.hint
    assert load(file) == LoadedPreferences(longest)


def test_random_damage_never_crashes(file: Path) -> None:
    save(file, FULL)
    good = file.read_bytes()
    rnd = random.Random(4)
    pieces = [
        b"null",
        b"true",
        b"-1e999",
        b'"\\ud800"',
        b"[]",
        b"{}",
        b'""',
        b"1" * 30,
        b"\x00",
        b"\xff",
        b",",
        b"}",
    ]
    outcomes = set()
    for _ in range(200):
        data = bytearray(good)
        for _ in range(rnd.randint(1, 4)):
            start = rnd.randrange(len(data))
            match rnd.randrange(4):
                case 0:
                    data[start] = rnd.randrange(256)
                case 1:
                    del data[start : start + rnd.randint(1, 40)]
                case 2:
                    data[start:start] = rnd.choice(pieces)
                case _:
                    values = [n for n, byte in enumerate(data) if byte == ord(":")] or [0]
                    after = rnd.choice(values) + 1
                    end = data.find(b"\n", after)
                    data[after : end - 1] = rnd.choice(pieces)
        written(file, bytes(data))
        loaded = load(file)
        outcomes.add(("damaged" in loaded.problem and "set aside") or bool(loaded.problem))
        save(file, loaded.preferences)
        again = load(file)
        assert again == LoadedPreferences(loaded.preferences)
    assert outcomes == {"set aside", True, False}


def test_a_file_without_trust_and_lock_is_read_as_before(file: Path) -> None:
    save(file, FULL)
    document = json.loads(file.read_text("utf-8"))
    del document["services"]["mine"]["trust"], document["local_only"]
    loaded = load(written(file, document))
    assert loaded.problem == ""
    assert loaded.preferences.services["mine"].trust == Trust()
    assert loaded.preferences.local_only is False


def test_a_context_length_and_what_becomes_of_what_is_longer_are_kept_and_checked(file: Path) -> None:
    kept = Preferences(
        services={"s": ServiceSettings(provider="openai", context=8192)}, when_full=WhenFull.SUMMARISE
    )
    save(file, kept)
    assert load(file).preferences == kept
    document = json.loads(file.read_text("utf-8"))
    document["services"]["s"]["context"], document["when_full"] = 3, "explode"
    file.write_text(json.dumps(document), "utf-8")
    loaded = load(file)
    assert loaded.preferences.services["s"].context is None
    assert loaded.preferences.when_full is WhenFull.LEAVE_OUT
    assert "services.s.context" in loaded.problem
    assert "when_full" in loaded.problem
