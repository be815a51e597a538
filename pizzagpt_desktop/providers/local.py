"""A model on this computer, in a file: the engine loads it, and its own server answers in the OpenAI dialect.

The same for a llama.cpp server that the user runs, by its address. Source: llama.cpp, tools/server/README.md. Knows no
window and no settings file.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Mapping
from contextlib import aclosing
from typing import Any, ClassVar

from pizzagpt_desktop.domain.chunks import Usage
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.local import NO_LOCAL, LocalSettings
from pizzagpt_desktop.engine.computer import Computer
from pizzagpt_desktop.engine.engine import Loan
from pizzagpt_desktop.network.http import Limits
from pizzagpt_desktop.network.tls import Terms
from pizzagpt_desktop.providers import openai_compatible
from pizzagpt_desktop.providers.answers import read_json
from pizzagpt_desktop.providers.event_stream import Dialect
from pizzagpt_desktop.providers.http_provider import HttpProvider, asking, json_of, key_headers
from pizzagpt_desktop.providers.openai_events import OpenAIEvents
from pizzagpt_desktop.typing import Messages

PATIENCE = Limits(connect_s=5.0, first_byte_s=600.0, silence_s=600.0)
"""A long prompt is read before the first word comes, and this computer may be slow."""
MINUTE_S = 60.0


class Local(HttpProvider):
    """Models in files on this computer. on_this_computer: its requests leave it only where an address is set."""

    url = "http://localhost"
    label = "On this computer"
    on_this_computer: ClassVar[bool] = True
    parameters: ClassVar[frozenset[str]] = frozenset({"temperature", "top_p", "max_tokens", "seed", "stop"})
    chat_path: ClassVar[str] = "chat/completions"
    retries: ClassVar[int] = 0

    @classmethod
    async def create_async_generator(
        cls,
        model: str,
        messages: Messages,
        proxy: str | None = None,
        *,
        computer: Computer | None = None,
        base_url: str = "",
        api_key: str | None = None,
        limits: Limits | None = None,
        terms: Terms | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """Ask once; see `AsyncGeneratorProvider`. base_url: a llama.cpp server to ask in place of the engine."""
        local = kwargs["local"] = computer.settings() if computer is not None else NO_LOCAL
        ask = super().create_async_generator
        if base_url:
            asked = ask(
                model,
                messages,
                proxy,
                base_url=base_url,
                api_key=api_key,
                limits=limits,
                terms=terms,
                **kwargs,
            )
            async with aclosing(_timed(asked)) as chunks:
                async for chunk in chunks:
                    yield chunk
            return
        if computer is None:
            raise Fault(FaultKind.SETTINGS, "Models on this computer cannot be run here.")
        load = await computer.load_for(model)
        async with computer.engine.lend(load, local.idle_minutes * MINUTE_S) as loan:
            asked = ask(
                model,
                messages,
                base_url=loan.address + "/v1",
                api_key=loan.key,
                limits=limits or PATIENCE,
                **kwargs,
            )
            async with aclosing(_explained(loan, _timed(asked))) as chunks:
                async for chunk in chunks:
                    yield chunk
            yield Usage({"context_size": load.context})

    @classmethod
    def request_body(
        cls, root: str, model: str, messages: Messages, parameters: Mapping[str, Any]
    ) -> dict[str, Any]:
        return request_body(root, model, messages, parameters)

    @classmethod
    def events(cls, secrets: Iterable[str]) -> Dialect:
        return LlamaEvents(secrets)

    @classmethod
    async def list_models(
        cls,
        *,
        computer: Computer | None = None,
        base_url: str = "",
        api_key: str | None = None,
        proxy: str | None = None,
        limits: Limits | None = None,
        terms: Terms | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """The models in files that can be used, or those of the server at `base_url`; raises Fault."""
        if base_url:
            return await super().list_models(
                base_url=base_url, api_key=api_key, proxy=proxy, limits=limits, terms=terms, **kwargs
            )
        if computer is None:
            return []
        return [file.name for file in await asyncio.to_thread(computer.files.all)]

    @classmethod
    async def count_tokens(
        cls,
        messages: Messages,
        model: str,
        computer: Computer,
    ) -> int:
        """How many tokens of the context `messages` take, exactly, by the loaded model's own template; raises Fault.

        Loads the model where it is not loaded.
        """
        local = computer.settings()
        load = await computer.load_for(model)
        async with computer.engine.lend(load, local.idle_minutes * MINUTE_S) as loan:
            templated = await _posted(loan, "/apply-template", {"messages": messages})
            found = await _posted(
                loan, "/tokenize", {"content": templated.get("prompt", ""), "add_special": True}
            )
        tokens = found.get("tokens")
        return len(tokens) if isinstance(tokens, list) else 0


class LlamaEvents(OpenAIEvents):
    """The dialect as llama.cpp's server speaks it: the last event tells how long everything took."""

    def _value(self, value: Any, name: str) -> Iterator[Any]:
        yield from super()._value(value, name)
        timings = value.get("timings") if isinstance(value, dict) else None
        if isinstance(timings, dict):
            counts = {
                ours: round(timings[theirs])
                for theirs, ours in _TIMINGS.items()
                if isinstance(timings.get(theirs), int | float) and 0 <= timings[theirs] < 2**53
            }
            if counts:
                yield Usage(counts)


_TIMINGS = {"prompt_ms": "prompt_ms", "predicted_ms": "answer_ms"}


def request_body(root: str, model: str, messages: Messages, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The dialect's request, and what only this engine knows; raises Fault(SETTINGS) for an answer form that is none."""
    local: LocalSettings = parameters.get("local", NO_LOCAL)
    body = openai_compatible.request_body(root, model, messages, parameters)
    body["stream_options"] = {"include_usage": True}
    for name in ("top_k", "min_p", "repeat_penalty"):
        if getattr(local, name) is not None:
            body[name] = getattr(local, name)
    if local.thinking is not None:
        body["chat_template_kwargs"] = {"enable_thinking": local.thinking}
    return body | answer_form(local.answer_form)


def answer_form(text: str) -> dict[str, Any]:
    """What an answer has to follow, as the server wants it: a JSON schema, or a grammar; raises Fault(SETTINGS)."""
    text = text.strip()
    if not text:
        return {}
    if text.startswith("{"):
        try:
            schema = read_json(text)
        except ValueError:
            raise Fault(
                FaultKind.SETTINGS,
                "The form for answers is no JSON schema.",
                hint="Correct it in the preferences, or leave it empty.",
            ) from None
        return {
            "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
        }
    if "::=" not in text:
        raise Fault(
            FaultKind.SETTINGS,
            "The form for answers is neither a JSON schema nor a grammar.",
            hint="A schema begins with {, a grammar has rules like root ::= …",
        )
    return {"grammar": text}


async def _timed(chunks: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
    """`chunks`, and how long the first of them took."""
    clock = asyncio.get_running_loop().time
    started, first = clock(), True
    async with aclosing(chunks):  # type: ignore[type-var]  # an async generator by its contract
        async for chunk in chunks:
            if first and not isinstance(chunk, Usage):
                first = False
                yield Usage({"first_token_ms": round((clock() - started) * 1000)})
            yield chunk


async def _explained(loan: Loan, chunks: AsyncGenerator[Any, None]) -> AsyncGenerator[Any, None]:
    """`chunks`; where the process ended meanwhile, the fault says that and not how the line broke."""
    async with aclosing(chunks):
        try:
            async for chunk in chunks:
                yield chunk
        except Fault as fault:
            if fault.kind in (FaultKind.NETWORK, FaultKind.TIME_OUT, FaultKind.EMPTY):
                raise await loan.explained(fault) from None
            raise


async def _posted(loan: Loan, path: str, body: dict[str, Any]) -> dict[str, Any]:
    async with asking(
        loan.address + path,
        headers=key_headers(loan.key),
        body=body,
        secrets=(loan.key,),
        proxy=None,
        limits=PATIENCE,
        terms=None,
    ) as answer:
        found = json_of(await answer.body(), (loan.key,))
    return found if isinstance(found, dict) else {}
