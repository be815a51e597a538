"""Events of Anthropic's messages dialect into chunks; reads no socket, so any framing can feed it.

Written from Anthropic's API reference ("Streaming messages") and the corpus, rules R2 to R15.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from pizzagpt_desktop.domain.chunks import FinishReason, Heard, Reasoning, Skipped, Unfinished, Usage
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.own_words import REFUSED
from pizzagpt_desktop.network.decode import Event
from pizzagpt_desktop.providers.answers import COUNTS, counts_of, error_of_type, fault_from_error, objects_of
from pizzagpt_desktop.providers.tool_calls import ToolCalls, as_text

DONE = "[DONE]"
_FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
}
_TOOLS = {"tool_use": False, "server_tool_use": True, "mcp_tool_use": True}
"""The blocks that are calls, and whether the service itself runs them."""


class AnthropicEvents:
    """Reads one reply. `done`: `message_stop` ended it (rule R3). `finished`: the model said why it ended."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.done = False
        self.finished = False
        self._secrets = tuple(secrets)
        self._finish: str | None = None
        self._usage: dict[str, int] = {}
        self._words = False
        self._tools = ToolCalls()

    def read(self, event: Event) -> Iterator[Any]:
        """The chunks of one event; raises Fault for an error in the stream."""
        data = event.data.strip()
        if self.done or (not data and event.event != "error"):
            return
        if data == DONE:  # not this dialect's, but gateways send it
            self.done = True
            return
        found, broken = objects_of(data)
        if not found and event.event == "error":
            raise fault_from_error(data, self._secrets)
        if broken and (found or event.event != "ping"):
            yield Skipped(broken)
        for value in found:
            yield from self._value(value, event.event)

    def whole(self, value: Any) -> Iterator[Any]:
        """The chunks of a whole message that came in place of a stream (rule R14); `value` is its JSON."""
        if not isinstance(value, dict):
            return
        if value.get("type") == "message" or isinstance(value.get("content"), list):
            yield from self._started(value)
            yield from self._ended(value)
        else:
            yield from self._value(value, "message")

    def is_reply(self, value: Any) -> bool:
        """Whether a JSON body has the form of a message."""
        return isinstance(value, dict) and value.get("type") == "message"

    def close(self) -> Iterator[Any]:
        """What is left when nothing more comes; raises Fault(CONTENT_FILTER) for a refusal without a word."""
        self._words = self._words or bool(self._tools)
        yield from self._tools.drain()
        if self._finish == "refusal" and not self._words:
            raise Fault(FaultKind.CONTENT_FILTER, REFUSED)
        if not (self.done or self.finished):
            yield Unfinished()

    def _value(self, value: dict[str, Any], name: str) -> Iterator[Any]:
        if self.done:
            return
        kind = value.get("type")
        if kind == "content_block_delta":
            yield from self._delta(value.get("delta"), value.get("index"))
        elif kind == "content_block_start":
            yield from self._block(value.get("content_block"), value.get("index"))
        elif kind == "message_start":
            yield from self._started(value.get("message"))
        elif kind == "message_delta":
            yield from self._counted(value.get("usage"))
            yield from self._ended(value.get("delta"))
        elif kind == "message_stop":
            self.done = True
        elif (error := error_of_type(value, name)) is not None:
            raise fault_from_error(error, self._secrets)

    def _started(self, message: Any) -> Iterator[Any]:
        if not isinstance(message, dict):
            return
        yield from self._counted(message.get("usage"))
        content = message.get("content")
        if isinstance(content, str):
            yield from self._text(content)
        elif isinstance(content, list):
            for index, block in enumerate(content):
                yield from self._block(block, index)

    def _ended(self, delta: Any) -> Iterator[Any]:
        reason = delta.get("stop_reason") if isinstance(delta, dict) else None
        if isinstance(reason, str) and reason:
            self.finished = True
            reason = _FINISH.get(reason, reason)
            if reason != self._finish:
                self._finish = reason
                yield FinishReason(reason)

    def _block(self, block: Any, index: Any) -> Iterator[Any]:
        if not isinstance(block, dict):
            yield Skipped()
            return
        kind = block.get("type")
        kind = kind if isinstance(kind, str) else ""
        if kind == "text":
            yield from self._text(block.get("text"))
        elif kind == "thinking":
            yield from _thought(block.get("thinking"))
        elif kind in _TOOLS and isinstance(index, int):
            call = self._tools.of(index) or self._tools.begin(index)  # a message that begins anew repeats it
            call.pieces.clear()
            ident, name = block.get("id"), block.get("name")
            call.id = ident if isinstance(ident, str) else None
            call.name = name if isinstance(name, str) else ""
            call.by_service = _TOOLS[kind]
            call.given = as_text(block.get("input"))
            yield Heard()

    def _delta(self, delta: Any, index: Any) -> Iterator[Any]:
        if not isinstance(delta, dict):
            yield Skipped()
            return
        kind = delta.get("type")
        if kind == "text_delta":
            yield from self._text(delta.get("text"))
        elif kind == "thinking_delta":
            yield from _thought(delta.get("thinking"))
        elif kind == "input_json_delta":
            found = self._tools.of(index) if isinstance(index, int) else None
            if found is not None:
                self._tools.add(found, delta.get("partial_json"))
                yield Heard()

    def _text(self, text: Any) -> Iterator[Any]:
        if text.__class__ is str:
            if text:
                self._words = True
                yield text
        elif text is not None:
            yield Skipped()

    def _counted(self, usage: Any) -> Iterator[Any]:
        """The counts so far; those at the end are the sums, not more of them."""
        counts = counts_of(usage)
        if counts:
            self._usage = dict(list((self._usage | counts).items())[:COUNTS])
            yield Usage(dict(self._usage))


def _thought(text: Any) -> Iterator[Any]:
    if isinstance(text, str) and text:
        yield Reasoning(text)
