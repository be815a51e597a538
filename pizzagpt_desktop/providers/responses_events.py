"""Events of OpenAI's Responses dialect into chunks; reads no socket, so any framing can feed it.

Written from OpenAI's API reference ("Responses", "Streaming events") and rules R2 to R15 of the corpus.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from pizzagpt_desktop.domain.chunks import FinishReason, Heard, Reasoning, Skipped, Unfinished, Usage
from pizzagpt_desktop.network.decode import Event
from pizzagpt_desktop.providers.answers import counts_of, error_of_type, fault_from_error, objects_of
from pizzagpt_desktop.providers.tool_calls import Call, ToolCalls

DONE = "[DONE]"
_TEXT = "response.output_text."
_REFUSAL = "response.refusal."
_TEXTS = frozenset({_TEXT, _REFUSAL, "response.content_part."})
"""What adds text; the last is OpenRouter's name for the first."""
_SUMMARY = "response.reasoning_summary_text."
_THOUGHT = "response.reasoning_text."
_PIECES = frozenset(
    {"response.function_call_arguments.", "response.custom_tool_call_input.", "response.mcp_call_arguments."}
)
_RUNS = frozenset(
    {
        "code_interpreter_call",
        "file_search_call",
        "image_generation_call",
        "mcp_call",
        "program",
        "tool_search_call",
        "web_search_call",
    }
)
"""The items that are tools the service itself runs, unless they say that the client is to."""
_ASKS = frozenset(
    {
        "apply_patch_call",
        "computer_call",
        "custom_tool_call",
        "function_call",
        "local_shell_call",
        "mcp_approval_request",
        "shell_call",
    }
)
"""The items that are tools the client is asked for."""
_ARGUMENTS = ("arguments", "input", "action", "operation", "code", "queries")
"""The fields that hold what is asked of a tool, in one kind of item or another."""
_ENDS = frozenset(
    {"response.completed", "response.done", "response.incomplete", "response.failed", "response.cancelled"}
)
_REASONS = {"max_output_tokens": "length", "max_tokens": "length"}


class ResponsesEvents:
    """Reads one reply. `done`: an event that ends a response came (rule R3). `finished`: the same."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.done = False
        self.finished = False
        self._secrets = tuple(secrets)
        self._came: set[tuple[Any, ...]] = set()
        self._calls = ToolCalls()
        self._part: tuple[Any, ...] | None = None
        self._said = False

    def read(self, event: Event) -> Iterator[Any]:
        """The chunks of one event; raises Fault for an error in the stream."""
        data = event.data.strip()
        if self.done or (not data and event.event != "error"):
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
        yield from self._calls.drain()
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
            yield from self._item(value.get("item"), value, kind.endswith("done"))
        elif kind == "response.function_call_arguments.done":
            self._calls.replace(self._call(value), value.get("arguments"))
        elif kind in _ENDS:
            response = value.get("response")
            yield from self._end(response if isinstance(response, dict) else {}, kind.rpartition(".")[2])
        elif name == "error" or not kind.startswith("response."):
            error = error_of_type(value, name)
            if error is not None:
                raise fault_from_error(error, self._secrets)

    def _delta(self, kind: str, value: dict[str, Any]) -> Iterator[Any]:
        delta, where = value.get("delta"), value.get("output_index")
        if kind in _TEXTS:
            if not isinstance(delta, str):
                yield Skipped()
            elif delta:
                self._came.add(_key(where, value.get("content_index")))
                self._said = True
                yield delta
        elif kind in (_SUMMARY, _THOUGHT) and isinstance(delta, str) and delta:
            part = _key(where, value.get("summary_index", value.get("content_index")))
            apart = "\n\n" if self._part not in (None, part) else ""
            self._part = part
            self._came.add(("thought", *_key(where, None)))
            yield Reasoning(apart + delta)
        elif kind in _PIECES:
            self._calls.add(self._call(value), delta)
            yield Heard()
        elif kind.endswith(("_code.", "_diff.", "_command.")):
            yield Heard()

    def _once(self, where: tuple[Any, Any], text: Any) -> Iterator[Any]:
        """A text as a whole, unless its pieces came."""
        key = _key(*where)
        if isinstance(text, str) and text and key not in self._came:
            self._came.add(key)
            yield text

    def _call(self, where: dict[str, Any]) -> Call:
        """The call that an event is about, by its place in the output, or by its id; without both, the last."""
        key = where.get("output_index")
        if not isinstance(key, int):
            key = where.get("item_id")
        if not isinstance(key, int | str):
            return self._calls.last or self._calls.begin()
        return self._calls.of(key) or self._calls.begin(key)

    def _item(self, item: Any, where: dict[str, Any], complete: bool) -> Iterator[Any]:
        if not isinstance(item, dict):
            yield Skipped()
            return
        kind = item.get("type")
        kind = kind if isinstance(kind, str) else ""
        output = where.get("output_index")
        if kind in _ASKS or kind in _RUNS:
            self._tool(item, where if "output_index" in where else {"item_id": item.get("id")})
            yield Heard()
        elif complete and kind == "message":
            content = item.get("content")
            for index, part in enumerate(content if isinstance(content, list) else ()):
                if isinstance(part, dict):
                    yield from self._once((output, index), part.get("text") or part.get("refusal"))
        elif complete and kind == "reasoning" and ("thought", *_key(output, None)) not in self._came:
            self._came.add(("thought", *_key(output, None)))
            parts = [*_parts(item.get("summary")), *_parts(item.get("content"))]
            if parts:
                yield Reasoning("\n\n".join(parts))

    def _tool(self, item: dict[str, Any], where: dict[str, Any]) -> None:
        call = self._call(where)
        ident, name, kind = item.get("call_id") or item.get("id"), item.get("name"), item["type"]
        call.id = ident if isinstance(ident, str) else call.id
        call.name = name if isinstance(name, str) and name else kind.removesuffix("_call")
        place = item.get("environment")
        away = isinstance(place, dict) and place.get("type") != "local"
        call.by_service = away or (kind in _RUNS and item.get("execution") != "client")
        self._calls.replace(call, next((item[key] for key in _ARGUMENTS if item.get(key)), None))

    def _end(self, response: dict[str, Any], kind: str = "") -> Iterator[Any]:
        output = response.get("output")
        came = {"message": self._said, "reasoning": self._part is not None}
        for index, item in enumerate(output if isinstance(output, list) else ()):
            # What came in pieces is repeated here, not always in the place that the pieces were said to have.
            if not (isinstance(item, dict) and came.get(str(item.get("type")))):
                yield from self._item(item, {"output_index": index}, True)
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
                "tool_calls" if self._calls.asked else "length" if status == "incomplete" else "stop"
            )


def _key(output: Any, content: Any) -> tuple[Any, Any]:
    """Where a text stands, of numbers only; missing ones count as the first."""
    return (output if isinstance(output, int) else 0, content if isinstance(content, int) else 0)


def _parts(parts: Any) -> list[str]:
    texts = [part.get("text") for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    return [text for text in texts if isinstance(text, str) and text]
