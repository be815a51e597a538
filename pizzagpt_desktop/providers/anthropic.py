"""Services that speak Anthropic's messages: where a request goes and what it holds.

Source: Anthropic's API reference, "Messages" and "Models". Knows no window and no settings file.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from pizzagpt_desktop.providers.anthropic_events import AnthropicEvents
from pizzagpt_desktop.providers.event_stream import Dialect
from pizzagpt_desktop.providers.helper import content_text
from pizzagpt_desktop.providers.http_provider import HttpProvider, key_headers, root_of
from pizzagpt_desktop.typing import Messages

VERSION = "2023-06-01"
MAX_TOKENS = 8192
"""What is asked for where nothing was set: the field is required."""
_OLD_MODELS = ("claude-2", "claude-instant", "claude-3-haiku", "claude-3-opus", "claude-3-sonnet")
_OLD_MAX_TOKENS = 4096


class Anthropic(HttpProvider):
    """Any service with `/messages` and `/models` under its root, as Anthropic's own has them under /v1."""

    url = "https://api.anthropic.com"
    label = "Anthropic"
    needs_key = True
    default_base_url: ClassVar[str] = "https://api.anthropic.com/v1"
    parameters: ClassVar[frozenset[str]] = frozenset({"temperature", "top_p", "max_tokens", "stop"})
    chat_path: ClassVar[str] = "messages"

    @classmethod
    def root(cls, base_url: str) -> str:
        return api_root(base_url or cls.default_base_url)

    @classmethod
    def list_address(cls, root: str, after: str) -> str:
        return f"{root}/models?limit=1000" + (f"&after_id={quote(after, safe='')}" if after else "")

    @classmethod
    def next_page(cls, value: Any) -> str:
        last = value.get("last_id") if isinstance(value, dict) and value.get("has_more") is True else None
        return last if isinstance(last, str) else ""

    @classmethod
    def headers(cls, api_key: str | None, root: str) -> dict[str, str]:
        return {**key_headers(api_key, "x-api-key", "{}"), "anthropic-version": VERSION}

    @classmethod
    def request_body(
        cls, root: str, model: str, messages: Messages, parameters: Mapping[str, Any]
    ) -> dict[str, Any]:
        return request_body(model, messages, parameters)

    @classmethod
    def events(cls, secrets: Iterable[str]) -> Dialect:
        return AnthropicEvents(secrets)


def api_root(base_url: str) -> str:
    """The service's root; an address that is only a host gets the /v1 that Anthropic's documents leave to the client."""
    root = root_of(base_url)
    return root if urlsplit(root).path.strip("/") else f"{root}/v1"


def request_body(model: str, messages: Messages, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The request. System messages go into a field of their own; blank messages, which are refused, are left out.

    thinking: how many tokens the model may think before it answers. With it, `max_tokens` is for thoughts and reply together, and a temperature is refused.
    """
    system = "\n\n".join(
        filter(str.strip, (content_text(m.get("content")) for m in messages if _is_system(m)))
    )
    turns = [
        {"role": "assistant" if m.get("role") == "assistant" else "user", "content": m["content"]}
        for m in messages
        if not _is_system(m)
        and (isinstance(m.get("content"), list) or content_text(m.get("content")).strip())
    ]
    if turns and turns[-1]["role"] == "assistant" and isinstance(turns[-1]["content"], str):
        turns[-1]["content"] = turns[-1]["content"].rstrip()  # blanks at the end of a beginning are refused
    wanted = parameters.get("max_tokens")
    if wanted is None:
        wanted = _OLD_MAX_TOKENS if model.startswith(_OLD_MODELS) else MAX_TOKENS
    body: dict[str, Any] = {"model": model, "max_tokens": wanted, "messages": turns, "stream": True}
    if system:
        body["system"] = system
    if parameters.get("stop"):
        body["stop_sequences"] = list(parameters["stop"])
    thinking = parameters.get("thinking")
    if thinking:
        body["thinking"] = {"type": "enabled", "budget_tokens": int(thinking)}
        body["max_tokens"] = max(wanted, int(thinking) + 1024)
        return body
    for name in ("temperature", "top_p"):
        if parameters.get(name) is not None:
            body[name] = parameters[name]
    return body


def _is_system(message: Mapping[str, Any]) -> bool:
    return message.get("role") in ("system", "developer")
