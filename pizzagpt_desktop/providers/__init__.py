"""The providers by the seed's names; one file a protocol.

The names load when they are asked for, so that importing the package costs nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pizzagpt_desktop.providers.base_provider import AsyncGeneratorProvider, ProviderModelMixin
    from pizzagpt_desktop.providers.helper import format_prompt
    from pizzagpt_desktop.providers.openai_compatible import OpenAICompatible
    from pizzagpt_desktop.providers.pizzagpt import Pizzagpt
    from pizzagpt_desktop.typing import AsyncResult, Messages

_HOMES = {
    "AsyncGeneratorProvider": "pizzagpt_desktop.providers.base_provider",
    "ProviderModelMixin": "pizzagpt_desktop.providers.base_provider",
    "format_prompt": "pizzagpt_desktop.providers.helper",
    "OpenAICompatible": "pizzagpt_desktop.providers.openai_compatible",
    "Pizzagpt": "pizzagpt_desktop.providers.pizzagpt",
    "AsyncResult": "pizzagpt_desktop.typing",
    "Messages": "pizzagpt_desktop.typing",
}
__all__ = [
    "AsyncGeneratorProvider",
    "AsyncResult",
    "Messages",
    "OpenAICompatible",
    "Pizzagpt",
    "ProviderModelMixin",
    "format_prompt",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        import importlib

        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
