"""Services that speak OpenAI's chat completions: the request, and the body in whatever form it comes.

Source: OpenAI's API reference, "Chat completions" and "Models". Knows no window and no settings file.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import aclosing
from typing import Any, ClassVar

from pizzagpt_desktop import __version__
from pizzagpt_desktop.domain.addresses import check_key, host_and_port, parse_base_url
from pizzagpt_desktop.domain.chunks import Skipped
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.text import shown
from pizzagpt_desktop.network.decode import SseDecoder
from pizzagpt_desktop.network.http import Answer, Limits, open_http
from pizzagpt_desktop.network.route import from_url
from pizzagpt_desktop.providers.answers import (
    EMPTY_REPLY,
    ERROR_BODY,
    fault_from_error,
    fault_from_status,
    not_the_api,
    read_json,
)
from pizzagpt_desktop.providers.base_provider import AsyncGeneratorProvider, ProviderModelMixin
from pizzagpt_desktop.providers.helper import json_body
from pizzagpt_desktop.providers.openai_events import OpenAIEvents
from pizzagpt_desktop.typing import Messages

USER_AGENT = f"PizzaGPT-Desktop/{__version__}"
OPENAI_HOST = "api.openai.com"
MODEL_LIMIT = 20_000
_AFTER_FINISH_S = 15.0
_NO_TEXT = (b":", b"event:", b"id:", b"retry:")
_BREAKS = frozenset({FaultKind.NETWORK, FaultKind.TIME_OUT})


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
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """Ask once; see `AsyncGeneratorProvider`. Other keywords than the parameters are ignored."""
        root = root_of(base_url or cls.default_base_url)
        body = request_body(root, model, messages, kwargs)
        secrets = (api_key,) if api_key else ()
        async with open_http(
            "POST",
            f"{root}/chat/completions",
            headers={**headers(api_key), "Accept": "text/event-stream", "Content-Type": "application/json"},
            body=await json_body(body),
            proxy=from_url(proxy) if proxy else None,
            limits=limits,
        ) as answer:
            await refuse_status(answer, secrets)
            async with aclosing(read_reply(answer, secrets)) as chunks:
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
    ) -> list[str]:
        """The names of the service's models, as it orders them; raises Fault."""
        root = root_of(base_url or cls.default_base_url)
        secrets = (api_key,) if api_key else ()
        async with open_http(
            "GET",
            f"{root}/models",
            headers={**headers(api_key), "Accept": "application/json"},
            proxy=from_url(proxy) if proxy else None,
            limits=limits,
        ) as answer:
            await refuse_status(answer, secrets)
            body = await answer.body()
        try:
            value = read_json(body)
        except ValueError:
            raise not_the_api(body, secrets) from None
        return _model_names(value, body, secrets)


def root_of(base_url: str) -> str:
    """The service's root as an address, or Fault(SETTINGS) with words."""
    try:
        return parse_base_url(base_url)
    except ValueError as error:
        raise Fault(FaultKind.SETTINGS, str(error), hint="Check the address in the preferences.") from None


def headers(api_key: str | None) -> dict[str, str]:
    """What every request carries; the key only if there is one."""
    common = {"User-Agent": USER_AGENT}
    if not api_key:
        return common
    try:
        return {**common, "Authorization": f"Bearer {check_key(api_key)}"}
    except ValueError as error:
        raise Fault(FaultKind.AUTH, str(error), hint="Check the key in the preferences.") from None


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


async def refuse_status(answer: Answer, secrets: Iterable[str]) -> None:
    """Raise the fault of a status that is no success, or that says there is no content."""
    if answer.status in (204, 205):
        raise Fault(FaultKind.EMPTY, EMPTY_REPLY)
    if not 200 <= answer.status < 300:
        body = await answer.beginning(ERROR_BODY)
        raise fault_from_status(answer.status, body, answer.headers, secrets)


async def read_reply(answer: Answer, secrets: Iterable[str]) -> AsyncGenerator[Any, None]:
    """The chunks of a reply: a stream of events, or a whole JSON reply in its place, by its first character."""
    first = b""
    while not first.strip(b"\xef\xbb\xbf \t\r\n") and len(first) < ERROR_BODY:
        piece = await answer.read()
        if not piece:
            break
        first += piece
    start = first.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"{", b"[", b'"', b"<"):
        rest = await _rest(answer, first)
        for chunk in _whole_reply(rest, secrets):
            yield chunk
        return
    async with aclosing(_stream(answer, first, secrets)) as chunks:
        async for chunk in chunks:
            yield chunk


async def _rest(answer: Answer, first: bytes) -> bytes:
    return first + await answer.body()


def _whole_reply(body: bytes, secrets: Iterable[str]) -> Iterable[Any]:
    try:
        value = read_json(body)
    except ValueError:
        raise not_the_api(body, secrets) from None
    events = OpenAIEvents(secrets)
    chunks = list(events.whole(value)) if isinstance(value, dict) else []
    if not chunks or all(isinstance(chunk, Skipped) for chunk in chunks):
        if isinstance(value, dict) and isinstance(value.get("choices"), list):
            raise Fault(FaultKind.EMPTY, EMPTY_REPLY)
        raise not_the_api(body, secrets)
    events.done = True
    return [*chunks, *events.close()]


async def _stream(answer: Answer, first: bytes, secrets: Iterable[str]) -> AsyncGenerator[Any, None]:
    decoder = SseDecoder()
    events = OpenAIEvents(secrets)
    seen = False
    head = b""
    piece = first
    broken: Fault | None = None
    while piece:
        batch = decoder.feed(piece)
        if batch:
            seen = True
            for event in batch:
                for chunk in events.read(event):
                    yield chunk
                    if chunk.__class__ is not Skipped:
                        answer.progressed()
            if events.finished:
                answer.ends_within(_AFTER_FINISH_S)
        elif len(head) < 1024:
            head += piece
        if events.done:
            break
        try:
            piece = await answer.read()
        except Fault as fault:
            broken = fault
            break
    if not events.done:
        last = decoder.finish()
        if last is not None and _is_whole(last.data):
            seen = True
            for chunk in events.read(last):
                yield chunk
        elif last is not None:
            seen = True
    for chunk in _close(events, broken, seen, head, secrets):
        yield chunk


def _close(
    events: OpenAIEvents, broken: Fault | None, seen: bool, head: bytes, secrets: Iterable[str]
) -> Iterable[Any]:
    ended = events.done or events.finished
    if broken is not None and not (ended and broken.kind in _BREAKS):
        raise broken
    if not seen:
        if not head.strip(b"\xef\xbb\xbf \t\r\n"):
            raise Fault(FaultKind.EMPTY, EMPTY_REPLY)
        if not all(line.startswith(_NO_TEXT) for line in head.split(b"\n") if line.strip()):
            raise not_the_api(head, secrets)
    return events.close()


def _is_whole(data: str) -> bool:
    """Rule R1: an unfinished last event counts if its data is whole JSON or the end sign (or lines of such)."""
    for text in (data, *data.split("\n")):
        if text.strip() == "[DONE]":
            return True
        try:
            read_json(text)
        except ValueError:
            continue
        return True
    return False


def _model_names(value: Any, body: bytes, secrets: Iterable[str]) -> list[str]:
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
