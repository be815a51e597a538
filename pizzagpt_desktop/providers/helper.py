"""Messages into one prompt, for services that take only that, and into the body of a request; sends nothing."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from pizzagpt_desktop.typing import Messages


def content_text(content: Any) -> str:
    """The text of a message's content: text parts joined as they are, pictures left out, "" for none."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(map(_part_text, content))
    return ""


def _part_text(part: Any) -> str:
    if isinstance(part, dict):
        part = part.get("text")
    return part if isinstance(part, str) else ""


def format_prompt(messages: Messages, add_special_tokens: bool = False) -> str:
    """One prompt from a conversation.

    A message alone is its bare content, unless `add_special_tokens`. Several become `Role: content` blocks and an
    `Assistant:` to go on from; messages without words are left out. Raises ValueError for an empty list.
    """
    if not messages:
        raise ValueError("There is no message to send.")
    if len(messages) == 1 and not add_special_tokens:
        return content_text(messages[0].get("content"))
    blocks = []
    for message in messages:
        text = content_text(message.get("content"))
        if text.strip():
            blocks.append(f"{str(message.get('role', 'user')).capitalize()}: {text}")
    return "\n".join(blocks) + "\nAssistant:"


AT_ONCE = 500
"""So many messages are written as JSON in one turn of the loop; a few milliseconds for most."""


async def json_body(body: Mapping[str, Any]) -> bytes:
    """`body` as JSON. A long list in it is written a part in a turn: a whole conversation would hold the loop."""
    members: list[str] = []
    for name, value in body.items():
        if isinstance(value, list) and len(value) > AT_ONCE:
            parts: list[str] = []
            for start in range(0, len(value), AT_ONCE):
                parts.append(json.dumps(value[start : start + AT_ONCE])[1:-1])
                await asyncio.sleep(0)
            members.append(f"{json.dumps(name)}: [{', '.join(parts)}]")
        else:
            members.append(f"{json.dumps(name)}: {json.dumps(value)}")
    return f"{{{', '.join(members)}}}".encode()
