"""Services that speak OpenAI's chat completions: where a request goes and what it holds.

Source: OpenAI's API reference, "Chat completions" and "Models". Knows no window and no settings file.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from pizzagpt_desktop.domain.addresses import host_and_port
from pizzagpt_desktop.providers.event_stream import Dialect
from pizzagpt_desktop.providers.http_provider import HttpProvider, key_headers
from pizzagpt_desktop.providers.openai_events import OpenAIEvents
from pizzagpt_desktop.typing import Messages

OPENAI_HOST = "api.openai.com"
AZURE_VERSION = "2024-10-21"
"""The newest version of Azure's interface that is no preview."""
_AZURE_HOSTS = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")


class OpenAICompatible(HttpProvider):
    """Any service with `/chat/completions` and `/models` under its root: OpenAI's own, and most others."""

    url = "https://api.openai.com"
    label = "OpenAI-compatible"
    needs_key = True
    default_base_url: ClassVar[str] = "https://api.openai.com/v1"
    parameters: ClassVar[frozenset[str]] = frozenset({"temperature", "top_p", "max_tokens", "seed", "stop"})
    chat_path: ClassVar[str] = "chat/completions"

    @classmethod
    def address(cls, root: str, path: str) -> str:
        return address(root, path)

    @classmethod
    def headers(cls, api_key: str | None, root: str) -> dict[str, str]:
        return headers(api_key, root)

    @classmethod
    def request_body(
        cls, root: str, model: str, messages: Messages, parameters: Mapping[str, Any]
    ) -> dict[str, Any]:
        return request_body(root, model, messages, parameters)

    @classmethod
    def events(cls, secrets: Iterable[str]) -> Dialect:
        return OpenAIEvents(secrets)


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


def headers(api_key: str | None, root: str) -> dict[str, str]:
    """What every request carries; the key only if there is one, to Azure under Azure's name for it."""
    return key_headers(api_key, "api-key", "{}") if _is_azure(root) else key_headers(api_key)


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
