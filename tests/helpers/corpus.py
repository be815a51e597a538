"""The corpus of hostile inputs, as parameters for tests; reads tests/corpus only."""

import json
from pathlib import Path
from typing import Any

import pytest

CORPUS = Path(__file__).parents[1] / "corpus"
KEY = "sk-test-CANARY0123456789abcdef"
"""The key that hostile answers repeat."""


def cases(folder: str, *dialects: str) -> list[Any]:
    """The cases of a folder, of these dialects or all."""
    found = []
    for path in sorted((CORPUS / folder).glob("*.json")):
        case = json.loads(path.read_text("utf-8"))
        if not dialects or case["dialect"] in dialects:
            found.append(pytest.param(case, id=case["id"]))
    assert found
    return found
