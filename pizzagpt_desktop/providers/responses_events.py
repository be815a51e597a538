"""Events of OpenAI's Responses dialect into chunks; reads no socket, so any framing can feed it.

Written from OpenAI's API reference ("Responses", "Streaming events") and rules R2 to R15 of the corpus.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from pizzagpt_desktop.domain.chunks import FinishReason, Reasoning, Skipped, ToolCall, Unfinished, Usage
from pizzagpt_desktop.network.decode import Event
from pizzagpt_desktop.providers.answers import counts_of, fault_from_error, objects_of

DONE = "[DONE]"
_TEXT = "response.output_text."
_REFUSAL = "response.refusal."
_SUMMARY = "response.reasoning_summary_text."
_THOUGHT = "response.reasoning_text."
_CALL = "response.function_call_arguments."
_ENDS = frozenset({"response.completed", "response.incomplete", "response.failed", "response.cancelled"})
_REASONS = {"max_output_tokens": "length", "max_tokens": "length"}


class ResponsesEvents:
    """Reads one reply. `done`: an event that ends a response came (rule R3). `finished`: the same."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.done = False
        self.finished = False
        self._secrets = tuple(secrets)
        self._came: set[tuple[Any, ...]] = set()
        self._calls: dict[int, dict[str, Any]] = {}
        self._part: tuple[Any, ...] | None = None

    def read(self, event: Event) -> Iterator[Any]:
        """The chunks of one event; raises Fault for an error in the stream."""
        data = event.data.strip()
        if self.done or not data:
            return
        if data == DONE:
            self.done = True
            return
        found, broken = objects_of(data)
        if not found and event.event == "error":
            raise fault_from_error(data, self._secrets)
        if broken:
            yield Skipped(broken)
        for value in found:
            yield from self._value(value, event.event)

    def whole(self, value: Any) -> Iterator[Any]:
        """The chunks of a whole response that came in place of a stream (rule R14); `value` is its JSON."""
        if not isinstance(value, dict):
            return
        if self.is_reply(value):
            yield from self._end(value)
        else:
            yield from self._value(value, "message")

    def is_reply(self, value: Any) -> bool:
        """Whether a JSON body has the form of a response."""
        return isinstance(value, dict) and (value.get("object") == "response" or "output" in value)

    def close(self) -> Iterator[Any]:
        """What is left when nothing more comes: tool calls, and `Unfinished` where no end sign was seen."""
        for call in self._calls.values():
            yield ToolCall(call["id"], call["name"], "".join(call["pieces"]))
        self._calls.clear()
        if not self.done:
            yield Unfinished()

    def _value(self, value: dict[str, Any], name: str) -> Iterator[Any]:
        if self.done:
            return
        kind = value.get("type")
        kind = kind if isinstance(kind, str) else ""
        if kind.endswith(".delta"):
            yield from self._delta(kind.removesuffix("delta"), value)
        elif kind in ("response.output_text.done", "response.refusal.done"):
            field = "text" if kind.startswith(_TEXT) else "refusal"
            yield from self._once((value.get("output_index"), value.get("content_index")), value.get(field))
        elif kind in ("response.output_item.added", "response.output_item.done"):
            yield from self._item(value.get("item"), value.get("output_index"), kind.endswith("done"))
        elif kind == "response.function_call_arguments.done":
            self._arguments(value.get("output_index"), value.get("arguments"))
        elif kind in _ENDS:
            response = value.get("response")
            yield from self._end(response if isinstance(response, dict) else {}, kind.rpartition(".")[2])
        elif kind == "error" or name == "error" or value.get("error") or (not kind and "detail" in value):
            error = value.get("error")
            raise fault_from_error(error if isinstance(error, dict) else value, self._secrets)

    def _delta(self, kind: str, value: dict[str, Any]) -> Iterator[Any]:
        delta, where = value.get("delta"), value.get("output_index")
        if kind in (_TEXT, _REFUSAL):
            if not isinstance(delta, str):
                yield Skipped()
            elif delta:
                self._came.add(_key(where, value.get("content_index")))
                yield delta
        elif kind in (_SUMMARY, _THOUGHT) and isinstance(delta, str) and delta:
            part = _key(where, value.get("summary_index", value.get("content_index")))
            apart = "\n\n" if self._part not in (None, part) else ""
            self._part = part
            self._came.add(("thought", *_key(where, None)))
            yield Reasoning(apart + delta)
        elif kind == _CALL and isinstance(delta, str):
            self._call(where)["pieces"].append(delta)

    def _once(self, where: tuple[Any, Any], text: Any) -> Iterator[Any]:
        """A text as a whole, unless its pieces came."""
        key = _key(*where)
        if isinstance(text, str) and text and key not in self._came:
            self._came.add(key)
            yield text

    def _call(self, where: Any) -> dict[str, Any]:
        index = where if isinstance(where, int) else len(self._calls) - 1
        return self._calls.setdefault(index, {"id": None, "name": "", "pieces": []})

    def _arguments(self, where: Any, arguments: Any) -> None:
        if isinstance(arguments, str) and arguments:
            self._call(where)["pieces"] = [arguments]

    def _item(self, item: Any, where: Any, complete: bool) -> Iterator[Any]:
        if not isinstance(item, dict):
            yield Skipped()
            return
        kind = item.get("type")
        if kind == "function_call":
            call = self._call(where)
            for field, name in (("id", "call_id"), ("name", "name")):
                if isinstance(item.get(name), str):
                    call[field] = item[name]
            self._arguments(where, item.get("arguments"))
        elif complete and kind == "message":
            content = item.get("content")
            for index, part in enumerate(content if isinstance(content, list) else ()):
                if isinstance(part, dict):
                    yield from self._once((where, index), part.get("text") or part.get("refusal"))
        elif complete and kind == "reasoning" and ("thought", *_key(where, None)) not in self._came:
            self._came.add(("thought", *_key(where, None)))
            parts = [*_parts(item.get("summary")), *_parts(item.get("content"))]
            if parts:
                yield Reasoning("\n\n".join(parts))

    def _end(self, response: dict[str, Any], kind: str = "") -> Iterator[Any]:
        output = response.get("output")
        for index, item in enumerate(output if isinstance(output, list) else ()):
            yield from self._item(item, index, True)
        counts = counts_of(response.get("usage"))
        if counts:
            yield Usage(counts)
        status = response.get("status")
        status = status if isinstance(status, str) and status else kind
        error = response.get("error")
        if error or status in ("failed", "cancelled"):
            raise fault_from_error(error or {"code": "server_error"}, self._secrets)
        if status in ("in_progress", "queued"):
            return
        self.done = self.finished = True
        details = response.get("incomplete_details")
        reason = details.get("reason") if isinstance(details, dict) else None
        if isinstance(reason, str) and reason:
            yield FinishReason(_REASONS.get(reason, reason))
        else:
            yield FinishReason(
                "tool_calls" if self._calls else "length" if status == "incomplete" else "stop"
            )


def _key(output: Any, content: Any) -> tuple[Any, Any]:
    """Where a text stands, of numbers only; missing ones count as the first."""
    return (output if isinstance(output, int) else 0, content if isinstance(content, int) else 0)


def _parts(parts: Any) -> list[str]:
    texts = [part.get("text") for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    return [text for text in texts if isinstance(text, str) and text]
