"""What is selected stays selected, the same characters of it, whatever else changes on the page."""

from dataclasses import replace

from PySide6.QtWidgets import QApplication

from pizzagpt_desktop.domain.conversation import Message, Role, Siblings, Status
from pizzagpt_desktop.ui.transcript.selection import BEYOND, Position, Selection
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import SiblingsOf, Talk, Tree, reply
from tests.ui.transcript.conftest import message
from tests.ui.transcript.test_selecting import shown

THOUGHT = "Let me think.\n\nOnce more.\n\nDone."


def show_another(view: TranscriptView, messages: list[Message], one_of: SiblingsOf) -> None:
    view.show_path("c", messages, one_of)
    QApplication.processEvents()


def test_reasoning_that_is_shown_or_hidden_does_not_shift_it(
    view: TranscriptView, one_of: SiblingsOf
) -> None:
    view.show_path(
        "c", [reply("One.\n\nTwo words.\n\nThree.", reasoning=THOUGHT), reply("Four.", "b")], one_of
    )
    view.select(Selection(Position(1, 0, 2), Position(0, 1, 4)))
    for _ in range(2):
        view.toggle_reasoning(0)
        assert shown(view) == "words.|Three.|Fo"


def test_reasoning_that_is_hidden_takes_what_was_selected_of_it_along(
    view: TranscriptView, one_of: SiblingsOf
) -> None:
    view.show_path("c", [reply("One.\n\nTwo.", reasoning=THOUGHT)], one_of)
    view.toggle_reasoning(0)
    view.select(Selection(Position(0, 0, 0), Position(0, 0, 6)))
    assert shown(view) == "Let me"
    view.toggle_reasoning(0)
    assert view.selection is None
    view.toggle_reasoning(0)
    thoughts = view.rows.row(0).thoughts
    view.select(Selection(Position(0, 0, 4), Position(0, thoughts, 3)))
    view.toggle_reasoning(0)
    assert shown(view) == "One", "what is still there"


def test_another_branch_below_leaves_it(view: TranscriptView, talk: Talk, one_of: SiblingsOf) -> None:
    messages = talk(8)
    view.show_path("c", messages, one_of)
    view.select(Selection(Position(1, 0, 5), Position(3, 0, 9)))
    before = shown(view)
    show_another(view, [*messages[:4], message("other", Role.USER, "Another question.")], one_of)
    assert shown(view) == before
    show_another(view, messages[:3], one_of)
    assert view.selection is None, "its end is not there any more"


def test_the_same_messages_by_other_numbers_leave_it(view: TranscriptView, tree: Tree) -> None:
    tree.show(view)
    last = len(view.rows) - 1
    view.select(Selection(Position(last - 3, 0, 5), Position(last, BEYOND, BEYOND)))
    before = shown(view)
    for _ in range(5):
        view.loader._on_turn()
    tree.show(view)
    assert shown(view) == before
    other = Selection.all_of(view.rows)
    view.select(other)
    tree.show(view)
    assert view.selection is not None
    assert view.selection.from_beginning


def test_another_conversation_drops_it(view: TranscriptView, talk: Talk, one_of: SiblingsOf) -> None:
    view.show_path("c", talk(4), one_of)
    view.select(Selection.all_of(view.rows))
    view.show_path("d", talk(4), one_of)
    assert view.selection is None


def test_a_reply_that_grows_and_ends_leaves_it(view: TranscriptView, streaming: Message) -> None:
    view.show_path("c", [reply("Above it."), streaming], lambda _: Siblings())
    view.grow("reply", "First words of it.\n\nMore **of** it, and ")
    view._on_frame()
    view.select(Selection(Position(0, 0, 6), Position(1, 0, 11)))
    assert shown(view) == "it.|First words"
    text = "so on.\n\n" + "| a | b |\n|---|---|\n| c | d |\n\n```\ncode\n```\n\n- x\n" * 3
    for at in range(0, len(text), 7):
        view.grow("reply", text[at : at + 7], "and thinks")
        view._on_frame()
        assert shown(view) == "it.|First words"
    whole = "First words of it.\n\nMore **of** it, and " + text
    view.end(replace(view.rows.messages[1], text=whole, status=Status.COMPLETE))
    assert shown(view) == "it.|First words"
