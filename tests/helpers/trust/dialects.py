"""Every dialect as a service speaks it, and one question asked in it over a real connection; knows no fault.

`ask` goes through the provider and its boundary, as the chat does; `fetched` is what became of the reply.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pizzagpt_desktop.network.http import Limits
from pizzagpt_desktop.network.tls import Terms
from pizzagpt_desktop.providers.anthropic import Anthropic
from pizzagpt_desktop.providers.boundary import cleaned
from pizzagpt_desktop.providers.ollama import Ollama
from pizzagpt_desktop.providers.openai_compatible import OpenAICompatible
from pizzagpt_desktop.providers.pizzagpt import Pizzagpt
from pizzagpt_desktop.providers.responses import Responses
from tests.helpers.collector import Outcome, collect
from tests.helpers.corpus import KEY

HI = [{"role": "user", "content": "Hi"}]
QUICK = Limits(connect_s=0.4, first_byte_s=0.4, silence_s=0.4)


@dataclass(frozen=True)
class Dialect:
    """text: bytes that add a text. end: bytes that end a reply, by their reason. error: bytes of an error in a stream.

    whole: it comes in one body, and nothing is shown before it is there.
    """

    name: str
    provider: type[Any]
    content_type: str
    text: Callable[[str], bytes]
    end: Callable[[str], bytes]
    error: Callable[[str], bytes]
    whole: bool = False

    def reply(self, *texts: str, reason: str = "stop") -> bytes:
        """A whole reply."""
        return (
            b"".join(map(self.text, texts)) + self.end(reason)
            if not self.whole
            else self.text("".join(texts))
        )

    def part(self, *texts: str) -> bytes:
        """A reply that lacks its end."""
        whole = self.reply(*texts)
        return whole[:-5] if self.whole else b"".join(map(self.text, texts))

    async def ask(
        self, url: str, limits: Limits | None = None, key: str | None = KEY, **more: Any
    ) -> Outcome:
        """Ask once, and say what became of the reply."""
        return await collect(Source(self, url, limits, key, more))

    def source(self, url: str, limits: Limits | None = None) -> "Source":
        """Something to ask, for who wants to look at the chunks itself."""
        return Source(self, url, limits, KEY, {})


@dataclass(frozen=True)
class Source:
    """What `collect` asks, and what a chat does."""

    dialect: Dialect
    url: str
    limits: Limits | None
    key: str | None
    more: dict[str, Any]

    def stream(self, messages: Any) -> Any:
        name, secrets = self.dialect.name, (self.key,) if self.key else ()
        options: dict[str, Any] = {"terms": Terms(), **self.more}
        return cleaned(
            lambda: self.dialect.provider.create_async_generator(
                "m", messages, base_url=self.url, api_key=self.key, limits=self.limits, **options
            ),
            name,
            secrets=secrets,
            built_in=True,
        )


def _sse(value: Any) -> bytes:
    return b"data: %b\n\n" % json.dumps(value).encode()


def _line(value: Any) -> bytes:
    return json.dumps(value).encode() + b"\n"


def _choice(delta: Any, reason: str | None = None) -> bytes:
    return _sse({"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})


def _anthropic_text(text: str) -> bytes:
    delta = {"type": "text_delta", "text": text}
    return _sse({"type": "content_block_delta", "index": 0, "delta": delta})


def _anthropic_end(reason: str) -> bytes:
    reason = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}.get(reason, reason)
    return _sse({"type": "message_delta", "delta": {"stop_reason": reason}}) + _sse({"type": "message_stop"})


def _responses_end(reason: str) -> bytes:
    why = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(reason)
    status = "incomplete" if why else "completed"
    response = {"status": status, "output": [], "incomplete_details": {"reason": why} if why else None}
    return _sse({"type": f"response.{status}", "response": response})


DIALECTS = {
    dialect.name: dialect
    for dialect in (
        Dialect(
            "openai", OpenAICompatible, "text/event-stream", lambda text: _choice({"content": text}),
            lambda reason: _choice({}, reason) + b"data: [DONE]\n\n", lambda words: _sse({"error": {"message": words}}),
        ),
        Dialect(
            "anthropic", Anthropic, "text/event-stream", _anthropic_text, _anthropic_end,
            lambda words: _sse({"type": "error", "error": {"type": "api_error", "message": words}}),
        ),
        Dialect(
            "responses", Responses, "text/event-stream",
            lambda text: _sse({"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": text}),
            _responses_end, lambda words: _sse({"type": "error", "message": words}),
        ),
        Dialect(
            "ollama", Ollama, "application/x-ndjson",
            lambda text: _line({"message": {"content": text}, "done": False}),
            lambda reason: _line({"message": {"content": ""}, "done": True, "done_reason": reason}),
            lambda words: _line({"error": words}),
        ),
        Dialect(
            "pizzagpt", Pizzagpt, "application/json", lambda text: _line({"answer": {"content": text}}),
            lambda reason: b"", lambda words: _line({"error": {"message": words}}), whole=True,
        ),
    )
}  # fmt: skip
