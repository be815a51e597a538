"""What one copy puts on the clipboard, from buttons, keys and menus, and what a drag carries away."""

import re
import subprocess
import sys
from dataclasses import replace

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.conversation import Role
from pizzagpt_desktop.domain.copied import HTML_LIMIT, Part
from pizzagpt_desktop.domain.markdown import inspect, parse
from pizzagpt_desktop.domain.markdown_writer import markdown_of
from pizzagpt_desktop.ui.transcript import clipboard as clipboards
from pizzagpt_desktop.ui.transcript.clipboard import Form, copied
from pizzagpt_desktop.ui.transcript.pieces import part_of
from pizzagpt_desktop.ui.transcript.selection import BEYOND, Selection
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.copies import MIXED, TABLE, markdown, on_clipboard, select
from tests.helpers.transcripts import SiblingsOf, Talk, button, reply
from tests.ui.transcript.conftest import message


def test_a_copied_message_is_there_as_markdown_html_and_text(
    view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot
) -> None:
    view.show_path("c", [reply(MIXED)], one_of)
    button(view, "Copy message").click()
    data = on_clipboard()
    assert markdown(data) == MIXED
    assert data.text() == MIXED
    html = data.html()
    assert "<h1>Title</h1>" in html
    assert "<strong>bold <em>both</em></strong>" in html
    assert '<a href="https://good.example/?a=1&amp;b">a link</a>' in html
    assert '<pre><code class="language-py">x = 1\n\n\ty\n</code></pre>' in html
    assert "<msup>" in html
    assert "<td>1</td>" in html
    view.copy_message(0, Form.TEXT)
    assert on_clipboard().formats() == ["text/plain"]
    assert on_clipboard().text().startswith("Title\n\nSome bold both and $a^2$, a link.\n\n1. one\n2. two\n")
    view.copy_message(0, Form.MARKDOWN)
    assert on_clipboard().text() == MIXED
    assert not on_clipboard().hasHtml()


def test_what_an_own_message_says_is_text_and_no_markdown(view: TranscriptView, one_of: SiblingsOf) -> None:
    view.show_path("c", [message("u", Role.USER, "**not** <b>bold</b>\n\n  - x")], one_of)
    view.copy_message(0)
    assert "<strong>" not in on_clipboard().html()
    assert "**not** &lt;b&gt;bold&lt;/b&gt;" in on_clipboard().html()
    assert on_clipboard().text() == "**not** <b>bold</b>\n\n  - x"


def test_a_table_alone_pastes_into_a_spreadsheet(view: TranscriptView, one_of: SiblingsOf) -> None:
    view.show_path("c", [reply("Before.\n\n" + TABLE + "\nAfter.")], one_of)
    select(view, (0, 1, 0), (0, 1, BEYOND))
    view.copy()
    assert on_clipboard().text() == "a\tb\n1\t2\nx | y\tz"
    assert bytes(on_clipboard().data("text/csv").data()) == b"a,b\r\n1,2\r\nx | y,z\r\n"
    assert on_clipboard().html().count("<tr>") == 3
    assert markdown(on_clipboard()).startswith("| a | b |\n| --- | --: |\n| 1 | 2 |")
    view.show_path("d", [reply(TABLE)], one_of)
    view.copy_message(0)
    assert on_clipboard().text() == "a\tb\n1\t2\nx | y\tz"


def test_a_table_with_what_would_run_says_so_to_gnumeric_too(
    view: TranscriptView, one_of: SiblingsOf
) -> None:
    view.show_path("c", [reply(TABLE)], one_of)
    view.copy_message(0)
    assert not on_clipboard().hasFormat(clipboards.GNUMERIC)
    view.show_path("d", [reply("| a |\n|-|\n| =1+1 |", "d")], one_of)
    view.copy_message(0)
    xml = bytes(on_clipboard().data(clipboards.GNUMERIC).data())
    assert b'<gnm:Cell Row="1" Col="0" ValueType="60">=1+1</gnm:Cell>' in xml


def test_some_cells_are_a_smaller_table_and_some_of_one_is_text(
    view: TranscriptView, one_of: SiblingsOf
) -> None:
    view.show_path("c", [reply("| one | two |\n|---|---|\n| **three** | four |\n| five | six |\n")], one_of)
    view.grab()
    inlines = view.rows.row(0).views[0].document.inlines
    places = {inline.run.text: inline.start for inline in inlines}
    select(view, (0, 0, places["three"] + 1), (0, 0, places["five"] + 2))
    view.copy()
    assert on_clipboard().text() == "three\tfour\nfive\tsix"
    select(view, (0, 0, places["three"] + 1), (0, 0, places["three"] + 3))
    view.copy()
    assert markdown(on_clipboard()) == "**hr**"
    select(view, (0, 0, places["one"]), (0, 0, places["two"] + 3))
    view.copy()
    assert markdown(on_clipboard()) == "| one | two |\n| --- | --- |"


@pytest.mark.parametrize(
    ("start", "end", "wanted"),
    [
        ((0, 1, 5), (0, 1, 9), "**bold**"),
        ((0, 1, 7), (0, 1, 12), "**ld _bo_**"),
        ((0, 3, 0), (0, 4, BEYOND), "2. two\n   - inner _item_"),
        ((0, 4, 6), (0, 5, 3), "- _item_\n\n> quo"),
        ((0, 6, 0), (0, 6, BEYOND), "```py\nx = 1\n\n\ty\n```"),
        ((0, 6, 0), (0, 6, 3), "```py\nx =\n```"),
    ],
)
def test_part_of_a_message_is_copied_with_its_structure(
    view: TranscriptView,
    one_of: SiblingsOf,
    start: tuple[int, int, int],
    end: tuple[int, int, int],
    wanted: str,
) -> None:
    view.show_path("c", [reply(MIXED)], one_of)
    select(view, start, end)
    view.copy()
    assert markdown(on_clipboard()) == wanted


def test_a_formula_is_copied_whole_as_latex_and_mathml(view: TranscriptView, one_of: SiblingsOf) -> None:
    view.show_path("c", [reply("Say $\\frac{a}{b}$ now.\n\nMore.")], one_of)
    select(view, (0, 0, 2), (0, 0, 5))
    view.copy()
    assert on_clipboard().text() == "y $\\frac{a}{b}$"
    assert "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>" in on_clipboard().html()


def test_a_formula_in_a_table_alone_is_latex_everywhere(view: TranscriptView, one_of: SiblingsOf) -> None:
    table = "| a |\n|---|\n| $x^2$ |\n"
    view.show_path("c", [reply(f"{table}\nAfter.")], one_of)
    select(view, (0, 0, 0), (0, 0, BEYOND))
    view.copy()
    assert "<td>$x^2$</td>" in on_clipboard().html()
    view.copy_message(0)
    assert (
        "<msup><mi>x</mi><mn>2</mn></msup></mrow></math><span hidden>$x^2$</span></td>"
        in on_clipboard().html()
    )


def test_code_is_copied_to_the_byte(view: TranscriptView, one_of: SiblingsOf) -> None:
    code = "\tif x:\r\n   y = '\u202e'\n\n" + "z" * 5000 + "\n\n"
    view.show_path("c", [reply(f"```\n{code}```\n\nAfter")], one_of)
    exact = inspect(f"```\n{code}```").code[0].text
    view.jump_to_start()
    button(view, "Copy code").click()
    assert on_clipboard().text() == exact
    assert on_clipboard().formats() == ["text/plain"]
    select(view, (0, 0, 0), (0, 0, BEYOND))
    view.copy()
    assert on_clipboard().text() == exact


@pytest.mark.parametrize("first", ["\ufeff", "\ufffe", "\ufeff\ufeff", "\ufeff\ufffe"])
@pytest.mark.parametrize("rest", ["a\n", "漢 x\n", "😀\n"])
def test_characters_that_look_like_the_mark_of_an_encoding_are_copied_too(
    view: TranscriptView, one_of: SiblingsOf, first: str, rest: str
) -> None:
    view.show_path("c", [reply(f"```\n{first}{rest}```\n\nAfter")], one_of)
    view.jump_to_start()
    button(view, "Copy code").click()
    assert on_clipboard().text() == first + rest
    view.show_path("d", [reply(f"{first}{rest}", "d")], one_of)
    view.copy_message(0, Form.MARKDOWN)
    assert on_clipboard().text() == f"{first}{rest}"


def test_a_part_of_code_is_copied_as_it_was_written(view: TranscriptView, one_of: SiblingsOf) -> None:
    long = "z" * 4_100
    code = f"a\xa0\u200bb\u202e\x1bc😀\n{long}\U000e0041\n\td"
    for shown in (reply(f"```\n{code}\n```"), replace(reply(code, "u"), role=Role.USER)):
        view.show_path(shown.id, [shown], one_of)
        select(view, (0, 0, 1), (0, 0, 7))
        view.copy()
        assert on_clipboard().text() == "\xa0\u200bb\u202e\x1bc"
        select(view, (0, 0, 2), (0, 0, BEYOND))
        view.copy()
        assert on_clipboard().text().rstrip("\n") == code[2:]


def test_nothing_that_breaks_a_clipboard_gets_there(view: TranscriptView, one_of: SiblingsOf) -> None:
    view.show_path("c", [reply("a\ud800b \udc00 **\ud83d**\n\n```\n\ud800\n```\n")], one_of)
    for form in Form:
        view.copy_message(0, form)
        assert "a\ufffdb \ufffd" in on_clipboard().text()
    select(view, (0, 0, 0), (0, 0, 3))
    view.copy()
    assert on_clipboard().text() == "a\ufffdb"
    view.copy_text("x\ud800")
    assert on_clipboard().text() == "x\ufffd"


def test_html_holds_no_pictures_no_dead_links_and_no_markup_of_others(
    view: TranscriptView, one_of: SiblingsOf
) -> None:
    text = (
        "![p](https://evil.example/x.png) [j](javascript:alert(1)) <img src=x onerror=y> <script>z</script>"
    )
    view.show_path("c", [reply(text)], one_of)
    view.copy_message(0)
    html = on_clipboard().html()
    assert not re.search(r"<(?!/?(?:p|br|meta)\b)", html)
    assert "href" not in html


def test_of_a_long_copy_the_source_is_there_at_once_and_the_rest_when_it_is_read(
    view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot
) -> None:
    text = "Words and **words**. " * (clipboards.AT_ONCE // 10)
    view.show_path("c", [reply(text)], one_of)
    view.copy_message(0)
    assert on_clipboard().text() == markdown(on_clipboard()) == text
    assert not on_clipboard().hasHtml()
    qtbot.waitUntil(lambda: on_clipboard().hasHtml())
    assert on_clipboard().html().count("<strong>") == clipboards.AT_ONCE // 10
    assert on_clipboard().text() == text


LONG_TABLE = "| n | sum |\n|---|---|\n" + "".join(f"| {n} | =a{n} |\n" for n in range(600))


def test_a_long_table_is_there_at_once_as_text_and_in_all_forms_when_they_are_written(
    view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clipboards, "SLICE_S", 0.0)
    what = copied([Part(parse(LONG_TABLE))])
    view.clipboard.put(what)
    assert on_clipboard().text() == "n\tsum\n" + "\n".join(f"{n}\t=a{n}" for n in range(600))
    assert not on_clipboard().hasHtml()
    assert not on_clipboard().hasFormat("text/markdown")
    turns = 0
    while view.clipboard._work is not None:
        view.clipboard._on_turn()
        turns += 1
    assert turns > 600 * 3 / 40, "some rows in each turn"
    assert markdown(on_clipboard()).count("\n") == 601
    assert on_clipboard().html().count("<tr>") == 601
    assert bytes(on_clipboard().data("text/csv").data()).count(b"\r\n") == 601
    assert bytes(on_clipboard().data(clipboards.GNUMERIC).data()).count(b"<gnm:Cell ") == 1202
    view.clipboard.put_text("other")
    view.clipboard.put(copied([Part(parse(LONG_TABLE))]), Form.MARKDOWN)
    assert on_clipboard().text() == "other"
    qtbot.waitUntil(lambda: markdown(on_clipboard()).endswith("| 599 | =a599 |"))


def test_the_source_of_many_messages_is_there_at_once_however_slow_the_machine_is(
    view: TranscriptView, talk: Talk, one_of: SiblingsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clipboards, "SLICE_S", 0.0)
    path = talk(1_500)
    view.show_path("c", path, one_of)
    view.select(Selection.all_of(view.rows))
    view.copy()
    assert on_clipboard().text() == "\n\n".join(m.text for m in path)
    view.clipboard.stop()


def test_what_is_copied_meanwhile_stays(view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot) -> None:
    text = "Words and **words**. " * (clipboards.AT_ONCE // 10)
    view.show_path("c", [reply(text)], one_of)
    view.copy_message(0)
    QGuiApplication.clipboard().setText("of somebody else")
    qtbot.waitUntil(lambda: view.clipboard._work is None)
    assert on_clipboard().text() == "of somebody else"
    view.copy_message(0)
    view.copy_text("ours")
    assert view.clipboard._work is None
    assert on_clipboard().text() == "ours"


def test_a_book_is_copied_as_source_and_a_library_is_not(
    view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = "page\n" * (HTML_LIMIT // 5 + 1)
    view.show_path("c", [reply(book)], one_of)
    view.copy_message(0)
    qtbot.waitUntil(lambda: view.clipboard._work is None)
    assert on_clipboard().text() == book
    assert not on_clipboard().hasHtml()
    monkeypatch.setattr(clipboards, "LARGEST", 1_000_000)
    with qtbot.waitSignal(view.clipboard.refused) as refused:
        view.copy_message(0)
    assert refused.args == [
        "That is too much to copy at once: 2 million characters. Select less of it, or export the conversation."
    ]
    assert on_clipboard().text() == book


def test_the_menu_copies_in_each_form(view: TranscriptView, one_of: SiblingsOf) -> None:
    view.show_path("c", [reply("*one*\n\n*two*")], one_of)
    select(view, (0, 0, 0), (0, 0, BEYOND))
    assert view._hands is not None
    menu = view._hands.menu(0, None)
    for words, wanted in (
        ("Copy selection as plain text", "one"),
        ("Copy selection as Markdown", "_one_"),
        ("Copy as plain text", "one\n\ntwo"),
        ("Copy as Markdown", "*one*\n\n*two*"),
    ):
        _trigger(menu, words)
        assert on_clipboard().text() == wanted
    menu.close()


def _trigger(menu: QMenu, words: str) -> None:
    next(action for action in menu.actions() if action.text() == words).trigger()


def test_reasoning_that_is_shown_is_selected_and_copied_as_a_quote(
    view: TranscriptView, one_of: SiblingsOf
) -> None:
    view.show_path("c", [reply("The *answer*.\n\nMore.", reasoning="I think.")], one_of)
    view.toggle_reasoning(0)
    row = view.rows.row(0)
    assert row.thoughts == 1
    select(view, (0, 0, 2), (0, 1, BEYOND))
    view.copy()
    assert markdown(on_clipboard()) == "> think.\n\nThe _answer_."
    assert on_clipboard().text() == "think.\n\nThe answer."
    view.copy_message(0)
    assert markdown(on_clipboard()) == "The *answer*.\n\nMore.", "a message is what was said"


def test_nothing_marked_is_no_part(view: TranscriptView, one_of: SiblingsOf) -> None:
    view.show_path("c", [reply("a\n\n---\n\nb")], one_of)
    row = view.rows.row(0)
    part = part_of(row, {0: (0, BEYOND), 1: (0, BEYOND), 2: (0, 0)})
    assert markdown_of(part.blocks) == "a\n\n___"  # type: ignore[union-attr]  # a reply's part


def test_everything_is_copied_while_more_streams_in(
    view: TranscriptView, talk: Talk, one_of: SiblingsOf, qtbot: QtBot
) -> None:
    path = talk(60)
    view.show_path("c", [*path, reply("It begins", "s", status="streaming")], one_of)
    select(view, (3, 0, 2), (60, 0, 5))
    assert view.selection is not None
    before = view.selection.text(view.rows)
    for _ in range(20):
        view.grow("s", " and goes on\n\n- with\n- more")
        view._on_frame()
    assert view.selection.text(view.rows) == before
    assert before.endswith("It be")


def test_the_program_ends_well_with_a_copy_on_the_clipboard() -> None:
    code = """
from PySide6.QtWidgets import QApplication
from pizzagpt_desktop.domain.copied import Whole
from pizzagpt_desktop.ui.transcript.clipboard import Clipboard, copied
app = QApplication([])
Clipboard(app).put(copied([Whole("**a**")]))
assert app.clipboard().mimeData().hasHtml()
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=60, capture_output=True)
    assert done.returncode == 0, done.stderr
