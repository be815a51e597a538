"""Services that speak OpenAI's chat completions: the request, and the body in whatever form it comes.

Source: OpenAI's API reference, "Chat completions" and "Models". Knows no window and no settings file.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import aclosing
from typing import Any, ClassVar

from pizzagpt_desktop import __version__
from pizzagpt_desktop.domain.addresses import check_key, host_and_port, parse_base_url
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.text import shown
from pizzagpt_desktop.network.http import Limits, open_http
from pizzagpt_desktop.network.route import from_url
from pizzagpt_desktop.network.tls import Terms
from pizzagpt_desktop.providers.answers import (
    fault_from_error,
    not_the_api,
    read_json,
)
from pizzagpt_desktop.providers.base_provider import AsyncGeneratorProvider, ProviderModelMixin
from pizzagpt_desktop.providers.event_stream import read_reply, refuse_status
from pizzagpt_desktop.providers.helper import json_body
from pizzagpt_desktop.providers.openai_events import OpenAIEvents
from pizzagpt_desktop.typing import Messages

USER_AGENT = f"PizzaGPT-Desktop/{__version__}"
OPENAI_HOST = "api.openai.com"
AZURE_VERSION = "2024-10-21"
"""The newest version of Azure's interface that is no preview."""
_AZURE_HOSTS = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")
MODEL_LIMIT = 20_000


class OpenAICompatible(AsyncGeneratorProvider, ProviderModelMixin):
    """Any service with `/chat/completions` and `/models` under its root: OpenAI's own, and most others."""

    url = "https://api.openai.com"
    working = True
    label = "OpenAI-compatible"
    needs_key = True
    default_base_url: ClassVar[str] = "https://api.openai.com/v1"
    default_model = ""
    models: ClassVar[list[str]] = []
    parameters: ClassVar[frozenset[str]] = frozenset({"temperature", "top_p", "max_tokens", "seed", "stop"})
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
        """Ask once; see `AsyncGeneratorProvider`. Other keywords than the parameters are ignored."""
        root = root_of(base_url or cls.default_base_url)
        body = request_body(root, model, messages, kwargs)
        secrets = (api_key,) if api_key else ()
        async with open_http(
            "POST",
            address(root, "chat/completions"),
            headers={
                **headers(api_key, root),
                "Accept": "text/event-stream",
                "Content-Type": "application/json",
            },
            body=await json_body(body),
            proxy=from_url(proxy) if proxy else None,
            limits=limits,
            terms=terms,
        ) as answer:
            await refuse_status(answer, secrets)
            async with aclosing(read_reply(answer, secrets, OpenAIEvents(secrets))) as chunks:
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
        """The names of the service's models, as it orders them; raises Fault."""
        root = root_of(base_url or cls.default_base_url)
        secrets = (api_key,) if api_key else ()
        async with open_http(
            "GET",
            address(root, "models"),
            headers={**headers(api_key, root), "Accept": "application/json"},
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
        return model_names(value, body, secrets)


def root_of(base_url: str) -> str:
    """The service's root as an address, or Fault(SETTINGS) with words."""
    try:
        return parse_base_url(base_url)
    except ValueError as error:
        raise Fault(FaultKind.SETTINGS, str(error), hint="Check the address in the preferences.") from None


def address(root: str, path: str) -> str:
    """Where a request goes. Azure's roots of one deployment want a version, and list models one floor below.

    Source: Azure OpenAI's REST reference. Its /openai/v1 root needs neither.
    """
    if not _is_azure(root) or "/openai/deployments/" not in root:
        return f"{root}/{path}"
    if path == "models":
        root = root.partition("/deployments/")[0]
    return f"{root}/{path}?api-version={AZURE_VERSION}"


def _is_azure(root: str) -> bool:
    return host_and_port(root)[0].endswith(_AZURE_HOSTS)


def headers(api_key: str | None, root: str = "") -> dict[str, str]:
    """What every request carries; the key only if there is one, to Azure under Azure's name for it."""
    common = {"User-Agent": USER_AGENT}
    if not api_key:
        return common
    try:
        key = check_key(api_key)
    except ValueError as error:
        raise Fault(FaultKind.AUTH, str(error), hint="Check the key in the preferences.") from None
    named = {"api-key": key} if root and _is_azure(root) else {"Authorization": f"Bearer {key}"}
    return {**common, **named}


def request_body(root: str, model: str, messages: Messages, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The request. Fields that were not set are left out: many services refuse what they do not know.

    OpenAI's own service is known to take `stream_options` and to want `max_completion_tokens`; the others are not.
    """
    body: dict[str, Any] = {"messages": messages, "stream": True}
    if model:
        body = {"model": model, **body}
    for name in ("temperature", "top_p", "max_tokens", "seed"):
        if parameters.get(name) is not None:
            body[name] = parameters[name]
    if parameters.get("stop"):
        body["stop"] = list(parameters["stop"])
    if host_and_port(root)[0] == OPENAI_HOST:
        body["stream_options"] = {"include_usage": True}
        if "max_tokens" in body:
            body["max_completion_tokens"] = body.pop("max_tokens")
    return body


def model_names(value: Any, body: bytes, secrets: Iterable[str]) -> list[str]:
    if isinstance(value, dict):
        if value.get("error"):
            raise fault_from_error(value["error"], secrets)
        entries = value.get("data", value.get("models"))
    else:
        entries = value
    if not isinstance(entries, list):
        raise not_the_api(body, secrets)
    names: dict[str, None] = {}
    for entry in entries[:MODEL_LIMIT]:
        name = entry if isinstance(entry, str) else _name(entry)
        if isinstance(name, str) and name.strip():
            names[shown(name)] = None
    return list(names)


def _name(entry: Any) -> Any:
    return (
        next((entry[key] for key in ("id", "name", "model") if entry.get(key)), None)
        if isinstance(entry, dict)
        else None
    )
