"""How much a model in an Ollama is given to look at, which may be far less than it was made for.

Source: Ollama's API document: /api/ps tells it of what is loaded, /api/show what a model's file sets. Keeps nothing.
"""

import re
from collections.abc import Mapping
from typing import Any

from pizzagpt_desktop.network.tls import Terms
from pizzagpt_desktop.providers.ollama import context_length, loaded_entries, show_model

_SET = re.compile(r"^num_ctx\s+(\d{1,9})\s*$", re.M)


async def context_given(
    model: str,
    *,
    base_url: str = "",
    api_key: str | None = None,
    proxy: str | None = None,
    terms: Terms | None = None,
) -> int | None:
    """The tokens that Ollama gives `model`; None before it is loaded where nothing sets it. Raises Fault.

    An Ollama too old to tell is believed to give all that the model was made for.
    """
    way: dict[str, Any] = {"base_url": base_url, "api_key": api_key, "proxy": proxy, "terms": terms}
    loaded = next((entry for entry in await loaded_entries(**way) if _is(entry, model)), None)
    if loaded is not None and (length := _whole(loaded.get("context_length"))):
        return length
    facts = await show_model(model, **way)
    parameters = facts.get("parameters")
    found = _SET.search(parameters) if isinstance(parameters, str) else None
    if found:
        return int(found[1])
    return context_length(facts) if loaded is not None else None


def _is(entry: Mapping[str, Any], model: str) -> bool:
    return model in (name := str(entry.get("model") or entry.get("name")), name.removesuffix(":latest"))


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
