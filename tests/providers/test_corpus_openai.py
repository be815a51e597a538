"""Every case of the corpus in OpenAI's dialect, over a real connection: what becomes of the reply."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.collector import Outcome, check_error, collect
from tests.helpers.corpus import CORPUS, cases
from tests.helpers.loopback import Loopback, Reply, cut


def check(outcome: Outcome, expect: dict[str, Any]) -> None:
    """Everything a case expects of the reply."""
    assert outcome.state == expect["state"], (outcome.state, outcome.fault)
    if expect["text"] is not None:
        assert outcome.text == expect["text"]
    else:
        assert len(outcome.text) == expect["text_len"]
        assert hashlib.sha256(outcome.text.encode()).hexdigest() == expect["text_sha256"]
    assert outcome.finish == expect["finish"]
    assert outcome.reasoning == expect["reasoning"]
    assert outcome.tool_calls == expect["tool_calls"]
    assert outcome.usage == expect["usage"]
    if expect["deltas"] is not None:
        assert outcome.deltas == expect["deltas"]
    if "deltas_count" in expect:
        assert len(outcome.deltas) == expect["deltas_count"]
    assert outcome.skipped == expect["skipped_events"]
    assert (outcome.skipped > 0) == expect["damaged"]
    check_error(outcome, expect["error"])
    if "retry_after_s" in expect and outcome.fault is not None:
        assert outcome.fault.retry_after_s == expect["retry_after_s"]


def body_of(case: dict[str, Any]) -> bytes:
    return Path(CORPUS / "sse" / f"{case['id']}.bin").read_bytes()


@pytest.mark.parametrize("case", cases("sse", "openai"))
@pytest.mark.parametrize("cutting", ["whole", "size:1", "size:7", "random:3"])
async def test_case(case: dict[str, Any], cutting: str, source_to: Any) -> None:
    body = body_of(case)
    if cutting == "size:1" and len(body) > 20_000:
        cutting = "size:997"
    http = case["http"]
    for pieces in cut(body, cutting):
        end = "close" if http["status"] == 200 else "length"
        reply = Reply(http["status"], http["content_type"], http["headers"], body, pieces, end)
        if http["status"] == 204:
            reply.end = "close"
        async with Loopback(reply) as server:
            outcome = await collect(source_to(f"{server.url}/v1"))
        check(outcome, case["expect"])
        assert len(server.requests) == 1
