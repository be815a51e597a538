"""What all providers of a dialect have alike: what the user adds to a request, and the one place it is sent from."""

import json
from typing import Any

import pytest

from pizzagpt_desktop.providers.anthropic import Anthropic
from pizzagpt_desktop.providers.http_provider import HttpProvider, joined
from pizzagpt_desktop.providers.ollama import Ollama
from pizzagpt_desktop.providers.openai_compatible import OpenAICompatible
from pizzagpt_desktop.providers.responses import Responses
from tests.helpers.loopback import Loopback, Reply, pieces_of

HI = [{"role": "user", "content": "Hi"}]
DIALECTS = [OpenAICompatible, Responses, Anthropic, Ollama]


@pytest.mark.parametrize("provider", DIALECTS)
async def test_what_the_user_adds_goes_before_what_is_usual(provider: type[HttpProvider]) -> None:
    more: dict[str, Any] = {
        "extra_headers": {"HTTP-Referer": "https://me.example", "accept": "text/event-stream;q=1"},
        "extra_body": {"model": "other", "provider": {"sort": "price"}},
    }
    async with Loopback(Reply(body=b"no reply")) as server:
        with pytest.raises(Exception):  # noqa: B017  (what comes back is nothing here)
            await pieces_of(
                provider.create_async_generator("m", HI, base_url=server.url, api_key="k-1234", **more)
            )
        with pytest.raises(Exception):  # noqa: B017
            await provider.list_models(base_url=server.url, extra_headers={"X-Team": "7"})
    request, listing = server.requests
    body = json.loads(request.body)
    assert (body["model"], body["provider"]) == ("other", {"sort": "price"})
    assert request.header("http-referer") == "https://me.example"
    assert [value for name, value in request.headers if name == "accept"] == ["text/event-stream;q=1"]
    assert "k-1234" in str(request.headers)
    assert listing.header("x-team") == "7"


def test_headers_are_joined_in_any_case() -> None:
    assert joined({"Accept": "a", "X-Key": "1"}, {"x-key": "2"}) == {"Accept": "a", "x-key": "2"}
