"""Code cards: wrapping, pushing sideways, folding, saving, copying; and that a reader's choice stays."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QToolButton
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.conversation import Message, Role, Siblings, Status
from pizzagpt_desktop.domain.query import Query
from pizzagpt_desktop.ui.transcript import controls
from pizzagpt_desktop.ui.transcript.cards import LONG, SHOWN
from pizzagpt_desktop.ui.transcript.code_files import suggested_name
from pizzagpt_desktop.ui.transcript.hits import Hits
from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
from pizzagpt_desktop.ui.transcript.side_bars import bar_of
from pizzagpt_desktop.ui.transcript.style import CARD_HEADER
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.ui.transcript.conftest import message, sized

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")

WIDE = "x = '" + "long " * 60 + "'\n"
LINES = "".join(f"line {i}\n" for i in range(214))

One = Callable[[str], Siblings]


def shown(view: TranscriptView, *texts: str, one_of: One) -> None:
    view.show_path("c", [message(i, Role.ASSISTANT, text) for i, text in enumerate(texts)], one_of)
    view.jump_to_start()


def leaves(view: TranscriptView, row: int = 0) -> list[LeafView]:
    return view.rows.row(row).views


def button(view: TranscriptView, name: str) -> QToolButton:
    found = [b for b in view.findChildren(QToolButton) if b.accessibleName() == name and b.isVisible()]
    assert found, f"no button called {name}"
    return found[0]


def wheel(view: TranscriptView, at: QPoint, x: int, y: int, keys: Qt.KeyboardModifier) -> None:
    port = view.viewport()
    event = QWheelEvent(
        QPointF(at), QPointF(port.mapToGlobal(at)), QPoint(), QPoint(x, y),
        Qt.MouseButton.NoButton, keys, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(port, event)


def test_long_lines_go_beyond_the_edge_until_they_are_wrapped(view: TranscriptView, one_of: One) -> None:
    shown(view, f"```py\n{WIDE}```\n\nafter", one_of=one_of)
    (code, after) = leaves(view)
    low, top = code.height, after.top
    assert code.overflow() > 100
    wrap = button(view, "Wrap long lines")
    assert wrap.isCheckable()
    assert not wrap.isChecked()
    wrap.click()
    assert code.overflow() == 0
    assert code.height > low + 2 * view.rows.row(0).style.code_line
    assert after.top - top == code.height - low
    assert button(view, "Wrap long lines") is wrap, "the button that was pressed keeps the focus"
    assert wrap.isChecked()
    wrap.click()
    assert (code.height, after.top) == (low, top)


def test_prose_in_a_block_is_wrapped_from_the_beginning(view: TranscriptView, one_of: One) -> None:
    shown(view, f"```text\n{WIDE}```\n\n```\n{WIDE}```", one_of=one_of)
    prose, unnamed = leaves(view)
    assert prose.overflow() == 0
    assert unnamed.overflow() > 0


def test_code_is_pushed_sideways_by_wheel_keys_and_bar(
    view: TranscriptView, one_of: One, qtbot: QtBot
) -> None:
    shown(view, f"```py\n{WIDE}```", one_of=one_of)
    code = leaves(view)[0]
    row = view.rows.row(0)
    inside = QPoint(int(row.body_left()) + 40, code.top - view.scroll_y + CARD_HEADER + 4)
    wheel(view, inside, 0, -120, Qt.KeyboardModifier.ShiftModifier)
    by_shift = code.scroll_x
    assert by_shift > 0
    wheel(view, inside, -120, 0, Qt.KeyboardModifier.NoModifier)
    assert code.scroll_x > by_shift
    copy = button(view, "Copy code")
    copy.setFocus()
    before = code.scroll_x
    QTest.keyClick(copy, Qt.Key.Key_Right)
    assert code.scroll_x > before
    for _ in range(400):
        QTest.keyClick(copy, Qt.Key.Key_Left)
    assert code.scroll_x == 0
    bar = bar_of(code, code.height)
    assert bar is not None
    assert bar.handle.left() == bar.track.left()
    at = QPoint(
        int(row.body_left() + bar.handle.center().x()),
        int(code.top - view.scroll_y + bar.handle.center().y()),
    )
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseMove(view.viewport(), at + QPoint(5000, 0))
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=at + QPoint(5000, 0))
    assert code.scroll_x == code.overflow()
    assert view.selection is None, "the bar was moved, nothing was selected"
    moved = bar_of(code, code.height)
    assert moved is not None
    assert moved.handle.right() == pytest.approx(moved.track.right())


def test_a_long_block_is_folded_and_one_press_shows_all(view: TranscriptView, one_of: One) -> None:
    shown(view, f"before\n\n```py\n{LINES}```\n\nafter", one_of=one_of)
    before, *code, after = leaves(view)
    line = view.rows.row(0).style.code_line
    assert sum(leaf.height for leaf in code) < (SHOWN + 6) * line + CARD_HEADER
    assert after.top < view.height()
    assert all(leaf.document is None for leaf in code[1:]), "what is folded costs nothing"
    top = code[0].top
    button(view, "Show all 214 lines").click()
    assert sum(leaf.height for leaf in code) > 213 * line
    assert (before.top, code[0].top) == (0 if before.top == 0 else before.top, top)
    button(view, "Show only the beginning").click()
    assert sum(leaf.height for leaf in code) < (SHOWN + 6) * line + CARD_HEADER


def test_a_block_of_sixty_lines_is_not_folded(view: TranscriptView, one_of: One) -> None:
    shown(view, "```\n" + "x\n" * LONG + "```\n\n```\n" + "x\n" * (LONG + 1) + "```", one_of=one_of)
    view.jump_to_end()
    assert [leaf.card.folded for leaf in leaves(view)] == [False, True]
    assert button(view, f"Show all {LONG + 1} lines")


def test_what_grows_before_the_readers_eyes_is_not_folded(
    view: TranscriptView, one_of: One, streaming: Message, qtbot: QtBot
) -> None:
    view.show_path("c", [streaming], one_of)
    for at in range(0, len(LINES), 97):
        view.grow("reply", ("```py\n" if not at else "") + LINES[at : at + 97])
        view._on_frame()
    assert not leaves(view)[0].card.folded
    view.end(message("reply", Role.ASSISTANT, f"```py\n{LINES}```", status=Status.COMPLETE))
    view._on_frame()
    assert not leaves(view)[0].card.folded
    assert view.rows.row(0).height > 200 * view.rows.row(0).style.code_line


def test_a_readers_choice_stays_while_it_streams_and_after_scrolling_away(
    view: TranscriptView, one_of: One, streaming: Message
) -> None:
    view.show_path("c", [streaming], one_of)
    view.grow("reply", f"```py\n{WIDE}```\n\n```js\n{WIDE}")
    view._on_frame()
    first, second = leaves(view)
    view.change_row(0, lambda row: row.wrap(second.card, True))
    view.sideways.move(first, 120)
    view.grow("reply", "more\n" * 30 + "```\n\nand more")
    view._on_frame()
    assert [leaf.card.wrapped for leaf in leaves(view)[:2]] == [False, True]
    assert leaves(view)[0].scroll_x == 120
    whole = view.rows.messages[0].text
    ended = message("reply", Role.ASSISTANT, whole)
    others = [message(f"other{i}", Role.USER, f"Question {i}\n" * 20) for i in range(60)]
    view.show_path("c", [ended, *others], one_of)
    view.jump_to_start()
    view.jump_to_end()
    assert view.rows.live(0) is None, "far away, its row is let go"
    view.jump_to_start()
    assert [leaf.card.wrapped for leaf in leaves(view)[:2]] == [False, True]
    assert leaves(view)[0].scroll_x == 120


def test_choices_stay_over_another_font(view: TranscriptView, one_of: One) -> None:
    shown(view, f"```py\n{LINES}```", one_of=one_of)
    button(view, "Show all 214 lines").click()
    view.set_body_font(sized(18))
    assert not leaves(view)[0].card.folded


def test_a_search_opens_what_is_folded(view: TranscriptView, one_of: One) -> None:
    shown(view, f"```py\n{LINES}```", one_of=one_of)
    view.hits = Hits(Query("211"))
    assert view.hits.show(view, "0", 0)
    leaf = leaves(view)[-1]
    assert not leaf.hidden
    assert leaf.document is not None
    line = leaf.document.toPlainText().splitlines().index("line 211")
    y = leaf.top + leaf.line_top(leaf.document.findBlockByNumber(line).position()) - view.scroll_y
    assert 0 < y < view.viewport().height()


def test_copies_and_files_hold_the_exact_bytes(
    view: TranscriptView, one_of: One, qtbot: QtBot, tmp_path: Path
) -> None:
    code = "a\t\u202eb\r" + "é😀\u200b" + "\n" + LINES + "end  "
    shown(view, f"```Rust\n{code}\n```", one_of=one_of)
    button(view, "Copy code").click()
    assert QGuiApplication.clipboard().text() == view.rows.row(0).code_text(0)
    button(view, "Save code as a file").click()
    dialog = view.findChild(QFileDialog, "save_code_dialog")
    assert dialog is not None
    assert Path(dialog.selectedFiles()[0]).name == "code.rs"
    target = tmp_path / "out.rs"
    dialog.fileSelected.emit(str(target))
    dialog.close()
    assert target.read_bytes() == view.rows.row(0).code_text(0).encode()


def test_a_file_that_cannot_be_written_is_said_in_words(
    view: TranscriptView, one_of: One, qtbot: QtBot, tmp_path: Path
) -> None:
    shown(view, "```py\nx\n```", one_of=one_of)
    button(view, "Save code as a file").click()
    dialog = view.findChild(QFileDialog, "save_code_dialog")
    assert dialog is not None
    with qtbot.waitSignal(view.said) as caught:
        dialog.fileSelected.emit(str(tmp_path / "no such folder" / "x.py"))
    dialog.close()
    assert "could not be written" in caught.args[0]


@pytest.mark.parametrize(
    ("lang", "name"),
    [("Python", "code.py"), ("", "code.txt"), ("../../etc/passwd", "code.txt"), ("dockerfile", "Dockerfile")],
)
def test_names_of_files_come_from_us(lang: str, name: str) -> None:
    assert suggested_name(lang) == name


def test_every_button_of_a_card_is_reached_by_tab_and_has_a_name(view: TranscriptView, one_of: One) -> None:
    shown(view, f"```py\n{LINES}```", one_of=one_of)
    view.setFocus()
    reached = []
    for _ in range(5):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        reached.append(focus.accessibleName())
        assert focus.toolTip() == focus.accessibleName()
    assert reached == [
        "Wrap long lines", "Save code as a file", "Show all lines", "Copy code", "Show all 214 lines",
    ]  # fmt: skip


def test_at_three_times_the_size_the_cards_buttons_stay_inside(view: TranscriptView, one_of: One) -> None:
    view.resize(360, 600)
    view.set_body_font(sized(27))
    shown(view, f"```typescript\n{LINES}```", one_of=one_of)
    port = view.viewport().rect()
    for name in ("Wrap long lines", "Save code as a file", "Copy code", "Show all 214 lines"):
        if name.startswith("Show"):
            view.jump_to_end()
        found = button(view, name)
        place = found.rect().translated(found.mapTo(view.viewport(), QPoint()))
        assert port.left() <= place.left()
        assert place.right() <= port.right(), name


def test_code_runs_from_left_to_right_whatever_is_in_it(view: TranscriptView, one_of: One) -> None:
    shown(view, "```\n// تعليق عربي\nشلوم\n```", one_of=one_of)
    document = leaves(view)[0].document
    assert document is not None
    block = document.begin()
    while block.isValid():
        assert block.textDirection() is Qt.LayoutDirection.LeftToRight or not block.text()
        assert block.layout().lineAt(0).naturalTextRect().left() < 2
        block = block.next()


def test_a_button_that_has_copied_shows_so_for_a_moment(
    view: TranscriptView, one_of: One, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(controls, "CONFIRMED_MS", 50)
    shown(view, "before\n\n```py\nx = 1\n```\n", one_of=one_of)
    copy, wrap = button(view, "Copy code"), button(view, "Wrap long lines")
    as_ever, beside = copy.icon().pixmap(16).toImage(), wrap.icon().pixmap(16).toImage()
    copy.click()
    confirmed = copy.icon().pixmap(16).toImage()
    assert confirmed != as_ever
    assert confirmed != beside
    view.arrange()
    assert copy.icon().pixmap(16).toImage() == confirmed, "a frame in between takes nothing back"
    assert wrap.icon().pixmap(16).toImage() == beside
    qtbot.waitUntil(lambda: copy.icon().pixmap(16).toImage() == as_ever)
    wrap.click()
    view.copy_text("by a key")
    assert wrap.icon().pixmap(16).toImage() == beside, "only what was pressed to copy says so"
    assert copy.icon().pixmap(16).toImage() == as_ever


def test_a_card_whose_head_alone_is_seen_has_no_bar_over_it(view: TranscriptView, one_of: One) -> None:
    shown(view, f"```py\n{WIDE}{WIDE}{WIDE}```", one_of=one_of)
    code = leaves(view)[0]
    assert bar_of(code, CARD_HEADER + 2) is None
    assert bar_of(code, CARD_HEADER + 30) is not None
    assert bar_of(code, code.height) is not None
