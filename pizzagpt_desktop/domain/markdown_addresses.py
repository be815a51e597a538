"""Very long addresses in a paragraph, set aside while its markup is read; knows no block and no verdict.

A picture of a megabyte may stand in a text as one address. Nothing in its letters and digits means anything, yet the
parser looks at every one of them several times. So a short name takes their place, and they take its place afterwards.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.token import Token

_LONG = re.compile(r"[A-Za-z0-9+/=]{1000,}")
_BEFORE = re.compile(r"\]\(<?[^\s()<>\\]*\Z")
_REACH = 300
"""Characters before the long part of an address: its scheme, its host, the kind of its data."""

Aside = dict[str, str]
"""What stands for what."""


def set_aside(content: str) -> tuple[str, Aside]:
    """`content` with names for the long parts of the addresses in it, and what each name stands for."""
    aside: Aside = {}
    parts: list[str] = []
    at = 0
    prefix = "long"
    for match in _LONG.finditer(content):
        start, end = match.span()
        if content[end : end + 1] not in (")", ">", " ", "\n") or not _BEFORE.search(
            content, max(0, start - _REACH), start
        ):
            continue
        while not aside and prefix in content:
            prefix += "g"
        name = f"{prefix}{len(aside)}x"
        aside[name] = match.group()
        parts += content[at:start], name
        at = end
    return ("".join((*parts, content[at:])), aside) if aside else (content, aside)


def put_back(tokens: "list[Token]", aside: Aside) -> None:
    """Give `tokens` the long parts again, wherever their names came to stand."""
    for token in tokens:
        token.content = _whole(token.content, aside)
        for name, value in token.attrs.items():
            if isinstance(value, str):
                token.attrs[name] = _whole(value, aside)
        if token.children:
            put_back(token.children, aside)


def _whole(text: str, aside: Aside) -> str:
    for name, part in aside.items():
        if name in text:
            text = text.replace(name, part)
    return text
