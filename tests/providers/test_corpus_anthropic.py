"""Every case of the corpus in Anthropic's dialect, over a real connection: what becomes of the reply."""

from typing import Any

import pytest

from tests.helpers.collector import collect
from tests.helpers.corpus import cases
from tests.helpers.loopback import Loopback, Reply, cut
from tests.providers.test_corpus_openai import body_of, check

CASES = cases("sse", "anthropic")


def test_there_are_cases() -> None:
    assert len(CASES) == 13


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("cutting", ["whole", "size:1", "size:7", "random:5"])
async def test_case(case: dict[str, Any], cutting: str, source_to: Any) -> None:
    http = case["http"]
    for pieces in cut(body_of(case), cutting):
        reply = Reply(http["status"], http["content_type"], http["headers"], b"", pieces)
        async with Loopback(reply) as server:
            outcome = await collect(source_to(f"{server.url}/v1", "anthropic"))
        check(outcome, case["expect"])
        assert len(server.requests) == 1
