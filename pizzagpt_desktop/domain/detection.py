"""What speaks at an address, judged by the answers to a few harmless questions; asks nothing itself.

Sources: the documents of Ollama (/api/version), OpenAI and Anthropic (lists of models, forms of errors), llama.cpp
(/props), vLLM (/version), LM Studio (/api/v0/models), text-generation-webui (/v1/internal/model/info).
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pizzagpt_desktop.domain.addresses import host_words, is_loopback, parse_base_url
from pizzagpt_desktop.domain.models import ModelName, context_of
from pizzagpt_desktop.domain.presets import preset_for
from pizzagpt_desktop.domain.text import shown

_ENDINGS = re.compile(
    r"/(chat/completions|completions|embeddings|responses|messages|models"
    r"|api/(chat|generate|tags|version|show|ps|pull))$"
)
_VERSIONED = re.compile(r"/v\d+[a-z0-9]*$|/openai$")
_HOME_NAMES = (".local", ".lan", ".home", ".internal", ".home.arpa", ".localdomain")
_REFUSALS = frozenset({401, 403, 407})
_MOST_MODELS = 20_000


class Seen(NamedTuple):
    """One answer. headers: names in lower case. value: the body's JSON, None where it is none."""

    status: int
    headers: Mapping[str, str] = {}
    value: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A service. provider: id of the dialect it speaks. name: what people call it. models: where it told them."""

    provider: str
    base_url: str
    name: str
    needs_key: bool = False
    models: tuple[str, ...] = field(default=())


def addresses(text: str) -> list[str]:
    """Where what was typed may lead, the likeliest first; the ends of full addresses of requests are taken away.

    Without http:// or https://, a computer at home is first asked without, any other only with https. Raises
    ValueError with words for people.
    """
    text = text.strip()
    if "://" in text:
        return [_root(text)]
    try:
        host = urlsplit(f"//{text}").hostname or ""
    except ValueError:
        host = ""  # what is wrong with it is said below
    schemes = ("http", "https") if is_at_home(host) else ("https",)
    return [_root(f"{scheme}://{text}") for scheme in schemes]


def is_at_home(host: str) -> bool:
    """Whether a host is this computer or one of the same house: what speaks there seldom has a certificate."""
    host = host.strip("[]").rstrip(".").lower()
    if is_loopback(host) or ("." not in host and ":" not in host) or host.endswith(_HOME_NAMES):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_private
    except ValueError:
        return False


def _root(text: str) -> str:
    root = parse_base_url(text.partition("?")[0])
    return _ENDINGS.sub("", root)


def site_of(base: str) -> str:
    """The root above /v1 or /api, where servers tell who they are."""
    return base.removesuffix("/v1").removesuffix("/api")


def first_questions(base: str) -> list[str]:
    """What is asked with GET, without any key, to learn which dialect is spoken."""
    lists = [f"{base}/models"]
    if not _VERSIONED.search(base):
        lists.insert(0, f"{site_of(base)}/v1/models")  # some have both, and this is the documented one
    return [f"{site_of(base)}/api/version", *lists]


def more_questions(found: Found) -> list[str]:
    """What is asked besides, to learn the name of a server on this computer."""
    if found.provider != "openai" or not is_loopback(urlsplit(found.base_url).hostname or ""):
        return []
    site = site_of(found.base_url)
    return [f"{site}/props", f"{site}/api/v0/models", f"{site}/v1/internal/model/info", f"{site}/version"]


def decide(base: str, seen: Mapping[str, Seen]) -> Found | None:
    """Which service it is by the answers to `first_questions`, by their address; None where it is none."""
    site = site_of(base)
    version = seen.get(f"{site}/api/version")
    if version is not None and _is_ollama(version):
        return Found(provider="ollama", base_url=site, name="Ollama")
    best: tuple[int, Found] | None = None
    for address, answer in seen.items():
        if not address.endswith("/models"):
            continue
        found, rank = _of_list(address.removesuffix("/models"), answer)
        rank = rank * 2 + bool(_VERSIONED.search(address.removesuffix("/models")))
        if found is not None and (best is None or rank > best[0]):
            best = (rank, found)
    return best[1] if best else None


def named(found: Found, seen: Mapping[str, Seen]) -> Found:
    """`found` under its server's own name, by the answers to `more_questions`."""
    site = site_of(found.base_url)

    def told(path: str, name: str) -> Any:
        answer = seen.get(site + path)
        value = answer.value if answer is not None and answer.status == 200 else None
        return value.get(name) if isinstance(value, Mapping) else None

    name = ""
    if told("/props", "default_generation_settings") is not None:
        name = "llama.cpp"
    elif told("/api/v0/models", "data") is not None:
        name = "LM Studio"
    elif told("/v1/internal/model/info", "model_name") is not None:
        name = "text-generation-webui"
    elif isinstance(told("/version", "version"), str) and found.name == host_words(found.base_url):
        name = "vLLM"
    if not name:
        return found
    return Found(
        provider=found.provider,
        base_url=found.base_url,
        name=name,
        needs_key=found.needs_key,
        models=found.models,
    )


def _is_ollama(answer: Seen) -> bool:
    value = answer.value
    return (
        answer.status == 200
        and isinstance(value, Mapping)
        and isinstance(value.get("version"), str)
        and "llama.cpp" not in answer.headers.get("server", "")
    )


def _of_list(base: str, answer: Seen) -> tuple[Found | None, int]:
    """What a list of models, or a refusal of it, says of who answers; and how sure that is."""
    value = answer.value
    if _is_anthropic(answer):
        return _found("anthropic", base, answer), 3 if answer.status == 200 else 2
    entries = value.get("data", value.get("models")) if isinstance(value, Mapping) else value
    if answer.status == 200 and isinstance(entries, list):
        if not entries or any(_name(entry) for entry in entries):
            return _found("openai", base, answer), 3
        return None, 0
    asks_for_key = answer.status in _REFUSALS and (
        isinstance(value, Mapping) or "bearer" in answer.headers.get("www-authenticate", "").lower()
    )
    if asks_for_key or (isinstance(value, Mapping) and _is_openai_error(answer.status, value)):
        return _found("openai", base, answer), 1
    return None, 0


def _is_openai_error(status: int, value: Mapping[str, Any]) -> bool:
    """A refusal of the service's own, as when a key is missing; not the 404 of any web server."""
    error = value.get("error")
    return status in (400, 402, 429, 503) and isinstance(error, Mapping) and "message" in error


def _is_anthropic(answer: Seen) -> bool:
    value = answer.value
    if any(name.startswith("anthropic-") for name in answer.headers):
        return True
    if not isinstance(value, Mapping):
        return False
    if value.get("type") == "error" and isinstance(value.get("error"), Mapping):
        return True
    entries = value.get("data")
    return (
        isinstance(entries, list)
        and bool(entries)
        and all(
            isinstance(entry, Mapping) and entry.get("type") == "model" and "display_name" in entry
            for entry in entries
        )
    )


def _found(provider: str, base: str, answer: Seen) -> Found:
    value = answer.value
    entries = value.get("data", value.get("models")) if isinstance(value, Mapping) else value
    entries = entries if isinstance(entries, list) else []
    names = (
        shown(_name(entry)) for entry in entries[:_MOST_MODELS]
    )  # of one of control characters nothing is left
    models = tuple(
        ModelName(name, context_of(entry)) for name, entry in zip(names, entries, strict=False) if name
    )
    return Found(
        provider=provider,
        base_url=base,
        name=_server(base, provider, answer, entries),
        needs_key=answer.status in _REFUSALS,
        models=models,
    )


def _server(base: str, provider: str, answer: Seen, entries: Iterable[Any]) -> str:
    owners = {str(entry.get("owned_by", "")).lower() for entry in entries if isinstance(entry, Mapping)}
    if "llama.cpp" in answer.headers.get("server", "") or "llamacpp" in owners:
        return "llama.cpp"
    if "vllm" in owners:
        return "vLLM"
    known = preset_for(base, provider)
    if known is not None and known.id not in ("llamacpp", "vllm", "textgen", "ollama"):
        return known.label  # ports that others use too name nobody
    return host_words(base)


def _name(entry: Any) -> str:
    if isinstance(entry, str):
        return entry.strip()
    if not isinstance(entry, Mapping):
        return ""
    name = next((entry[key] for key in ("id", "name", "model") if entry.get(key)), "")
    return name.strip() if isinstance(name, str) else ""
