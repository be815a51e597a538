"""Finding in a conversation and over everything: marks, from hit to hit, other branches, long messages, a real index."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from pizzagpt_desktop.domain.conversation import Conversation, Message, Role
from pizzagpt_desktop.domain.query import Query
from pizzagpt_desktop.storage.search_reader import SearchReader
from pizzagpt_desktop.storage.store import SqliteSessionStore
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.help_page import SEARCHING
from pizzagpt_desktop.ui.sidebar import FILTERS
from tests.helpers.ui_parts import READY, Rig

Key, Mod = Qt.Key, Qt.KeyboardModifier


def press(rig: Rig, key: Key, modifier: Mod = Mod.NoModifier) -> None:
    QTest.keyClick(rig.window, key, modifier)


def fill(store: SqliteSessionStore, identity: str, texts: list[str], title: str = "Talk") -> None:
    store.add_conversation(Conversation(id=identity, title=title))
    parent = None
    for number, text in enumerate(texts):
        role = Role.ASSISTANT if number % 2 else Role.USER
        made = Message(
            id=f"{identity}-{number}", conversation_id=identity, parent_id=parent, role=role, text=text
        )
        store.add_message(made)
        parent = made.id


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteSessionStore]:
    with closing(SqliteSessionStore(tmp_path / "chats.db", wait_s=5.0)) as store:
        fill(store, "other", ["Ananas on top?", "Never."], "Ananas")
        store.add_message(
            Message(id="branch", conversation_id="other", parent_id=None, role=Role.USER, text="A banana")
        )
        texts = [f"Line {number} about nothing.\n\n" * 12 for number in range(60)]
        texts[11] = (
            "Start.\n\n"
            + "Words without end. " * 400
            + "\n\nHere is the Ananás, deep down.\n\n"
            + "More. " * 800
        )
        texts[30] = "An ananas, and another ananas 🍍 ananas."
        fill(store, "long", texts, "A long talk")
        yield store


@pytest.fixture
def rig(store: SqliteSessionStore, make_rig: Callable[..., Rig]) -> Rig:
    made = make_rig(READY, store, lambda: SearchReader(store.file))
    made.show()
    made.window.desk.open("long")
    return made


def count(rig: Rig) -> str:
    shown: str = rig.find(QLabel, "find_count").text()
    return shown


def grounds(rig: Rig) -> set[str]:
    """Which of the colours of hits are on the page now."""
    image = rig.window.page.transcript.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = bytes(image.constBits())
    colours = {theme.LIGHT.hit, theme.LIGHT.accent}
    # Four pixels of one colour in a row: no edge of a letter.
    return {colour for colour in colours if QColor(colour).rgb().to_bytes(4, "little") * 4 in pixels}


async def find(rig: Rig, text: str) -> QLineEdit:
    press(rig, Key.Key_F, Mod.ControlModifier)
    field: QLineEdit = rig.find(QLineEdit, "find_field")
    assert field.hasFocus()
    field.clear()
    QTest.keyClicks(field, text)
    await rig.until(lambda: " of " in count(rig) or "Nothing" in count(rig))
    return field


async def test_hits_are_counted_marked_and_gone_through(rig: Rig) -> None:
    field = await find(rig, "ananas")
    transcript = rig.window.page.transcript
    assert count(rig) == "4 of 4", "from the end of the conversation one looks back"
    await rig.until(lambda: {theme.LIGHT.hit, theme.LIGHT.accent} <= grounds(rig))
    seen = [count(rig)]
    for _ in range(4):
        QTest.keyClick(field, Key.Key_Return, Mod.ShiftModifier)
        seen.append(count(rig))
    assert seen == ["4 of 4", "3 of 4", "2 of 4", "1 of 4", "4 of 4"]
    QTest.keyClick(field, Key.Key_Return)
    assert count(rig) == "1 of 4"
    press(rig, Key.Key_F3)
    assert count(rig) == "2 of 4"
    press(rig, Key.Key_F3, Mod.ShiftModifier)
    assert count(rig) == "1 of 4"
    QTest.keyClick(field, Key.Key_Escape)
    assert not rig.find(QWidget, "find_bar").isVisible()
    assert transcript.hits is None
    assert theme.LIGHT.hit not in grounds(rig)
    assert rig.window.page.composer.text_edit.hasFocus()


async def test_esc_in_the_composer_ends_the_finding_when_there_is_nothing_else_to_end(rig: Rig) -> None:
    """A jump from the search over everything leaves the keyboard there."""
    await find(rig, "ananas")
    bar = rig.find(QWidget, "find_bar")
    edit = rig.window.page.composer.text_edit
    edit.setFocus()
    QTest.keyClicks(edit, "words")
    edit.selectAll()
    QTest.keyClick(edit, Key.Key_Escape)
    assert bar.isVisible(), "the selection goes first"
    QTest.keyClick(edit, Key.Key_Escape)
    assert not bar.isVisible()
    assert edit.hasFocus()
    assert rig.window.page.composer.text() == "words"


async def test_a_hit_deep_in_a_long_message_stands_on_the_screen(rig: Rig) -> None:
    await find(rig, "deep")
    await rig.until(lambda: count(rig) == "1 of 1" and theme.LIGHT.accent in grounds(rig))
    transcript = rig.window.page.transcript
    index = transcript.rows.index_of("long-11")
    assert index is not None
    top = transcript.rows.heights.top(index)
    room = transcript.viewport().height()
    assert transcript.scroll_y > top + room, "its beginning is far above the screen"
    row = transcript.rows.live(index)
    assert row is not None
    place = next(
        view for view in row.views if view.document is not None and "deep down" in view.document.toPlainText()
    )
    assert 0 < top + place.top - transcript.scroll_y < room


async def test_what_is_not_there_says_so(rig: Rig) -> None:
    await find(rig, "zebra")
    assert count(rig) == "Nothing found"
    assert not rig.find(QWidget, "find_next").isEnabled()
    press(rig, Key.Key_F3)


async def test_a_hit_on_another_branch_is_shown_there(rig: Rig, store: SqliteSessionStore) -> None:
    rig.window.desk.open("other")
    assert [message.id for message in store.path("other")] == ["branch"]
    await find(rig, "ananas")
    await rig.until(lambda: [message.id for message in store.path("other")] == ["other-0", "other-1"])
    await rig.until(lambda: theme.LIGHT.accent in grounds(rig))
    assert count(rig) == "1 of 1"


async def test_a_result_of_the_search_over_everything_lands_on_its_hit(
    rig: Rig, store: SqliteSessionStore
) -> None:
    rig.window.desk.open_new()
    press(rig, Key.Key_F, Mod.ControlModifier | Mod.ShiftModifier)
    QTest.keyClicks(rig.window.sidebar.search_field, "ananas")
    sidebar = rig.window.sidebar
    await rig.until(lambda: sidebar._results is not None and sidebar._results.list.model().rowCount() >= 5)
    results = sidebar._results
    assert results is not None
    words = [results.list.model().index(row, 0).data() for row in range(results.list.model().rowCount())]
    assert words[0] == "Ananas", "a title that says it comes first, with its messages under it"
    assert words[1].startswith("Ananas: Ananas on top")
    assert words[2] == "A long talk"
    row = next(number for number, line in enumerate(words) if "deep down" in line)
    results.list.activated.emit(results.list.model().index(row, 0))
    assert rig.window.desk.conversation.id == "long"
    await rig.until(lambda: count(rig) == "1 of 4" and theme.LIGHT.accent in grounds(rig))
    press(rig, Key.Key_F3)
    assert count(rig) == "2 of 4"


async def test_the_order_can_be_turned_and_everything_is_one_step_away(rig: Rig) -> None:
    await find(rig, "ananas")
    rig.find(QWidget, "find_everything").click()
    sidebar = rig.window.sidebar
    assert sidebar.search_field.text() == "ananas"
    await rig.until(lambda: sidebar._results is not None and sidebar._results.list.model().rowCount() >= 5)
    rig.find(QWidget, "search_order").click()
    results = sidebar._results
    assert results is not None
    assert results.order == "best"
    await rig.until(lambda: "ananas 🍍" in str(results.list.model().index(3, 0).data()))


async def test_several_words_are_found_as_they_stand_and_only_else_apart(
    rig: Rig, store: SqliteSessionStore
) -> None:
    await find(rig, "another ana")
    await rig.until(lambda: count(rig) == "1 of 1" and theme.LIGHT.accent in grounds(rig))
    await find(rig, "ananas, and")
    await rig.until(lambda: count(rig) == "1 of 1")
    field = await find(rig, "deep start")
    await rig.until(lambda: count(rig) == "2 of 2")
    QTest.keyClick(field, Key.Key_Return)
    assert count(rig) == "1 of 2"
    field.clear()
    QTest.keyClicks(field, "nowhere start")
    await rig.until(lambda: "Nothing" in count(rig))


async def test_what_is_said_while_the_bar_is_open_is_found_too(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    rig.show()
    await rig.say("A tomato", "Tomatoes are red.")
    await find(rig, "tomato")
    assert count(rig) == "2 of 2"
    assert theme.LIGHT.accent in grounds(rig), "the hit that is shown is marked as such"
    await rig.say("More", "One tomato more.")
    assert count(rig) == "2 of 3", "found, and nothing moved"
    assert theme.LIGHT.accent in grounds(rig)


async def test_hits_in_code_tables_formulas_and_reasoning_are_gone_through_and_opened(
    make_rig: Callable[..., Rig], store: SqliteSessionStore
) -> None:
    fill(store, "parts", ["A kumquat?"])
    store.add_message(
        Message(
            id="answer",
            conversation_id="parts",
            parent_id="parts-0",
            role=Role.ASSISTANT,
            reasoning="Let me think.\n\nIs a kumquat small?",
            text="```\n" + "line\n" * 100 + "kumquat = 1\n```\n\n"
            "| fruit | size |\n|---|---|\n| kumquat | 3 |\n\n"
            "So $\\frac{kumquat}{2}$ and done.\n\n" + "More words.\n\n" * 60,
        )
    )
    rig = make_rig(READY, store, lambda: SearchReader(store.file))
    rig.show()
    rig.window.desk.open("parts")
    transcript = rig.window.page.transcript
    field = await find(rig, "kumquat")
    assert count(rig) == "5 of 5"
    current = []
    for _ in range(5):
        await rig.until(lambda: theme.LIGHT.accent in grounds(rig))
        assert transcript.hits is not None
        message_id, leaf, _ = transcript.hits._current or ("", 0, 0)
        index = transcript.rows.index_of(message_id)
        row = transcript.rows.row(index or 0)
        current.append(type(row.views[leaf].leaf.content).__name__)
        QTest.keyClick(field, Key.Key_Return, Mod.ShiftModifier)
    assert current[:3] == ["Paragraph", "Table", "CodeBlock"], "then the reasoning, then the question"
    answer = transcript.rows.row(1)
    assert answer.unfolded
    assert not answer.views[answer.thoughts].card.folded
    assert count(rig) == "5 of 5"


@pytest.mark.parametrize(("words", "examples"), SEARCHING[2:])
def test_what_the_help_page_says_of_filters_is_true(words: str, examples: str) -> None:
    for example in examples.split(", "):
        query = Query(example)
        assert query.has_filters, words
        assert query.terms == [], "nothing of it is searched for as words"


def test_what_the_tip_of_the_search_field_says_is_true() -> None:
    query = Query(FILTERS.replace("Narrow it by ", "").replace(",", "").replace(" or ", " "))
    assert query.terms == []
    assert all((query.roles, query.places, query.before, query.models, query.tags))
