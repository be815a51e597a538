"""What services that say they speak OpenAI's dialect do differently, each as its documents show it."""

import json
from typing import Any

import pytest

from pizzagpt_desktop.providers.openai_compatible import address, headers
from tests.helpers.collector import collect
from tests.helpers.loopback import Loopback, Reply

AZURE = "https://res.openai.azure.com/openai"


def event(delta: Any, finish: str | None = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice], **more}).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"
STOP = event({}, "stop") + DONE
FILTERS = b'data: {"choices":[],"prompt_filter_results":[{"prompt_index":0}]}\n\n'
ERROR = {"code": 502, "message": "Provider disconnected"}
THINKING = [
    {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
    {"type": "text", "text": "Hi"},
]


DETAILS = [
    {"type": "reasoning.text", "text": "hm"},
    {"type": "reasoning.summary", "summary": "so"},
    {"type": "reasoning.encrypted", "data": "gAAAA"},
    "x",
]


@pytest.mark.parametrize(
    ("more", "usage"),
    [
        ({"usage": {"prompt_tokens": 1, "prompt_tokens_details": {"cached_tokens": 1}}},
         {"prompt_tokens": 1, "prompt_tokens_details.cached_tokens": 1}),
        ({"x_groq": {"usage": {"prompt_tokens": 2}}}, {"prompt_tokens": 2}),
        ({"timings": {"prompt_n": 3, "predicted_ms": 1.5}}, {"timings.prompt_n": 3}),
        ({"usage": None, "x_groq": {"id": "r"}}, None),
        ({"usage": []}, None),
    ],
    ids=["openai", "groq", "llama.cpp", "none", "junk"],
)  # fmt: skip
@pytest.mark.parametrize("alone", [True, False])
async def test_usage_is_found_beside_the_text_or_alone(
    more: dict[str, Any], usage: Any, alone: bool, source_to: Any
) -> None:
    last = json.dumps({"choices": [], **more}).encode()
    body = (
        event({"content": "Hi"}, "stop", **({} if alone else more))
        + (b"data: " + last + b"\n\n") * alone
        + DONE
    )
    async with Loopback(Reply(body=body)) as server:
        outcome = await collect(source_to(f"{server.url}/v1"))
    assert (outcome.state, outcome.text, outcome.usage, outcome.skipped) == ("complete", "Hi", usage, 0)


@pytest.mark.parametrize(
    ("body", "state", "text", "reasoning"),
    [
        (b": OPENROUTER PROCESSING\n\n" * 3 + event({"content": "Hi"}) + STOP, "complete", "Hi", ""),
        (event({"content": "Hi"}) + event({"content": ""}, "error", error=ERROR) + DONE, "failed", "Hi", ""),
        (event({"reasoning": "hm"}) + event({"content": "Hi"}) + STOP, "complete", "Hi", "hm"),
        (event({"reasoning_content": "hm", "content": None}) + event({"content": "Hi"}) + STOP, "complete", "Hi", "hm"),
        (event({"content": THINKING}) + STOP, "complete", "Hi", "hm"),
        (FILTERS + event({"content": "Hi"}) + STOP, "complete", "Hi", ""),
        (event({"refusal": "No."}) + STOP, "complete", "No.", ""),
        (event({"content": "Hi"}, "stop", x_groq={"usage": {}}), "complete", "Hi", ""),
        (event({"content": "Hi"}) + event({}, x_groq={"id": "r", "error": "over capacity"}), "failed", "Hi", ""),
        (event({"reasoning": None, "reasoning_details": DETAILS}) + event({"content": "Hi"}) + STOP, "complete", "Hi", "hmso"),
        (event({"reasoning": "hm", "reasoning_details": DETAILS}) + event({"content": "Hi"}) + STOP, "complete", "Hi", "hm"),
        (event({"reasoning_details": "no list", "content": "Hi"}) + STOP, "complete", "Hi", ""),
        (event({"reasoning_text": "hm"}) + event({"content": "Hi"}) + STOP, "complete", "Hi", "hm"),
    ],
    ids=["openrouter", "openrouter-error", "reasoning", "deepseek", "mistral", "azure", "refusal", "groq", "groq-error",
         "openrouter-details", "openrouter-both", "details-broken", "copilot"],
)  # fmt: skip
async def test_variation(body: bytes, state: str, text: str, reasoning: str, source_to: Any) -> None:
    async with Loopback(Reply(body=body)) as server:
        outcome = await collect(source_to(f"{server.url}/v1"))
    assert (outcome.state, outcome.text, outcome.reasoning) == (state, text, reasoning), outcome.fault
    assert outcome.skipped == 0


def test_azure_gets_its_paths_and_its_header() -> None:
    assert headers("k-1", f"{AZURE}/v1")["api-key"] == "k-1"
    assert "Authorization" not in headers("k-1", f"{AZURE}/v1")
    assert address(f"{AZURE}/v1", "chat/completions") == f"{AZURE}/v1/chat/completions"
    deployment = f"{AZURE}/deployments/d"
    assert address(deployment, "chat/completions") == f"{deployment}/chat/completions?api-version=2024-10-21"
    assert address(deployment, "models") == f"{AZURE}/models?api-version=2024-10-21"


@pytest.mark.parametrize(
    "root", ["https://res.openai.azure.com.evil.example/openai/deployments/d", "https://a.example"]
)
def test_others_get_the_usual(root: str) -> None:
    assert headers("k-1", root)["Authorization"] == "Bearer k-1"
    assert "api-key" not in headers("k-1", root)
    assert address(root, "models") == f"{root}/models"


@pytest.mark.parametrize(
    "choices", [[{"delta": {}, "finish_reason": "stop", "usage": {"prompt_tokens": 3}}], [7], 7]
)
async def test_counts_in_a_choice(choices: Any, source_to: Any) -> None:
    """Moonshot's are there."""
    body = b"".join(
        b"data: %b\n\n" % json.dumps(value).encode()
        for value in ({"choices": [{"delta": {"content": "a"}}]}, {"choices": choices})
    )
    async with Loopback(Reply(body=body + b"data: [DONE]\n\n")) as server:
        outcome = await collect(source_to(f"{server.url}/v1"))
    assert (outcome.state, outcome.text) == ("complete", "a")
    assert outcome.usage == ({"prompt_tokens": 3} if isinstance(choices, list) and choices != [7] else None)
