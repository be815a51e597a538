"""Every case of the corpus for Pizzagpt, over a real connection."""

import base64
from typing import Any

import pytest

from tests.helpers.collector import check_error, collect
from tests.helpers.corpus import cases
from tests.helpers.loopback import Loopback, Reply, cut, gzip_zeros


def reply_of(case: dict[str, Any]) -> Reply:
    answer = case["response"]
    headers = dict(answer["headers"])
    transport = headers.pop("x-test-transport", "")
    content_type = headers.pop("Content-Type", None)
    body = base64.b64decode(answer["b64"]) if "b64" in answer else answer["text"].encode()
    reply = Reply(answer["status"], content_type, headers, body, end="length")
    if transport == "chunked-no-terminator":
        reply.end = "no-terminator"
    elif transport == "gzip-zeros-300MB":
        reply.headers["Content-Encoding"] = "gzip"
        reply.pieces, reply.end = gzip_zeros(300), "close"
    else:
        assert not transport
    return reply


@pytest.mark.parametrize("case", cases("pizzagpt"))
@pytest.mark.parametrize("cutting", ["whole", "size:7"])
async def test_case(case: dict[str, Any], cutting: str, source_to: Any) -> None:
    reply = reply_of(case)
    if reply.pieces is None:
        size = "size:997" if len(reply.body) > 20_000 and cutting != "whole" else cutting
        reply.pieces = next(iter(cut(reply.body, size)))
    async with Loopback(reply) as server:
        outcome = await collect(source_to(server.url, "pizzagpt", key=None))
    expect = case["expect"]
    assert outcome.state == expect["state"], outcome.fault
    if expect["text"] is None:
        assert len(outcome.text) == expect["text_len"]
    else:
        assert outcome.text == expect["text"]
    assert len(outcome.deltas) == (0 if expect["text"] == "" else 1), "one body, so one chunk"
    if expect["state"] == "complete":
        assert outcome.finish == "stop"
    check_error(outcome, expect["error"])
    assert len(server.requests) == 1, "a refusal is never tried again"
