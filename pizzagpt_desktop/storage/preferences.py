"""The settings file: readable JSON, written whole or not at all; knows no key, no password and no widget.

A bad entry is dropped alone and named; a file that cannot be read at all is set aside, never overwritten. Entries
of newer versions stay in the file.
"""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pizzagpt_desktop.domain.asking import Asking, Persona
from pizzagpt_desktop.domain.extras import NO_EXTRAS, Extras, checked_headers, parse_fields
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.local import LocalSettings
from pizzagpt_desktop.domain.preferences import (
    CONTEXTS,
    LOCAL_WAITS,
    RETRIES,
    ZOOMS,
    Appearance,
    Density,
    LineWidth,
    Preferences,
    ServiceSettings,
    Theme,
    WhenFull,
)
from pizzagpt_desktop.domain.prices import LARGEST, Costs, Price
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxyScheme, ProxySettings
from pizzagpt_desktop.domain.text import shown, storable
from pizzagpt_desktop.domain.trust import NO_TRUST, Pin, Trust, checked_fingerprint
from pizzagpt_desktop.storage import entries
from pizzagpt_desktop.storage.entries import Check
from pizzagpt_desktop.storage.faults import file_fault
from pizzagpt_desktop.storage.files import private_folder, write_whole

VERSION = 1
_MOST_BYTES = 1024 * 1024
_MOST = 2**63 - 1
_NAMED_PROBLEMS = 5
_SECRET_WORDS = ("key", "password", "passwd", "secret", "token")


class LoadedPreferences(NamedTuple):
    """problem: what of the file could not be used, in words for people; "" where all was well."""

    preferences: Preferences
    problem: str = ""


def load(path: Path) -> LoadedPreferences:
    """The settings at `path`; defaults where there is no file, or none that can be read. Raises nothing."""
    try:
        document = _document(path)
    except FileNotFoundError:
        return LoadedPreferences(Preferences())
    except OSError as error:
        return LoadedPreferences(
            Preferences(), file_fault(error, f"The settings in {str(path)!r} cannot be read").detail
        )
    except (ValueError, RecursionError):
        try:
            kept = f"It is kept as {str(_set_aside(path))!r}."
        except OSError as error:
            kept = file_fault(error, "It could not be set aside").detail
        return LoadedPreferences(
            Preferences(), f"The settings file {str(path)!r} is damaged; the defaults are used. {kept}"
        )
    problems: list[str] = []
    preferences = _preferences(document, problems)
    if not problems:
        return LoadedPreferences(preferences)
    named = ", ".join(problems[:_NAMED_PROBLEMS]) + (", …" if len(problems) > _NAMED_PROBLEMS else "")
    return LoadedPreferences(
        preferences, f"These entries of the settings file could not be used and were left out: {named}."
    )


def save(path: Path, preferences: Preferences) -> None:
    """Replace the file at `path`. Raises `Fault(STORAGE)`; `ValueError` with words where a password is in an address.

    Entries of the file that this version does not know stay. A file that cannot be read is set aside first, and one with
    entries that cannot be used is copied there.
    """
    for name, service in preferences.services.items():
        if _holds_password(service.base_url):
            raise ValueError(
                f"The address of {shown(name)!r} holds a password; it would be readable in a file."
            )
    document = _document_of(preferences)
    try:
        if not path.parent.is_dir():
            private_folder(path.parent)
        try:
            old = _document(path)
            problems: list[str] = []
            _preferences(old, problems)
            if problems:  # what could not be used is gone from the new file
                write_whole(_name_aside(path), path.read_bytes())
            _keep_unknown(old, document)
        except FileNotFoundError:
            pass
        except (ValueError, RecursionError):
            _set_aside(path)
        data = (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
        if len(data) > _MOST_BYTES:  # the next start would take it for damaged
            raise Fault(
                FaultKind.STORAGE,
                f"The settings are too long to be saved: {len(data) / 1e6:.1f} MB, and at most 1 MB is kept.",
                hint="Shorten the longest instructions. Until then the settings as they were saved last are kept.",
            )
        write_whole(path, data)
    except OSError as error:
        raise file_fault(error, f"The settings cannot be saved in {str(path)!r}") from error


def _document(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise ValueError("too large")
    document = json.loads(data.decode("utf-8-sig"))
    if not isinstance(document, dict):
        raise ValueError("not an object")
    return document


def _set_aside(path: Path) -> Path:
    target = _name_aside(path)
    path.rename(target)
    return target


def _name_aside(path: Path) -> Path:
    """A name beside it that is free."""
    target = path.with_name(path.name + ".bad")
    number = 1
    while target.exists() or target.is_symlink():
        number += 1
        target = path.with_name(f"{path.name}.bad.{number}")
    return target


# Reading: each value is checked alone.


_PROXY: Mapping[str, Check] = {
    "mode": entries.one_of(ProxyMode),
    "scheme": entries.one_of(ProxyScheme),
    "host": entries.text,
    "port": entries.whole(0, 65535),
    "username": entries.text,
    "bypass": entries.texts,
    "for_loopback": entries.switch,
}
_APPEARANCE: Mapping[str, Check] = {
    "theme": entries.one_of(Theme),
    "font_family": entries.text,
    "font_size": entries.number(0, 200),
    "reduced_motion": entries.switch,
    "zoom": entries.whole(ZOOMS[0], ZOOMS[-1]),
    "line_width": entries.one_of(LineWidth),
    "density": entries.one_of(Density),
}
_PROGRAM: Mapping[str, Check] = {
    "trash_days": entries.whole(0, 36_500),
    "backups_kept": entries.whole(0, 1000),
    "titles_by_model": entries.switch,
    "list_order": entries.among("activity", "created", "title"),
    "local_only": entries.switch,
    "retries": entries.whole(0, RETRIES),
    "local_wait_min": entries.whole(*LOCAL_WAITS),
    "when_full": entries.one_of(WhenFull),
}


def _pins(value: Any) -> tuple[Pin, ...]:
    if not isinstance(value, list) or not all(isinstance(pin, dict) for pin in value):
        raise ValueError("no list of pins")
    return tuple(
        Pin(
            place=entries.text(pin.get("place")),
            fingerprint=checked_fingerprint(entries.text(pin.get("fingerprint"))),
        )
        for pin in value
    )


_TRUST: Mapping[str, Check] = {
    "authority": entries.text,
    "certificate": entries.text,
    "certificate_key": entries.text,
    "pins": _pins,
}
_ASKING: Mapping[str, Check] = {
    "system_prompt": entries.text,
    "temperature": entries.optional(entries.number(0, 2)),
    "top_p": entries.optional(entries.number(0, 1)),
    "max_tokens": entries.optional(entries.whole(1, _MOST)),
    "seed": entries.optional(entries.whole(-_MOST, _MOST)),
    "stop": entries.texts,
}
_LOCAL: Mapping[str, Check] = {
    "files": entries.texts,
    "context": entries.whole(0, 100_000_000),
    "threads": entries.whole(0, 1024),
    "gpu_layers": entries.whole(-1, 10_000),
    "memory_limit": entries.whole(0, _MOST),
    "idle_minutes": entries.whole(0, 24 * 60),
    "top_k": entries.optional(entries.whole(0, 1_000_000)),
    "min_p": entries.optional(entries.number(0, 1)),
    "repeat_penalty": entries.optional(entries.number(0.01, 10)),
    "answer_form": entries.text,
    "thinking": entries.optional(entries.switch),
}
_PRICE: Mapping[str, Check] = {
    "model": entries.text,
    "input": entries.number(0, LARGEST),
    "output": entries.number(0, LARGEST),
    "cached": entries.optional(entries.number(0, LARGEST)),
}


def _prices(value: Any) -> tuple[Price, ...]:
    if not isinstance(value, list) or not all(
        isinstance(price, dict) and price.get("model") for price in value
    ):
        raise ValueError("no list of prices")
    return tuple(
        Price(**{name: check(price[name]) for name, check in _PRICE.items() if name in price})
        for price in value
    )


_COSTS: Mapping[str, Check] = {
    "currency": entries.text,
    "prices": _prices,
    "day_limit": entries.number(0, LARGEST),
    "month_limit": entries.number(0, LARGEST),
    "stops": entries.switch,
}
_PERSONA: Mapping[str, Check] = {"label": entries.text, **_ASKING}
_SERVICE: Mapping[str, Check] = {
    "provider": entries.text,
    "label": entries.text,
    "base_url": entries.text,
    "model": entries.text,
    "favourites": entries.texts,
    "context": entries.optional(entries.whole(*CONTEXTS)),
    **_ASKING,
}


def _headers(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise ValueError("no headers")
    return checked_headers(tuple((entries.text(name), entries.text(text)) for name, text in value.items()))


def _fields(value: Any) -> str:
    text = entries.text(value)
    parse_fields(text)
    return text


_EXTRAS: Mapping[str, Check] = {"headers": _headers, "fields": _fields}


def _preferences(document: Mapping[str, Any], problems: list[str]) -> Preferences:
    services = {}
    for name, values in entries.section(document, "services", "", problems).items():
        where = f"services.{shown(name)}"
        if not isinstance(values, dict):
            problems.append(where)
            continue
        chosen = entries.checked(values, _SERVICE, where, problems)
        if not chosen.get("provider"):
            problems.append(f"{where} (it names no provider)")
            continue
        if values.get("proxy") is not None:
            chosen["proxy"] = _proxy(values, f"{where}.", problems)
        trust = entries.section(values, "trust", f"{where}.", problems)
        chosen["trust"] = (
            Trust(**entries.checked(trust, _TRUST, f"{where}.trust", problems)) if trust else NO_TRUST
        )
        extras = entries.section(values, "extras", f"{where}.", problems)
        chosen["extras"] = (
            Extras(**entries.checked(extras, _EXTRAS, f"{where}.extras", problems)) if extras else NO_EXTRAS
        )
        services[storable(name)] = ServiceSettings(**chosen)
    personas = {
        storable(name): Persona(**entries.checked(values, _PERSONA, f"personas.{shown(name)}", problems))
        for name in entries.section(document, "personas", "", problems)
        if (values := entries.section(document["personas"], name, "personas.", problems)) is not None
    }
    service = ""
    if "service" in document:
        with contextlib.suppress(ValueError):
            service = entries.text(document["service"])
        if service not in services and document["service"] != "":
            service = ""
            problems.append("service")
    return Preferences(
        service=service,
        services=services,
        proxy=_proxy(document, "", problems) or ProxySettings(),
        appearance=Appearance(
            **entries.checked(
                entries.section(document, "appearance", "", problems), _APPEARANCE, "appearance", problems
            )
        ),
        asking=Asking(
            **entries.checked(entries.section(document, "asking", "", problems), _ASKING, "asking", problems)
        ),
        personas=personas,
        costs=Costs(
            **entries.checked(entries.section(document, "costs", "", problems), _COSTS, "costs", problems)
        ),
        local=LocalSettings(
            **entries.checked(entries.section(document, "local", "", problems), _LOCAL, "local", problems)
        ),
        **entries.checked(document, _PROGRAM, "", problems),
    )


def _proxy(document: Mapping[str, Any], where: str, problems: list[str]) -> ProxySettings | None:
    if not isinstance(document.get("proxy", {}), dict):
        problems.append(f"{where}proxy")
        return None
    return ProxySettings(**entries.checked(document.get("proxy", {}), _PROXY, f"{where}proxy", problems))


# Writing


def _document_of(preferences: Preferences) -> dict[str, Any]:
    return {
        "version": VERSION,
        "service": storable(preferences.service),
        "services": {storable(name): _plain(service) for name, service in preferences.services.items()},
        "proxy": _plain(preferences.proxy),
        "appearance": _plain(preferences.appearance),
        "asking": _plain(preferences.asking),
        "personas": {storable(name): _plain(asking) for name, asking in preferences.personas.items()},
        "local": _plain(preferences.local),
        "costs": _plain(preferences.costs),
        **{name: _plain(getattr(preferences, name)) for name in _PROGRAM},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Extras):
        return {"headers": {name: storable(text) for name, text in value.headers}, "fields": value.fields}
    if isinstance(
        value,
        ServiceSettings | ProxySettings | Appearance | Asking | LocalSettings | Costs | Price | Trust | Pin,
    ):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return storable(str(value)) if isinstance(value, str) else value


def _keep_unknown(old: Mapping[str, Any], new: dict[str, Any]) -> None:
    """Carry over what this version does not know; never what looks like a key."""
    for name, value in old.items():
        if name not in new:
            if not any(word in name.lower() for word in _SECRET_WORDS):
                new[name] = value
        elif name == "version" and isinstance(value, int) and VERSION < value < 2**31:
            new[name] = value
        elif isinstance(value, dict) and isinstance(new[name], dict):
            if name in ("services", "personas"):
                value = {known: value[known] for known in value if known in new[name]}
            if name == "headers":
                continue
            _keep_unknown(value, new[name])


def _holds_password(address: str) -> bool:
    try:
        return urlsplit(address).password is not None
    except ValueError:
        return False
