"""What speaks at an address is told by the answers alone, whatever they hold."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pizzagpt_desktop.domain.detection import (
    Found,
    Seen,
    addresses,
    decide,
    first_questions,
    is_at_home,
    more_questions,
    named,
    site_of,
)

HOME = "http://127.0.0.1:9"
LIST = {"object": "list", "data": [{"id": "m-1", "object": "model"}, {"id": "m-2", "context_length": 8192}]}
REFUSED = {"error": {"message": "You did not provide an API key.", "type": "invalid_request_error"}}
ANTHROPIC_REFUSED = {
    "type": "error",
    "error": {"type": "authentication_error", "message": "x-api-key is needed"},
}
ANTHROPIC_LIST = {
    "data": [{"type": "model", "id": "claude-x", "display_name": "Claude X"}],
    "has_more": False,
}


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("localhost:11434", ["http://localhost:11434", "https://localhost:11434"]),
        (" 127.0.0.1:8080/v1/ ", ["http://127.0.0.1:8080/v1", "https://127.0.0.1:8080/v1"]),
        ("[::1]:1234", ["http://[::1]:1234", "https://[::1]:1234"]),
        ("gpu-box:8000", ["http://gpu-box:8000", "https://gpu-box:8000"]),
        ("llm.local", ["http://llm.local", "https://llm.local"]),
        ("192.168.1.5:5000", ["http://192.168.1.5:5000", "https://192.168.1.5:5000"]),
        ("api.example.com", ["https://api.example.com"]),
        ("http://api.example.com", ["http://api.example.com"]),
        ("https://api.example.com/v1/chat/completions", ["https://api.example.com/v1"]),
        ("https://api.example.com/v1/models?limit=5", ["https://api.example.com/v1"]),
        ("http://localhost:11434/api/chat", ["http://localhost:11434"]),
        ("https://bücher.example/v1", ["https://xn--bcher-kva.example/v1"]),
    ],
)
def test_what_was_typed_becomes_addresses(typed: str, wanted: list[str]) -> None:
    assert addresses(typed) == wanted


@pytest.mark.parametrize(
    "typed", ["", "two words", "ftp://x", "http://", "[::1", "a@b:c@d", "http://x:99999"]
)
def test_what_is_none_is_said_in_words(typed: str) -> None:
    with pytest.raises(ValueError, match=r"[.?]$"):
        addresses(typed)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused(typed: str) -> None:
    try:
        found = addresses(typed)
    except ValueError:
        return
    assert found
    assert all(address.startswith(("http://", "https://")) for address in found)


@pytest.mark.parametrize("host", ["api.example.com", "8.8.8.8", "2001:4860::1", "example.com."])
def test_others_are_not_at_home(host: str) -> None:
    assert not is_at_home(host)


def answered(base: str, **answers: Seen) -> dict[str, Seen]:
    """version, list, v1: the answers to the first questions."""
    site = site_of(base)
    places = {"version": f"{site}/api/version", "list": f"{base}/models", "v1": f"{site}/v1/models"}
    return {places[name]: seen for name, seen in answers.items()}


@pytest.mark.parametrize(
    ("base", "answers", "expected"),
    [
        (HOME, {"version": Seen(200, {}, {"version": "0.6.2"})}, ("ollama", HOME, "Ollama", False)),
        (f"{HOME}/v1", {"version": Seen(200, {}, {"version": "1"})}, ("ollama", HOME, "Ollama", False)),
        (HOME, {"list": Seen(404), "v1": Seen(200, {}, LIST)}, ("openai", f"{HOME}/v1", "127.0.0.1:9", False)),
        (f"{HOME}/v1", {"list": Seen(200, {}, LIST)}, ("openai", f"{HOME}/v1", "127.0.0.1:9", False)),
        (HOME, {"list": Seen(200, {}, LIST), "v1": Seen(404)}, ("openai", HOME, "127.0.0.1:9", False)),
        (
            HOME,
            {"v1": Seen(200, {"server": "llama.cpp"}, LIST)},
            ("openai", f"{HOME}/v1", "llama.cpp", False),
        ),
        (
            HOME,
            {
                "version": Seen(200, {"server": "llama.cpp"}, {"version": "b6000"}),
                "v1": Seen(200, {"server": "llama.cpp"}, LIST),
            },
            ("openai", f"{HOME}/v1", "llama.cpp", False),
        ),
        (
            HOME,
            {"v1": Seen(200, {}, {"data": [{"id": "q", "owned_by": "vllm"}]})},
            ("openai", f"{HOME}/v1", "vLLM", False),
        ),
        (HOME, {"v1": Seen(401, {}, REFUSED)}, ("openai", f"{HOME}/v1", "127.0.0.1:9", True)),
        (
            HOME,
            {"v1": Seen(401, {"www-authenticate": "Bearer"}, None)},
            ("openai", f"{HOME}/v1", "127.0.0.1:9", True),
        ),
        (HOME, {"list": Seen(401, {}, REFUSED), "v1": Seen(200, {}, LIST)}, ("openai", f"{HOME}/v1", "127.0.0.1:9", False)),
        (HOME, {"v1": Seen(401, {}, ANTHROPIC_REFUSED)}, ("anthropic", f"{HOME}/v1", "127.0.0.1:9", True)),
        (HOME, {"v1": Seen(200, {}, ANTHROPIC_LIST)}, ("anthropic", f"{HOME}/v1", "127.0.0.1:9", False)),
        (
            HOME,
            {"v1": Seen(401, {"anthropic-organization-id": "x"}, None)},
            ("anthropic", f"{HOME}/v1", "127.0.0.1:9", True),
        ),
        (
            "http://127.0.0.1:1234",
            {"version": Seen(200, {}, {"error": "Unexpected endpoint"}), "v1": Seen(200, {}, LIST)},
            ("openai", "http://127.0.0.1:1234/v1", "LM Studio", False),
        ),
        (HOME, {"list": Seen(404), "v1": Seen(404, {}, {"detail": "Not Found"})}, None),
        (HOME, {"list": Seen(200, {}, "Welcome to nginx"), "v1": Seen(200, {}, {"data": "x"})}, None),
        (HOME, {"v1": Seen(401, {"www-authenticate": "Basic realm=x"}, None)}, None),
        (HOME, {"v1": Seen(200, {}, [{"no": "name"}])}, None),
        (HOME, {"version": Seen(200, {}, {"version": 5})}, None),
        (HOME, {}, None),
    ],
)  # fmt: skip
def test_which_service(base: str, answers: dict[str, Seen], expected: tuple[Any, ...] | None) -> None:
    found = decide(base, answered(base, **answers))
    if expected is None:
        assert found is None
        return
    assert found is not None
    assert (found.provider, found.base_url, found.name, found.needs_key) == expected


def test_models_come_with_their_context() -> None:
    found = decide(HOME, answered(HOME, v1=Seen(200, {}, LIST)))
    assert found is not None
    assert found.models == ("m-1", "m-2")
    assert [model.context for model in found.models] == [None, 8192]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "value", "name"),
    [
        ("/props", {"default_generation_settings": {}}, "llama.cpp"),
        ("/api/v0/models", {"data": []}, "LM Studio"),
        ("/v1/internal/model/info", {"model_name": "None"}, "text-generation-webui"),
        ("/version", {"version": "0.11"}, "vLLM"),
        ("/version", {"version": 5}, "127.0.0.1:9"),
        ("/props", "a page", "127.0.0.1:9"),
    ],
)
def test_servers_of_this_computer_are_called_by_name(path: str, value: Any, name: str) -> None:
    found = Found(provider="openai", base_url=f"{HOME}/v1", name="127.0.0.1:9", models=("m",))
    assert any(question.endswith(path) for question in more_questions(found))
    told = named(found, {f"{HOME}{path}": Seen(200, {}, value)})
    assert told.name == name
    assert (told.base_url, told.models) == (found.base_url, found.models)


def test_strangers_are_not_asked_for_their_name() -> None:
    assert more_questions(Found(provider="openai", base_url="https://api.example.com/v1", name="x")) == []
    assert len(first_questions("https://api.example.com/v1")) == 2
    assert len(first_questions("https://api.example.com")) == 3


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["data", "models", "id", "name", "error", "message", "type", "version", "owned_by", "meta"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from([200, 401, 404, 500]), json_values, json_values)
@example(200, None, ["\x1b"])
def test_whatever_is_answered(status: int, one: Any, other: Any) -> None:
    seen = answered(HOME, version=Seen(status, {}, one), v1=Seen(status, {}, other), list=Seen(200, {}, one))
    found = decide(HOME, seen)
    if found is not None:
        assert all(isinstance(model, str) and model for model in found.models)
        named(found, {f"{HOME}/props": Seen(200, {}, other), f"{HOME}/version": Seen(200, {}, one)})
