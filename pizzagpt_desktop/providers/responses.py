"""Services that speak OpenAI's Responses: what a request holds; addresses and models are those of the chat dialect.

Source: OpenAI's API reference, "Responses". Knows no window and no settings file.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from pizzagpt_desktop.providers.event_stream import Dialect
from pizzagpt_desktop.providers.helper import content_text
from pizzagpt_desktop.providers.openai_compatible import OpenAICompatible
from pizzagpt_desktop.providers.responses_events import ResponsesEvents
from pizzagpt_desktop.typing import Messages


class Responses(OpenAICompatible):
    """Any service with `/responses` and `/models` under its root: OpenAI's own newer way, and some others."""

    label = "OpenAI Responses"
    parameters: ClassVar[frozenset[str]] = frozenset({"temperature", "top_p", "max_tokens"})
    chat_path: ClassVar[str] = "responses"

    @classmethod
    def request_body(
        cls, root: str, model: str, messages: Messages, parameters: Mapping[str, Any]
    ) -> dict[str, Any]:
        return request_body(model, messages, parameters)

    @classmethod
    def events(cls, secrets: Iterable[str]) -> Dialect:
        return ResponsesEvents(secrets)


def request_body(model: str, messages: Messages, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The request. `store` is false, so that the service does not keep what it would keep by default.

    reasoning: the field of that name, as the service takes it.
    """
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
