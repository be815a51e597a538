"""Events of the OpenAI chat dialect into chunks; reads no socket, so any framing can feed it.

Written from OpenAI's API reference ("Chat completion chunk object") and the corpus, rules R2 to R15.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from pizzagpt_desktop.domain.chunks import FinishReason, Heard, Reasoning, Skipped, Unfinished, Usage
from pizzagpt_desktop.domain.own_words import HAD_A_FAULT
from pizzagpt_desktop.network.decode import Event
from pizzagpt_desktop.providers.answers import counts_of, error_in, fault_from_error, read_json
from pizzagpt_desktop.providers.tool_calls import ToolCalls

DONE = "[DONE]"
_FIRST = (0, None)


class OpenAIEvents:
    """Reads one reply. `done`: an end sign ended it (rule R3). `finished`: the model said why it ended."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.done = False
        self.finished = False
        self._secrets = tuple(secrets)
        self._finish: str | None = None
        self._why: dict[str, Any] | None = None
        self._tools = ToolCalls()

    def read(self, event: Event) -> Iterable[Any]:
        """The chunks of one event; raises Fault for an error in the stream."""
        data = event.data
        if self.done or not data or data.isspace():
            if event.event == "error" and not self.done:
                raise fault_from_error("", self._secrets)
            return ()
        try:
            value = read_json(data)
        except ValueError:
            return self._broken(event)
        text = _only_text(value) if event.event == "message" else ""
        return (text,) if text else self._value(value, event.event)

    def whole(self, value: Any) -> Iterator[Any]:
        """The chunks of a whole reply that came in place of a stream (rule R14); `value` is its JSON."""
        yield from self._value(value, "message")

    def is_reply(self, value: Any) -> bool:
        """Whether a JSON body has the form of a reply."""
        return isinstance(value, dict) and isinstance(value.get("choices"), list)

    def close(self) -> Iterator[Any]:
        """What is left when nothing more comes: tool calls, and `Unfinished` where no end sign was seen."""
        yield from self._tools.drain()
        if not (self.done or self.finished):
            yield Unfinished()

    def _broken(self, event: Event) -> Iterator[Any]:
        data = event.data.strip()
        if data == DONE:
            self.done = True
        elif event.event == "error":
            raise fault_from_error(data, self._secrets)
        elif "\n" in data:
            yield from self._lines(data, event.event)
        elif event.event == "message":
            yield Skipped()

    def _lines(self, data: str, name: str) -> Iterator[Any]:
        """Rule R13: each line alone; if none is an object or an end sign, it was one broken event."""
        good: list[Any] = []
        bad = 0
        for line in data.split("\n"):
            line = line.strip()
            if line == DONE:
                good.append(DONE)
            elif line:
                try:
                    value = read_json(line)
                except ValueError:
                    value = None
                if isinstance(value, dict):
                    good.append(value)
                else:
                    bad += 1
        if not good:
            yield Skipped()
            return
        if bad:
            yield Skipped(bad)
        for value in good:
            if value is DONE:
                self.done = True
                return
            yield from self._value(value, name)

    def _value(self, value: Any, name: str) -> Iterator[Any]:
        if not isinstance(value, dict):
            self._raise_error(value, name)
            yield Skipped()
            return
        choices = value.get("choices")
        if choices:
            yield from self._choices(choices)
        counts = _counts(value)
        if counts:
            yield Usage(counts)
        self._raise_error(value, name)

    def _raise_error(self, value: Any, name: str) -> None:
        """Raise what of an event is an error: its own, Groq's, or its choice's, whatever says most."""
        error = error_in(value, name)
        if isinstance(value, dict):
            groq = value.get("x_groq")
            if error is None and isinstance(groq, dict) and groq.get("error"):
                error = {"error": groq["error"]}
            if "choices" in value and error is value and not value.get("error") and name != "error":
                error = value if value.get("object") == "error" else None
            error = self._why if error is None else error
        if error is not None or name == "error":
            raise fault_from_error(error, self._secrets)

    def _choices(self, choices: Any) -> Iterator[Any]:
        if not isinstance(choices, list):
            yield Skipped()
            return
        for choice in choices:
            if not isinstance(choice, dict):
                yield Skipped()
                return
            if choice.get("index") in (None, 0):  # rule R6
                yield from self._choice(choice)
                return

    def _choice(self, choice: dict[str, Any]) -> Iterator[Any]:
        delta = choice.get("delta")
        if delta is None:
            delta = choice.get("message")
        if isinstance(delta, dict):
            yield from self._delta(delta)
        elif delta is not None:
            yield Skipped()
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason:
            self.finished = True
            if reason != self._finish:
                self._finish = reason
                yield FinishReason(reason)
        error = choice.get("error")
        if isinstance(error, dict):
            self._why = error
        elif reason == "error":
            self._why = {"message": HAD_A_FAULT}

    def _delta(self, delta: dict[str, Any]) -> Iterator[Any]:
        reasoning = _reasoning(delta)
        if reasoning:
            yield Reasoning(reasoning)
        content = delta.get("content")
        if content.__class__ is str:
            if content:
                yield content
        elif isinstance(content, list):
            thought = "".join(_thought(part) for part in content)
            if thought:
                yield Reasoning(thought)
            text = "".join(_part(part) for part in content)
            if text:
                yield text
        elif content is not None:
            yield Skipped()
        refusal = delta.get("refusal")
        if refusal and isinstance(refusal, str):
            yield refusal
        calls = delta.get("tool_calls")
        calls = calls if isinstance(calls, list) else []
        call = delta.get("function_call")
        if isinstance(call, dict):
            calls = [*calls, {"index": -1, "function": call}]
        for place, call in enumerate(calls):
            if isinstance(call, dict):
                self._tool(call, place)
                yield Heard()

    def _tool(self, fragment: dict[str, Any], place: int) -> None:
        """Put a fragment of a tool call to the others of its index, or of its place in the event where it has none.

        Without index a new id or name begins a call. Gemini gives all calls of a reply the same index: there a new
        id with a name begins one too.
        """
        function = fragment.get("function")
        function = function if isinstance(function, dict) else {}
        ident, name = fragment.get("id"), function.get("name")
        key = fragment.get("index")
        if isinstance(key, int):
            call = self._tools.of(key)
            if call is not None and ident and name and call.id not in (None, ident):
                call = None
        else:
            key = ("at", place)
            call = self._tools.of(key) or self._tools.last
            if call is not None and (ident or name) and not (ident and call.id == ident):
                call = None
        if call is None:
            call = self._tools.begin(key)
        if isinstance(ident, str) and ident:
            call.id = ident
        self._tools.name(call, name)
        arguments = function.get("arguments")
        if isinstance(arguments, dict):
            self._tools.replace(call, arguments)
        else:
            self._tools.add(call, arguments)


def _counts(value: dict[str, Any]) -> dict[str, int]:
    """The counts of an event. Groq's may stand in its own field, Moonshot's in a choice, llama.cpp's beside its times."""
    usage = value.get("usage")
    if not usage and isinstance(groq := value.get("x_groq"), dict):
        usage = groq.get("usage")
    choices = value.get("choices")
    if not usage and choices and isinstance(choices, list) and isinstance(choices[0], dict):
        usage = choices[0].get("usage")
    timings = value.get("timings")
    if not usage and timings:
        usage = {"timings": timings}
    return counts_of(usage) if usage else {}


def _reasoning(delta: dict[str, Any]) -> str:
    """A piece of reasoning, by the name that DeepSeek, OpenRouter or GitHub's gateway has for it."""
    for name in ("reasoning_content", "reasoning", "reasoning_text"):
        text = delta.get(name)
        if text and isinstance(text, str):
            return text
    details = delta.get("reasoning_details")
    if not isinstance(details, list):
        return ""
    texts = [part.get("text") or part.get("summary") for part in details if isinstance(part, dict)]
    return "".join(text for text in texts if isinstance(text, str))


def _only_text(value: Any) -> str:
    """The text of an event that holds nothing else, as nearly all do; "" for every other. A short cut, no rule."""
    try:
        (choice,) = value["choices"]
        delta = choice["delta"]
        content = delta["content"]
        plain = (
            content.__class__ is str
            and (len(delta) == 1 or (len(delta) == 2 and "role" in delta))
            and choice.get("index") in _FIRST
            and choice.get("finish_reason") is None
            and value.get("usage") is None
            and "error" not in choice
            and "error" not in value
            and "x_groq" not in value
            and value.get("object") != "error"
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return ""
    return content if plain else ""


def _part(part: Any) -> str:
    if isinstance(part, dict):
        part = part.get("text")
    return part if isinstance(part, str) else ""


def _thought(part: Any) -> str:
    """The text of a part of type `thinking`, as Mistral's reasoning models send it."""
    inner = part.get("thinking") if isinstance(part, dict) else None
    if isinstance(inner, list):
        return "".join(map(_part, inner))
    return inner if isinstance(inner, str) else ""
