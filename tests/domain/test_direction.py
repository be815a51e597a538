"""Where paragraphs, lists and tables begin: at the side of their first letter, whatever stands alone in them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.domain.blocks import Paragraph, Run, Table
from pizzagpt_desktop.domain.direction import direction_of, table_direction
from pizzagpt_desktop.domain.html_writer import html_of
from pizzagpt_desktop.domain.markdown import parse
from pizzagpt_desktop.domain.marks import first_direction, holds_right_to_left


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("שלום world", True),
        ("مرحبا", True),
        ("hello עולם", False),
        ("12. (!) שלום", True),
        ("12 + 5", None),
        ("`pip install` מתקין", True),
        ("`קוד` is code", False),
        ("`only code`", False),
        ("`קוד`", True),
        ("https://a.example הכתובת", True),
        ("[Link](https://a.example) הוא קישור", False),
        ("$x$ הוא נעלם", True),
        ("שלום[^1]\n\n[^1]: Note", True),
        ("# כותרת", True),
        ("> - 1\n> - שתיים", True),
        ("1. one\n2. שתיים", False),
        ("```\nשלום\n```", None),
        ("---", None),
        ("𞤀𞤣𞤤𞤢𞤥", True),
        ("| שם | age |\n|-|-|\n| word | 2 |", True),
        ("| name | גיל |\n|-|-|\n| מילה | 2 |", False),
        ("| `id` | שם |\n|-|-|\n| word | 2 |", True),
        ("| 1 | - |\n|-|-|\n| 2 | מילה |\n| word | 3 |", True),
        ("| | |\n|-|-|\n| `x` | מילה |", True),
        ("| 1 | 2 |\n|-|-|\n| 3 | 4 |", None),
    ],
)
def test_the_first_letter_tells(text: str, wanted: bool | None) -> None:
    assert direction_of(parse(text)[0]) is wanted


@given(st.lists(st.lists(st.text("aא1 (،م", max_size=3), min_size=3, max_size=3), min_size=2, max_size=4))
def test_a_table_begins_where_its_text_would(cells: list[list[str]]) -> None:
    header, *rows = [tuple((Run(text),) for text in line) for line in cells]
    table = Table(header, tuple(rows), ("", "", ""))
    assert table_direction(table) is first_direction("".join(text for line in cells for text in line))
    assert table_direction(Table(header, (), table.align)) is direction_of(
        Paragraph(tuple(run for cell in header for run in cell))
    )


@given(st.text())
def test_text_that_begins_at_the_right_holds_such_letters(text: str) -> None:
    assert holds_right_to_left(text) or first_direction(text) is not True


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain", "<p>plain</p>\n"),
        ("של `f()` שם", '<p dir="rtl">של <code dir="ltr">f()</code> שם</p>\n'),
        ("# כותרת", '<h1 dir="rtl">כותרת</h1>\n'),
        ("- פריט\n- word", '<ul dir="rtl">\n<li>פריט\n</li>\n<li dir="ltr">word\n</li>\n</ul>\n'),
        ("> ציטוט\n>\n> ```\n> x\n> ```", '<blockquote dir="rtl">\n<p>ציטוט</p>\n<pre dir="ltr"><code>x\n</code></pre>\n</blockquote>\n'),
        ("> quote\n>\n> ציטוט", '<blockquote>\n<p>quote</p>\n<p dir="rtl">ציטוט</p>\n</blockquote>\n'),
        ("| א | b |\n|-|:-|\n| word | 2 |", '<table dir="rtl">\n<thead>\n<tr><th>א</th><th align="left" dir="ltr">b</th></tr>\n</thead>\n<tbody>\n<tr><td align="right" dir="ltr">word</td><td align="left">2</td></tr>\n</tbody>\n</table>\n'),
        ("| a |\n|-|\n| מילה |", '<table>\n<thead>\n<tr><th>a</th></tr>\n</thead>\n<tbody>\n<tr><td align="left" dir="rtl">מילה</td></tr>\n</tbody>\n</table>\n'),
    ],
)  # fmt: skip
def test_html_says_which_way_it_runs(text: str, html: str) -> None:
    written = html_of(parse(text), lambda source, display: None)
    assert re.sub(r' (border|cellspacing|cellpadding|style)="[^"]*"', "", written) == html
