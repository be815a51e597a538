"""Services that speak OpenAI's Responses: the request; the list of models is that of the chat dialect.

Source: OpenAI's API reference, "Responses". Knows no window and no settings file.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any, ClassVar

from pizzagpt_desktop.network.http import Limits, open_http
from pizzagpt_desktop.network.route import from_url
from pizzagpt_desktop.network.tls import Terms
from pizzagpt_desktop.providers.event_stream import read_reply, refuse_status
from pizzagpt_desktop.providers.helper import content_text, json_body
from pizzagpt_desktop.providers.openai_compatible import OpenAICompatible, address, headers, root_of
from pizzagpt_desktop.providers.responses_events import ResponsesEvents
from pizzagpt_desktop.typing import Messages


class Responses(OpenAICompatible):
    """Any service with `/responses` and `/models` under its root: OpenAI's own newer way, and some others."""

    label = "OpenAI Responses"
    parameters: ClassVar[frozenset[str]] = frozenset({"temperature", "top_p", "max_tokens"})

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
        """Ask once; see `AsyncGeneratorProvider`. reasoning: the field of that name, as the service takes it."""
        root = root_of(base_url or cls.default_base_url)
        body = request_body(model, messages, kwargs)
        secrets = (api_key,) if api_key else ()
        async with open_http(
            "POST",
            address(root, "responses"),
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
            async with aclosing(read_reply(answer, secrets, ResponsesEvents(secrets))) as chunks:
                async for chunk in chunks:
                    yield chunk


def request_body(model: str, messages: Messages, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The request. `store` is false, so that the service does not keep what it would keep by default."""
    system = [content_text(m.get("content")) for m in messages if m.get("role") == "system"]
    turns = [
        {"role": m.get("role", "user"), "content": _content(m.get("content"))}
        for m in messages
        if m.get("role") != "system"
    ]
    body: dict[str, Any] = {"model": model, "input": turns, "stream": True, "store": False}
    instructions = "\n\n".join(filter(str.strip, system))
    if instructions:
        body["instructions"] = instructions
    for name, wire in (
        ("temperature", "temperature"),
        ("top_p", "top_p"),
        ("max_tokens", "max_output_tokens"),
        ("reasoning", "reasoning"),
    ):
        if parameters.get(name) is not None:
            body[wire] = parameters[name]
    return body


def _content(content: Any) -> Any:
    """The chat dialect's parts under the names of this one."""
    if not isinstance(content, list):
        return content_text(content)
    return [part for part in map(_part, content) if part is not None]


def _part(part: Any) -> dict[str, Any] | None:
    if not isinstance(part, dict):
        return None
    image = part.get("image_url")
    if image:
        return {"type": "input_image", "image_url": image.get("url") if isinstance(image, dict) else image}
    text = part.get("text")
    return {"type": "input_text", "text": text} if isinstance(text, str) else None
