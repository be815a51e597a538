"""Services that speak Anthropic's messages: the request, and the list of models.

Source: Anthropic's API reference, "Messages" and "Models". Knows no window and no settings file.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from pizzagpt_desktop.domain.addresses import check_key
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.network.http import Limits, open_http
from pizzagpt_desktop.network.route import from_url
from pizzagpt_desktop.network.tls import Terms
from pizzagpt_desktop.providers.answers import not_the_api, read_json
from pizzagpt_desktop.providers.anthropic_events import AnthropicEvents
from pizzagpt_desktop.providers.base_provider import AsyncGeneratorProvider, ProviderModelMixin
from pizzagpt_desktop.providers.event_stream import read_reply, refuse_status
from pizzagpt_desktop.providers.helper import content_text, json_body
from pizzagpt_desktop.providers.openai_compatible import USER_AGENT, model_names, root_of
from pizzagpt_desktop.typing import Messages

VERSION = "2023-06-01"
MAX_TOKENS = 8192
"""What is asked for where nothing was set: the field is required."""
_OLD_MODELS = ("claude-2", "claude-instant", "claude-3-haiku", "claude-3-opus", "claude-3-sonnet")
_OLD_MAX_TOKENS = 4096
_PAGES = 20


class Anthropic(AsyncGeneratorProvider, ProviderModelMixin):
    """Any service with `/messages` and `/models` under its root, as Anthropic's own has them under /v1."""

    url = "https://api.anthropic.com"
    working = True
    label = "Anthropic"
    needs_key = True
    default_base_url: ClassVar[str] = "https://api.anthropic.com/v1"
    default_model = ""
    models: ClassVar[list[str]] = []
    parameters: ClassVar[frozenset[str]] = frozenset({"temperature", "top_p", "max_tokens", "stop"})
    retries: ClassVar[int] = 2

    @classmethod
    async def create_async_generator(
        cls,
        model: str,
        messages: Messages,
        proxy: str | None = None,
        *,
        api_key: str | None = None,
        base_url: str = "",
        limits: Limits | None = None,
        terms: Terms | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """Ask once; see `AsyncGeneratorProvider`. thinking: how many tokens the model may think before it answers."""
        root = api_root(base_url or cls.default_base_url)
        body = request_body(model, messages, kwargs)
        secrets = (api_key,) if api_key else ()
        async with open_http(
            "POST",
            f"{root}/messages",
            headers={**headers(api_key), "Accept": "text/event-stream", "Content-Type": "application/json"},
            body=await json_body(body),
            proxy=from_url(proxy) if proxy else None,
            limits=limits,
            terms=terms,
        ) as answer:
            await refuse_status(answer, secrets)
            async with aclosing(read_reply(answer, secrets, AnthropicEvents(secrets))) as chunks:
                async for chunk in chunks:
                    yield chunk

    @classmethod
    async def list_models(
        cls,
        *,
        base_url: str = "",
        api_key: str | None = None,
        proxy: str | None = None,
        limits: Limits | None = None,
        terms: Terms | None = None,
    ) -> list[str]:
        """The names of the service's models, as it orders them, all pages of the list; raises Fault."""
        root = api_root(base_url or cls.default_base_url)
        secrets = (api_key,) if api_key else ()
        names: dict[str, None] = {}
        after = ""
        for _ in range(_PAGES):
            async with open_http(
                "GET",
                f"{root}/models?limit=1000{after}",
                headers={**headers(api_key), "Accept": "application/json"},
                proxy=from_url(proxy) if proxy else None,
                limits=limits,
                terms=terms,
            ) as answer:
                await refuse_status(answer, secrets)
                body = await answer.body()
            try:
                value = read_json(body)
            except ValueError:
                raise not_the_api(body, secrets) from None
            page = model_names(value, body, secrets)
            names.update(dict.fromkeys(page))
            last = value.get("last_id") if isinstance(value, dict) and value.get("has_more") is True else None
            if not page or not isinstance(last, str) or not last:
                break
            after = f"&after_id={quote(last, safe='')}"
        return list(names)


def api_root(base_url: str) -> str:
    """The service's root; an address that is only a host gets the /v1 that Anthropic's documents leave to the client."""
    root = root_of(base_url)
    return root if urlsplit(root).path.strip("/") else f"{root}/v1"


def headers(api_key: str | None) -> dict[str, str]:
    """What every request carries; the key only if there is one."""
    common = {"User-Agent": USER_AGENT, "anthropic-version": VERSION}
    if not api_key:
        return common
    try:
        return {**common, "x-api-key": check_key(api_key)}
    except ValueError as error:
        raise Fault(FaultKind.AUTH, str(error), hint="Check the key in the preferences.") from None


def request_body(model: str, messages: Messages, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The request. System messages go into a field of their own; blank messages, which are refused, are left out.

    With thinking, `max_tokens` is for thoughts and reply together, and a temperature is refused.
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
