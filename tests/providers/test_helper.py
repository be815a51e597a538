"""Conversations into one prompt, by the seed's contract."""

from typing import Any

import pytest

from pizzagpt_desktop.providers import format_prompt


def said(role: str, content: Any) -> dict[str, Any]:
    return {"role": role, "content": content}


@pytest.mark.parametrize(
    ("messages", "prompt"),
    [
        ([said("user", "Hi")], "Hi"),
        ([said("system", " Hi \r\n")], " Hi \r\n"),
        ([said("user", "")], ""),
        ([said("user", None)], ""),
        (
            [
                said(
                    "user",
                    [{"type": "text", "text": "a"}, {"type": "image_url"}, {"type": "text", "text": "b"}],
                )
            ],
            "ab",
        ),
        (
            [
                said("system", "Be brief."),
                said("user", "Hi"),
                said("assistant", "Hello!"),
                said("user", "again"),
            ],
            "System: Be brief.\nUser: Hi\nAssistant: Hello!\nUser: again\nAssistant:",
        ),
        ([said("USER", "a"), said("my bot", " b\r\n")], "User: a\nMy bot:  b\r\n\nAssistant:"),
        (
            [said("user", "a"), said("assistant", None), said("user", " \n"), said("user", "b")],
            "User: a\nUser: b\nAssistant:",
        ),
        ([said("user", [{"text": "a"}, "b"]), said("user", "c")], "User: ab\nUser: c\nAssistant:"),
        ([said("user", 'a <b> & "c"'), said("user", "é你😀")], 'User: a <b> & "c"\nUser: é你😀\nAssistant:'),
    ],
)
def test_format_prompt(messages: list[dict[str, Any]], prompt: str) -> None:
    assert format_prompt(messages) == prompt


def test_one_message_with_special_tokens_is_a_chain() -> None:
    assert format_prompt([said("user", "Hi")], add_special_tokens=True) == "User: Hi\nAssistant:"


def test_an_empty_list_is_refused_with_words() -> None:
    with pytest.raises(ValueError, match="no message"):
        format_prompt([])
