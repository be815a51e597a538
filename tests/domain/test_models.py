"""The length of a model's context is found in every form in which services tell it."""

import pickle
from typing import Any

import pytest

from pizzagpt_desktop.domain.models import ModelName, context_of, context_words


@pytest.mark.parametrize(
    ("entry", "length"),
    [
        ({"id": "a", "context_length": 131072}, 131072),
        ({"id": "a", "context_window": 8192}, 8192),
        ({"id": "a", "max_context_length": 32768, "loaded_context_length": 4096}, 4096),
        ({"id": "a", "max_model_len": 2048}, 2048),
        ({"id": "a", "max_input_tokens": 200000}, 200000),
        ({"id": "a", "meta": {"n_ctx_train": 40960}}, 40960),
        ({"id": "a", "limits": {"max_input_tokens": 1048576}}, 1048576),
        ({"id": "a", "context_length": 0, "context_window": True, "max_model_len": "5"}, None),
        ({"id": "a", "context_length": -4}, None),
        ({"id": "a", "context_length": 10**30}, None),
        ({"id": "a", "meta": [1]}, None),
        ("a", None),
        (None, None),
    ],
)
def test_context_of(entry: Any, length: int | None) -> None:
    assert context_of(entry) == length


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (None, ""),
        (512, "512 context"),
        (4096, "4k context"),
        (32768, "32k context"),
        (131072, "128k context"),
        (128000, "128k context"),
        (200000, "200k context"),
        (1048576, "1M context"),
        (1000000, "1M context"),
        (1500000, "1500k context"),
        (8191, "8k context"),
    ],
)
def test_words(length: int | None, words: str) -> None:
    assert context_words(ModelName("m", length)) == words
    assert context_words("m") == ""


def test_a_name_is_a_text_like_any_other() -> None:
    name = ModelName("gpt", 5)
    assert name == "gpt"
    assert hash(name) == hash("gpt")
    assert {name: 1}["gpt"] == 1
    assert pickle.loads(pickle.dumps(str(name))) == "gpt"
