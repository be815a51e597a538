"""Every case of the corpus in Ollama's dialect, over a real connection: what becomes of the reply."""

import hashlib
from typing import Any

import pytest

from tests.helpers.collector import check_error, collect
from tests.helpers.corpus import CORPUS, cases
from tests.helpers.loopback import Loopback, Reply, cut

CASES = cases("ndjson")


def test_there_are_cases() -> None:
    assert len(CASES) == 16


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("cutting", ["whole", "size:1", "size:7", "random:5"])
async def test_case(case: dict[str, Any], cutting: str, source_to: Any) -> None:
    body = (CORPUS / "ndjson" / f"{case['id']}.bin").read_bytes()
    if cutting in ("size:1", "size:7") and len(body) > 20_000:
        cutting = "size:997"
    http, expect = case["http"], case["expect"]
    for pieces in cut(body, cutting):
        end = "close" if http["status"] == 200 else "length"
        async with Loopback(Reply(http["status"], http["content_type"], {}, body, pieces, end)) as server:
            outcome = await collect(source_to(server.url, "ollama", key=None))
        assert outcome.state == expect["state"], outcome.fault
        if expect["text"] is None:
            assert len(outcome.text) == expect["text_len"]
            assert hashlib.sha256(outcome.text.encode()).hexdigest() == expect["text_sha256"]
        else:
            assert outcome.text == expect["text"]
        assert outcome.finish == expect["finish"]
        assert outcome.reasoning == expect["reasoning"]
        calls = [{"name": call["name"], "arguments": call["arguments"]} for call in outcome.tool_calls]
        assert calls == expect["tool_calls"]
        assert outcome.skipped == expect["skipped_lines"]
        assert (outcome.skipped > 0) == expect["damaged"]
        check_error(outcome, expect["error"])
        assert len(server.requests) == 1
