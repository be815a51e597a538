"""A model's name, with the length of its context where the service tells it; asks no service."""

from collections.abc import Mapping
from typing import Any

_FIELDS = (
    "loaded_context_length",  # LM Studio: of a model that is loaded, which may be less than it could
    "context_length",  # OpenRouter, Together, Fireworks
    "context_window",  # Groq
    "max_context_length",  # Mistral, LM Studio
    "max_model_len",  # vLLM
    "max_input_tokens",  # LiteLLM, GitHub Models
)
_INNER = ("meta", "limits", "model_info")
_INNER_FIELDS = ("n_ctx", "n_ctx_train", *_FIELDS)  # llama.cpp has the first two, in "meta"
_MOST = 10**9


class ModelName(str):
    """A name as its service writes it. context: how many tokens it can look at, None where the service does not say."""

    __slots__ = ("context",)
    context: int | None

    def __new__(cls, name: str, context: int | None = None) -> "ModelName":
        made = super().__new__(cls, name)
        made.context = context
        return made


def context_of(entry: Any) -> int | None:
    """The context length in one entry of a list of models, in any of the forms that services use."""
    if not isinstance(entry, Mapping):
        return None
    found = next((length for name in _FIELDS if (length := _length(entry.get(name)))), None)
    if found is not None:
        return found
    for name in _INNER:
        inner = entry.get(name)
        if isinstance(inner, Mapping):
            found = next((length for field in _INNER_FIELDS if (length := _length(inner.get(field)))), None)
            if found is not None:
                return found
    return None


def context_words(name: str) -> str:
    """The context of a model as people read it: "8k context", "1M context"; "" where it is not known."""
    length = getattr(name, "context", None)
    if not length:
        return ""
    for unit, size in (("M", 10**6), ("M", 1024 * 1024), ("k", 1000), ("k", 1024)):
        if length >= size and length % size == 0:
            return f"{length // size}{unit} context"
    if length >= 10**6:
        return f"{length / 10**6:.1f}M context".replace(".0M", "M")
    return f"{length // 1000}k context" if length >= 1000 else f"{length} context"


def _length(value: Any) -> int | None:
    right = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST
    return value if right else None
