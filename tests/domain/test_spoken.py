"""What is said of a reply to somebody who listens."""

import re

import pytest

from pizzagpt_desktop.domain.blocks import visible_text
from pizzagpt_desktop.domain.markdown import parse
from pizzagpt_desktop.domain.spoken import LONGEST_NAME, spoken_of
from tests.domain.test_markdown import CASES, source


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# Title\n\nSome **words**.", "Heading: Title\nSome words."),
        (
            "```py x\n\ta\n\n```\n\n```\n```\n",
            "Code in py:\n\ta\n\nEnd of the code.\nCode:\nEnd of the code.",
        ),
        ("> one\n>\n> > two", "Quote:\none\nQuote:\ntwo\nEnd of the quote.\nEnd of the quote."),
        ("3. three\n4. four\n   - in\n     1. deep", "3. three\n4. four\n◦ in\n1. deep"),
        ("- a\n\n  more\n-\n- b", "• a\nmore\n•\n• b"),
        ("- ```\n  x\n  ```", "• Code:\nx\nEnd of the code."),
        ("- [x] sent\n- [ ] paid", "Done: sent\nTo do: paid"),
        (
            "| Name | 🍕 |\n|-|-|\n| a | 1 |\n| | 2 |",
            "Table, 2 columns, 2 rows:\nName: a; 🍕: 1\n🍕: 2\nEnd of the table.",
        ),
        ("| | b |\n|-|-|\n| a | |", "Table, 2 columns, 1 row:\na\nEnd of the table."),
        ("| a | b |\n|-|-|", "Table, 2 columns, 0 rows:\na; b\nEnd of the table."),
        (
            "See [the **red** one](https://a.example) and [no](javascript:1).",
            "See the red one (link) and no.",
        ),
        ("[a](https://a.example)[b](https://b.example)", "a (link)b (link)"),
        ("![cat](https://a.example/c.png)", "image cat (a.example)"),
        ("a[^n]\n\n---\n\n[^n]: note", "a[n]\nNote n: note"),
        ("$x^2$", "$x^2$"),
    ],
)
def test_what_the_eye_sees_without_a_word_is_said(text: str, said: str) -> None:
    assert spoken_of(parse(text)) == said


def test_a_long_table_is_told_as_one() -> None:
    table = "|a|b|\n|-|-|\n" + "".join(f"|{i}|x|\n" for i in range(200))
    assert len(parse(table)) > 1
    said = spoken_of(parse(table))
    assert said.startswith("Table, 2 columns, 200 rows:\na: 0; b: x\n")
    assert said.count("End of the table.") == 1


def test_a_name_too_long_to_be_said_with_each_cell_is_said_once() -> None:
    name = "n" * (LONGEST_NAME + 1)
    assert spoken_of(parse(f"| {name} | b |\n|-|-|\n| 1 | 2 |\n| 3 | |")) == (
        f"Table, 2 columns, 2 rows:\n{name}; b\n1; 2\n3\nEnd of the table."
    )


@pytest.mark.parametrize("name", CASES)
def test_all_that_is_seen_of_hostile_text_is_said(name: str) -> None:
    blocks = parse(source(name))
    said = spoken_of(blocks)
    for word in set(re.findall(r"\w+", visible_text(blocks))):
        assert word in said
