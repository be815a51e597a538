"""Messages into one prompt, for services that take only that; sends nothing."""

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
