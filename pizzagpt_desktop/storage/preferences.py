"""The settings file: readable JSON, written whole or not at all; knows no key, no password and no widget.

A bad entry is dropped alone and named; a file that cannot be read at all is set aside, never overwritten. Entries
of newer versions stay in the file.
"""

import contextlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from pizzagpt_desktop.domain.asking import Asking
from pizzagpt_desktop.domain.extras import NO_EXTRAS, Extras, checked_headers, parse_fields
from pizzagpt_desktop.domain.preferences import (
    LOCAL_WAITS,
    RETRIES,
    ZOOMS,
    Appearance,
    Density,
    LineWidth,
    Preferences,
    ServiceSettings,
    Theme,
)
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxyScheme, ProxySettings
from pizzagpt_desktop.domain.text import shown, storable
from pizzagpt_desktop.domain.trust import NO_TRUST, Pin, Trust, checked_fingerprint
from pizzagpt_desktop.storage.faults import file_fault
from pizzagpt_desktop.storage.files import private_folder, write_whole

VERSION = 1
_MOST_BYTES = 1024 * 1024
_MOST = 2**63 - 1
_NAMED_PROBLEMS = 5
_SECRET_WORDS = ("key", "password", "passwd", "secret", "token")

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
Check = Callable[[Any], Any]


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

    Entries of the file that this version does not know stay; a file that cannot be read is set aside first.
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
            _keep_unknown(_document(path), document)
        except FileNotFoundError:
            pass
        except (ValueError, RecursionError):
            _set_aside(path)
        write_whole(path, (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())
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
    target = path.with_name(path.name + ".bad")
    number = 1
    while target.exists() or target.is_symlink():
        number += 1
        target = path.with_name(f"{path.name}.bad.{number}")
    path.rename(target)
    return target


# Reading: each value is checked alone.


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("not a text")
    return storable(value)


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError("not a list")
    return tuple(_text(item) for item in value)


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("neither true nor false")
    return value


def _whole(least: int, most: int) -> Check:
    def check(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError("no such number")
        return value

    return check


def _number(least: float, most: float) -> Check:
    def check(value: Any) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise ValueError("not a number")
        if not (math.isfinite(value) and least <= value <= most):
            raise ValueError("out of range")
        return float(value)

    return check


def _optional(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def _one_of(kind: type[E]) -> Check:
    return lambda value: kind(_text(value))


def _among(*words: str) -> Check:
    def check(value: Any) -> str:
        if value not in words:
            raise ValueError("no such choice")
        return str(value)

    return check


_PROXY: Mapping[str, Check] = {
    "mode": _one_of(ProxyMode),
    "scheme": _one_of(ProxyScheme),
    "host": _text,
    "port": _whole(0, 65535),
    "username": _text,
    "bypass": _texts,
    "for_loopback": _switch,
}
_APPEARANCE: Mapping[str, Check] = {
    "theme": _one_of(Theme),
    "font_family": _text,
    "font_size": _number(0, 200),
    "reduced_motion": _switch,
    "zoom": _whole(ZOOMS[0], ZOOMS[-1]),
    "line_width": _one_of(LineWidth),
    "density": _one_of(Density),
}
_PROGRAM: Mapping[str, Check] = {
    "trash_days": _whole(0, 36_500),
    "backups_kept": _whole(0, 1000),
    "titles_by_model": _switch,
    "list_order": _among("activity", "created", "title"),
    "local_only": _switch,
    "retries": _whole(0, RETRIES),
    "local_wait_min": _whole(*LOCAL_WAITS),
}


def _pins(value: Any) -> tuple[Pin, ...]:
    if not isinstance(value, list) or not all(isinstance(pin, dict) for pin in value):
        raise ValueError("no list of pins")
    return tuple(
        Pin(place=_text(pin.get("place")), fingerprint=checked_fingerprint(_text(pin.get("fingerprint"))))
        for pin in value
    )


_TRUST: Mapping[str, Check] = {
    "authority": _text,
    "certificate": _text,
    "certificate_key": _text,
    "pins": _pins,
}
_ASKING: Mapping[str, Check] = {
    "system_prompt": _text,
    "temperature": _optional(_number(0, 2)),
    "top_p": _optional(_number(0, 1)),
    "max_tokens": _optional(_whole(1, _MOST)),
    "seed": _optional(_whole(-_MOST, _MOST)),
    "stop": _texts,
}
_SERVICE: Mapping[str, Check] = {
    "provider": _text,
    "label": _text,
    "base_url": _text,
    "model": _text,
    "favourites": _texts,
    **_ASKING,
}


def _headers(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise ValueError("no headers")
    return checked_headers(tuple((_text(name), _text(text)) for name, text in value.items()))


def _fields(value: Any) -> str:
    text = _text(value)
    parse_fields(text)
    return text


_EXTRAS: Mapping[str, Check] = {"headers": _headers, "fields": _fields}


def _preferences(document: Mapping[str, Any], problems: list[str]) -> Preferences:
    services = {}
    for name, values in _section(document, "services", "", problems).items():
        where = f"services.{shown(name)}"
        if not isinstance(values, dict):
            problems.append(where)
            continue
        chosen = _checked(values, _SERVICE, where, problems)
        if not chosen.get("provider"):
            problems.append(f"{where} (it names no provider)")
            continue
        if values.get("proxy") is not None:
            chosen["proxy"] = _proxy(values, f"{where}.", problems)
        trust = _section(values, "trust", f"{where}.", problems)
        chosen["trust"] = Trust(**_checked(trust, _TRUST, f"{where}.trust", problems)) if trust else NO_TRUST
        extras = _section(values, "extras", f"{where}.", problems)
        chosen["extras"] = (
            Extras(**_checked(extras, _EXTRAS, f"{where}.extras", problems)) if extras else NO_EXTRAS
        )
        services[storable(name)] = ServiceSettings(**chosen)
    personas = {
        storable(name): Asking(**_checked(values, _ASKING, f"personas.{shown(name)}", problems))
        for name in _section(document, "personas", "", problems)
        if (values := _section(document["personas"], name, "personas.", problems)) is not None
    }
    service = ""
    if "service" in document:
        with contextlib.suppress(ValueError):
            service = _text(document["service"])
        if service not in services and document["service"] != "":
            service = ""
            problems.append("service")
    return Preferences(
        service=service,
        services=services,
        proxy=_proxy(document, "", problems) or ProxySettings(),
        appearance=Appearance(
            **_checked(_section(document, "appearance", "", problems), _APPEARANCE, "appearance", problems)
        ),
        asking=Asking(**_checked(_section(document, "asking", "", problems), _ASKING, "asking", problems)),
        personas=personas,
        **_checked(document, _PROGRAM, "", problems),
    )


def _proxy(document: Mapping[str, Any], where: str, problems: list[str]) -> ProxySettings | None:
    if not isinstance(document.get("proxy", {}), dict):
        problems.append(f"{where}proxy")
        return None
    return ProxySettings(**_checked(document.get("proxy", {}), _PROXY, f"{where}proxy", problems))


def _section(document: Mapping[str, Any], name: str, where: str, problems: list[str]) -> Mapping[str, Any]:
    section = document.get(name, {})
    if isinstance(section, dict):
        return section
    problems.append(where + name)
    return {}


def _checked(
    values: Mapping[str, Any], checks: Mapping[str, Check], where: str, problems: list[str]
) -> dict[str, Any]:
    good = {}
    for name, check in checks.items():
        if name in values:
            try:
                good[name] = check(values[name])
            except (ValueError, OverflowError):
                problems.append(f"{where}.{name}" if where else name)
    return good


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
        **{name: _plain(getattr(preferences, name)) for name in _PROGRAM},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Extras):
        return {"headers": {name: storable(text) for name, text in value.headers}, "fields": value.fields}
    if isinstance(value, ServiceSettings | ProxySettings | Appearance | Asking | Trust | Pin):
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
