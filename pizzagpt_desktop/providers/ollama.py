"""Ollama's own API: chats, the models that are here, what they can, which are loaded, and fetching more of them.

Source: Ollama's API document (docs/api.md). Knows no window and no settings file.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Any, ClassVar, NamedTuple

from pizzagpt_desktop.domain.chunks import Skipped
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.text import shown
from pizzagpt_desktop.network.decode import NdjsonCutter
from pizzagpt_desktop.network.http import Answer, Limits
from pizzagpt_desktop.network.tls import Terms
from pizzagpt_desktop.providers.answers import (
    EMPTY_REPLY,
    counts_of,
    fault_from_error,
    not_the_api,
    read_json,
)
from pizzagpt_desktop.providers.helper import content_text
from pizzagpt_desktop.providers.http_provider import (
    LIST_S,
    HttpProvider,
    asking,
    key_headers,
    model_names,
    root_of,
)
from pizzagpt_desktop.providers.ollama_lines import OllamaLines, objects_on
from pizzagpt_desktop.typing import Messages

LINES = "application/x-ndjson, application/json"
_HEAD = 1024
_OVER_LINES = 4 * 1024 * 1024
"""Bytes of a reply that is written over several lines, for people to read."""
_BLANK = b"\xef\xbb\xbf \t\r\n"
_PULL_LIMITS = Limits(first_byte_s=600.0, silence_s=600.0)
_OPTIONS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "max_tokens": "num_predict",
    "seed": "seed",
    "stop": "stop",
    "num_ctx": "num_ctx",
}


class PullProgress(NamedTuple):
    """How far fetching a model is. status: Ollama's word for the step. total, completed: bytes of it, 0 if unknown."""

    status: str
    total: int = 0
    completed: int = 0

    @property
    def done(self) -> bool:
        return self.status == "success"


class Ollama(HttpProvider):
    """A running Ollama, on this computer unless an address is given. A key is sent only if one was set."""

    url = "https://ollama.com"
    label = "Ollama"
    needs_key = False
    default_base_url: ClassVar[str] = "http://127.0.0.1:11434"
    parameters: ClassVar[frozenset[str]] = frozenset({"temperature", "top_p", "max_tokens", "seed", "stop"})
    chat_path: ClassVar[str] = "chat"
    takes: ClassVar[str] = LINES

    @classmethod
    def root(cls, base_url: str) -> str:
        return api_root(base_url)

    @classmethod
    def address(cls, root: str, path: str) -> str:
        return f"{root}/api/{path}"

    @classmethod
    def list_address(cls, root: str, after: str) -> str:
        """The models that are here."""
        return cls.address(root, "tags")

    @classmethod
    def request_body(
        cls, root: str, model: str, messages: Messages, parameters: Mapping[str, Any]
    ) -> dict[str, Any]:
        return request_body(model, messages, parameters)

    @classmethod
    def hint(cls, fault: Fault, model: str) -> str:
        if fault.kind is FaultKind.NETWORK and fault.detail.startswith("Nothing answers"):
            return "Start it with: ollama serve"
        if "newer version" in fault.detail or (
            fault.kind is FaultKind.NOT_FOUND and "model" not in fault.detail
        ):
            return "This Ollama is too old for that. See which it is with: ollama --version"
        if fault.kind is FaultKind.NOT_FOUND and model:
            return f"Fetch the model with: ollama pull {shown(model, ())[:100]}"
        return ""

    @classmethod
    async def told_context(cls, model: str, **way: Any) -> int | None:
        """How much the model is given to look at; raises Fault."""
        from pizzagpt_desktop.providers.ollama_context import context_given

        return await context_given(model, **way)

    @classmethod
    def read(cls, answer: Answer, secrets: Iterable[str]) -> AsyncGenerator[Any, None]:
        return read_reply(answer, secrets)


async def show_model(
    model: str,
    *,
    base_url: str = "",
    api_key: str | None = None,
    proxy: str | None = None,
    limits: Limits | None = None,
    terms: Terms | None = None,
) -> dict[str, Any]:
    """What Ollama knows of a model (/api/show): `capabilities`, `details`, `model_info`…; raises Fault."""
    secrets = (api_key,) if api_key else ()
    async with _request(
        "show",
        base_url=base_url,
        body={"model": model},
        api_key=api_key,
        proxy=proxy,
        limits=limits,
        terms=terms,
    ) as answer:
        return _object(await answer.body(seconds=LIST_S), secrets)


def context_length(facts: Mapping[str, Any]) -> int | None:
    """The most tokens a model was made for, from what `show_model` gave; None where it does not say."""
    info = facts.get("model_info")
    if not isinstance(info, dict):
        return None
    length = info.get(f"{info.get('general.architecture')}.context_length")
    return length if isinstance(length, int) and not isinstance(length, bool) and length > 0 else None


async def loaded_models(
    *,
    base_url: str = "",
    api_key: str | None = None,
    proxy: str | None = None,
    limits: Limits | None = None,
    terms: Terms | None = None,
) -> list[str]:
    """The names of the models that are in memory now (/api/ps); raises Fault."""
    secrets = (api_key,) if api_key else ()
    async with _request(
        "ps", base_url=base_url, api_key=api_key, proxy=proxy, limits=limits, terms=terms
    ) as answer:
        body = await answer.body(seconds=LIST_S)
    return model_names(_object(body, secrets), body, secrets)


async def loaded_entries(
    *, base_url: str = "", api_key: str | None = None, proxy: str | None = None, terms: Terms | None = None
) -> list[dict[str, Any]]:
    """What Ollama tells of the models that are in memory now (/api/ps); raises Fault."""
    async with _request(
        "ps", base_url=base_url, api_key=api_key, proxy=proxy, limits=None, terms=terms
    ) as answer:
        found = _object(await answer.body(seconds=LIST_S), (api_key,) if api_key else ()).get("models")
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


async def pull(
    model: str,
    *,
    base_url: str = "",
    api_key: str | None = None,
    proxy: str | None = None,
    limits: Limits = _PULL_LIMITS,
    terms: Terms | None = None,
) -> AsyncGenerator[PullProgress, None]:
    """Have Ollama fetch a model; yields how far it is, the last with `done`. Raises Fault. Close it to stop.

    Ollama keeps what it has, so that another call goes on from there.
    """
    secrets = (api_key,) if api_key else ()
    body = {"model": model, "stream": True}
    step = PullProgress("")
    async with (
        _request(
            "pull", base_url=base_url, body=body, api_key=api_key, proxy=proxy, limits=limits, terms=terms
        ) as answer,
        aclosing(_lines(answer)) as lines,
    ):
        async for line in lines:
            for value in objects_on(line)[0]:
                if not isinstance(value, dict):
                    continue
                if value.get("error"):
                    raise fault_from_error(value, secrets)
                answer.progressed()
                step = _progress(value)
                yield step
                if step.done:
                    return
    if not step.status:
        raise Fault(FaultKind.NOT_THE_API, "The address answered with something else than Ollama does.")
    raise Fault(
        FaultKind.NETWORK,
        "Ollama stopped before the model was whole.",
        hint="Try again: it goes on from there.",
    )


def _progress(value: Mapping[str, Any]) -> PullProgress:
    counts = counts_of({name: value.get(name) for name in ("total", "completed")})
    status = value.get("status")
    return PullProgress(
        shown(status)[:200] if isinstance(status, str) and status else "…",
        counts.get("total", 0),
        min(counts.get("completed", 0), counts.get("total", 0)),
    )


def _request(
    path: str,
    *,
    base_url: str,
    body: Mapping[str, Any] | None = None,
    api_key: str | None,
    proxy: str | None,
    limits: Limits | None,
    terms: Terms | None,
) -> AbstractAsyncContextManager[Answer]:
    return asking(
        Ollama.address(api_root(base_url), path),
        headers={**key_headers(api_key), "Accept": LINES},
        body=body,
        secrets=(api_key,) if api_key else (),
        proxy=proxy,
        limits=limits,
        terms=terms,
    )


def api_root(base_url: str) -> str:
    """The root above /api; the /v1 and /api that people copy from elsewhere are taken away."""
    root = root_of(base_url or Ollama.default_base_url)
    return root.removesuffix("/v1").removesuffix("/api")


def request_body(model: str, messages: Messages, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The request. Parameters stand under `options`, and only those that were set.

    keep_alive: how long the model stays loaded after this ("5m", seconds, -1 for always). think: whether, or
    how hard ("low"…), a model that can is to think first. num_ctx: the tokens of its context.
    """
    options = {
        wire: parameters[name]
        for name, wire in _OPTIONS.items()
        if parameters.get(name) is not None and (name != "stop" or parameters[name])
    }
    body: dict[str, Any] = {"model": model, "messages": [_message(m) for m in messages], "stream": True}
    for name in ("keep_alive", "think"):
        if parameters.get(name) is not None:
            body[name] = parameters[name]
    if options:
        body["options"] = options
    return body


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message whose content is one text, as Ollama wants it; pictures in data: addresses stand beside it."""
    content = message.get("content")
    wire: dict[str, Any] = {"role": str(message.get("role", "user")), "content": content_text(content)}
    images = (
        [
            url.partition("base64,")[2]
            for part in content
            for url in _urls(part)
            if url.startswith("data:image/")
        ]
        if isinstance(content, list)
        else []
    )
    if images:
        wire["images"] = images
    return wire


def _urls(part: Any) -> Iterable[str]:
    image = part.get("image_url") if isinstance(part, dict) else None
    url = image.get("url") if isinstance(image, dict) else image
    return [url] if isinstance(url, str) else []


async def _lines(answer: Answer) -> AsyncGenerator[str, None]:
    cutter = NdjsonCutter()
    while piece := await answer.read():
        for line in cutter.feed(piece):
            yield line
    last = cutter.finish()
    if last is not None:
        yield last


async def read_reply(answer: Answer, secrets: Iterable[str]) -> AsyncGenerator[Any, None]:
    """The chunks of a reply; what is no reply at all is a Fault with its first words."""
    lines = OllamaLines(secrets)
    cutter = NdjsonCutter()
    unread: list[bytes] = []
    size = 0
    broken: Fault | None = None
    while not lines.done:
        try:
            piece = await answer.read()
        except Fault as fault:
            broken = fault
            break
        if not piece:
            break
        size += len(piece)
        if lines.seen:
            unread.clear()
        elif size <= _OVER_LINES:
            unread.append(piece)
        for line in cutter.feed(piece):
            for chunk in lines.read(line):
                yield chunk
                if chunk.__class__ is not Skipped:
                    answer.progressed()
    if broken is None and not lines.done:
        last = cutter.finish()
        for chunk in lines.read(last or ""):
            yield chunk
    if broken is not None:
        raise broken
    if not lines.seen:
        body = b"".join(unread)
        if not body[:_HEAD].strip(_BLANK):
            raise Fault(FaultKind.EMPTY, EMPTY_REPLY)
        for chunk in _whole(lines, body):
            yield chunk
        if not lines.seen:
            raise not_the_api(body, secrets, answer.charset)
    for chunk in lines.close():
        yield chunk


def _whole(lines: OllamaLines, body: bytes) -> Iterable[Any]:
    """The chunks of a reply that is written over several lines (rule R14)."""
    try:
        return lines.whole(read_json(body))
    except ValueError:
        return ()


def _object(body: bytes, secrets: Iterable[str]) -> dict[str, Any]:
    try:
        value = read_json(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise not_the_api(body, secrets)
    return value
