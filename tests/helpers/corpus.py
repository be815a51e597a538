"""The corpus of hostile inputs, as parameters for tests; reads tests/corpus only."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CORPUS = Path(__file__).parents[1] / "corpus"
KEY = "sk-test-CANARY0123456789abcdef"
"""The key that hostile answers repeat."""


def large(name: str) -> Iterator[bytes]:
    """The body of a recipe of corpus/large, piece by piece."""
    for step in json.loads((CORPUS / "large" / f"{name}.json").read_text("utf-8"))["recipe"]:
        unit = step["text"].encode() if "text" in step else bytes.fromhex(step["hex"])
        block = max(1, 65536 // len(unit))
        left = step["times"]
        while left > 0:
            yield unit * min(left, block)
            left -= block


def cases(folder: str, *dialects: str) -> list[Any]:
    """The cases of a folder, of these dialects or all."""
    found = []
    for path in sorted((CORPUS / folder).glob("*.json")):
        case = json.loads(path.read_text("utf-8"))
        if not dialects or case["dialect"] in dialects:
            found.append(pytest.param(case, id=case["id"]))
    assert found
    return found
