"""Pizzagpt: an unofficial way to the chat of pizzagpt.it, by the seed's wire contract; knows no other service."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any, ClassVar, NamedTuple

from pizzagpt_desktop.domain.chunks import FinishReason, Skipped, Unfinished
from pizzagpt_desktop.domain.faults import Fault, FaultKind, RefusedByService
from pizzagpt_desktop.domain.text import shown
from pizzagpt_desktop.network.decode import SseDecoder
from pizzagpt_desktop.network.http import Answer, Limits, open_http
from pizzagpt_desktop.network.route import from_url
from pizzagpt_desktop.network.tls import Terms
from pizzagpt_desktop.providers.answers import (
    EMPTY_REPLY,
    error_in,
    fault_from_error,
    fault_from_status,
    message_of,
    not_the_api,
    read_json,
)
from pizzagpt_desktop.providers.base_provider import AsyncGeneratorProvider, ProviderModelMixin
from pizzagpt_desktop.providers.event_stream import is_whole
from pizzagpt_desktop.providers.helper import format_prompt
from pizzagpt_desktop.providers.http_provider import USER_AGENT, root_of
from pizzagpt_desktop.providers.openai_events import OpenAIEvents
from pizzagpt_desktop.providers.pages import ERROR_BODY, decoded, looks_like_page, text_of
from pizzagpt_desktop.typing import Messages

_MISUSE = re.compile("misuse[\\s\xad\u200b-\u200f\u2060\ufeff]+detected", re.I)
_BLANK = b"\xef\xbb\xbf \t\r\n"
_NO_KEY = (
    "This service takes no key: the way in has changed. Use it in a browser ({}), or choose another service."
)


class _Reply(NamedTuple):
    """skipped: events that could not be read."""

    text: str
    whole: bool = True
    skipped: int = 0


class Pizzagpt(AsyncGeneratorProvider, ProviderModelMixin):
    """pizzagpt.it. Unofficial: the site may refuse programs, and then the refusal is shown and nothing is tried.

    Its address, end point, secret and referer are class attributes, and keywords of a request.
    """

    url = "https://www.pizzagpt.it"
    api_endpoint: ClassVar[str] = "/api/chatx-completion"
    secret: ClassVar[str] = "Marinara"  # noqa: S105  (a fixed word of the wire contract)
    referer: ClassVar[str] = ""
    """Left empty for the site's English page."""
    working = False
    label = "PizzaGPT (unofficial)"
    default_model = "gpt-4o-mini"
    models: ClassVar[list[str]] = ["gpt-4o-mini"]

    @classmethod
    async def create_async_generator(
        cls,
        model: str,
        messages: Messages,
        proxy: str | None = None,
        *,
        base_url: str = "",
        api_endpoint: str = "",
        secret: str = "",
        referer: str = "",
        limits: Limits | None = None,
        terms: Terms | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """Ask once: one piece of text and a finish reason. The service ignores model and parameters.

        Raises RefusedByService (a ValueError) with the site's words where it refuses programs, Fault otherwise.
        """
        site = root_of(base_url or cls.url)
        prompt = format_prompt(messages)
        async with open_http(
            "POST",
            site + (api_endpoint or cls.api_endpoint),
            headers={
                "accept": "application/json",
                "accept-language": "en-US,en;q=0.9",
                "content-type": "application/json",
                "origin": site,
                "referer": referer or cls.referer or f"{site}/en",
                "user-agent": USER_AGENT,
                "x-secret": secret or cls.secret,
            },
            body=json.dumps({"question": prompt}).encode(),
            proxy=from_url(proxy) if proxy else None,
            limits=limits,
            terms=terms,
        ) as answer:
            reply = await _read(answer, site)
        if reply.skipped:
            yield Skipped(reply.skipped)
        yield reply.text
        yield FinishReason("stop") if reply.whole else Unfinished()


async def _read(answer: Answer, site: str) -> _Reply:
    """What became of the request. Nothing is shown until all of the body is there."""
    if not 200 <= answer.status < 300:
        body = await answer.beginning(ERROR_BODY)
        _refuse_misuse(body, answer, site)
        fault = fault_from_status(answer.status, body, answer.headers, charset=answer.charset)
        if fault.kind is FaultKind.AUTH:
            fault.hint = _NO_KEY.format(site)
        raise fault
    body = await answer.body()
    start = body.lstrip(_BLANK)
    if not start:
        raise Fault(FaultKind.EMPTY, EMPTY_REPLY)
    labelled = answer.content_type == "text/event-stream" and start[:1] not in (b"{", b"[", b"<")
    if labelled or start.startswith((b"data:", b"event:")):
        return _streamed(body, site)
    text = _text_of(_json(body, answer, site), site)
    if not text:
        raise Fault(FaultKind.EMPTY, EMPTY_REPLY)
    return _Reply(text)


def _json(body: bytes, answer: Answer, site: str) -> Any:
    """The body's JSON, in UTF-8, UTF-16 or UTF-32 by itself, else in the encoding it is labelled with."""
    try:
        try:
            return read_json(body)
        except UnicodeDecodeError:
            return read_json(decoded(body, answer.charset))
    except ValueError:
        if body.lstrip(_BLANK)[:1] in (b"{", b"["):
            raise Fault(FaultKind.DAMAGED, "The answer could not be read.") from None
        _refuse_misuse(body[:ERROR_BODY], answer, site)
        raise not_the_api(body, charset=answer.charset) from None


def _text_of(value: Any, site: str) -> str:
    """`answer.content`, or `content` where there is no `answer`."""
    if not isinstance(value, dict):
        raise _unexpected()
    answer = value.get("answer")
    if answer is None:
        if "content" not in value:
            _raise_error(value, site)
        content = value.get("content")
    elif isinstance(answer, dict):
        content = answer.get("content")
    else:
        raise _unexpected()
    if content is None:
        return ""
    if not isinstance(content, str):
        raise _unexpected()
    if _MISUSE.search(content):
        raise _refused(content, site)
    return content


def _raise_error(value: dict[str, Any], site: str) -> None:
    words = message_of(value)
    if _MISUSE.search(words):
        raise _refused(words, site)
    error = error_in(value)
    if error:
        fault = fault_from_error(error)
        raise Fault(
            FaultKind.SERVER if fault.kind is FaultKind.QUOTA else fault.kind, fault.detail, hint=fault.hint
        )
    raise _unexpected(words)


def _unexpected(words: str = "") -> Fault:
    said = f" It said: {shown(words, ())}" if words else ""
    return Fault(
        FaultKind.UNEXPECTED_ANSWER,
        f"The service answered in a way this program does not know.{said}",
        hint="The service may have changed.",
    )


def _refuse_misuse(body: bytes, answer: Answer, site: str) -> None:
    text = text_of(body, answer.charset)
    if not _MISUSE.search(text):
        return
    try:
        words = message_of(read_json(body))
    except ValueError:
        words = ""
    if not words and not looks_like_page(text):
        words = text
    raise _refused(words if _MISUSE.search(words) else "Misuse detected.", site)


def _refused(words: str, site: str) -> RefusedByService:
    return RefusedByService(
        shown(words, ()),
        hint=f"The site refuses programs for now. Wait, use it in a browser ({site}), or choose another service.",
    )


def _streamed(body: bytes, site: str) -> _Reply:
    """A body of server-sent events, as newer sites may send; whole before anything is shown."""
    decoder = SseDecoder()
    events = OpenAIEvents()
    listed = decoder.feed(body)
    last = decoder.finish()
    texts: list[str] = []
    skipped = 0
    for event in listed if last is None or not is_whole(last.data) else [*listed, last]:
        for chunk in events.read(event):
            if isinstance(chunk, str):
                texts.append(chunk)
            elif isinstance(chunk, Skipped):
                skipped += chunk.count
    text = "".join(texts)
    if _MISUSE.search(text):
        raise _refused(text, site)
    if not text:
        raise Fault(FaultKind.EMPTY, EMPTY_REPLY)
    return _Reply(text, events.done or events.finished, skipped)
