"""What all providers of a dialect have alike: what the user adds to a request, and the one place it is sent from."""

import json
from typing import Any

import pytest

from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.providers.anthropic import Anthropic
from pizzagpt_desktop.providers.http_provider import HttpProvider, joined
from pizzagpt_desktop.providers.ollama import Ollama
from pizzagpt_desktop.providers.openai_compatible import OpenAICompatible
from pizzagpt_desktop.providers.responses import Responses
from pizzagpt_desktop.ui.strings import fault_words
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


@pytest.mark.parametrize("provider", DIALECTS)
async def test_a_key_that_is_missing_is_asked_for_and_one_that_is_refused_is_called_so(
    provider: type[HttpProvider],
) -> None:
    refusal = Reply(status=401, body=b'{"error": {"message": "Who are you?"}}')
    async with Loopback(refusal) as server:
        for key, title in (
            (None, "The service asks for a key."),
            ("k-1", "The service did not accept the key."),
        ):
            with pytest.raises(Fault) as asked:
                await pieces_of(provider.create_async_generator("m", HI, base_url=server.url, api_key=key))
            with pytest.raises(Fault) as listed:
                await provider.list_models(base_url=server.url, api_key=key)
            for caught in (asked, listed):
                words = fault_words(caught.value)
                assert words.title == title
                assert "in the preferences" in words.hint
                assert ("No key was sent." in words.hint) is (key is None)


async def test_what_cannot_be_a_key_is_not_put_into_a_services_mouth() -> None:
    with pytest.raises(Fault) as caught:
        await pieces_of(
            OpenAICompatible.create_async_generator(
                "m", HI, base_url="http://127.0.0.1:9", api_key="two words"
            )
        )
    assert fault_words(caught.value).title == "Nothing was sent: the key has a space in it. Copy it again."
