"""Another path, and a conversation that one comes back to, while only the end of it is there."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.conversation import Siblings
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import LONG, Tree, on_screen, place_on_screen, reply

pytestmark = pytest.mark.usefixtures("many_slices")


@pytest.mark.parametrize("complete", [False, True])
@pytest.mark.parametrize("below", [12, 300])
def test_another_branch_keeps_the_place(
    view: TranscriptView, tree: Tree, loaded: Callable[[], None], complete: bool, below: int
) -> None:
    fork = LONG - 12
    tree.show(view)
    if complete:
        loaded()
    view.jump_to(str(fork))
    before = place_on_screen(view, str(fork))
    read = list(tree.asked)
    tree.leaf = tree.grow("other", str(fork), below)
    tree.show(view)
    assert place_on_screen(view, str(fork)) == before
    assert len(tree.asked) - len(read) <= 5, "no more than the way to the fork is read"
    assert [m.id for m in view.rows.messages[-below:]] == [f"other{i}" for i in range(below)]
    loaded()
    assert [m.id for m in view.rows.messages] == [m.id for m in tree.path(tree.leaf, LONG * 2)]
    assert place_on_screen(view, str(fork)) == before


def test_a_branch_that_leaves_above_what_is_there_shows_its_end(
    view: TranscriptView, tree: Tree, loaded: Callable[[], None]
) -> None:
    tree.show(view)
    tree.leaf = tree.grow("other", "5", 30)
    tree.show(view)
    assert "other29" in on_screen(view)
    loaded()
    assert [m.id for m in view.rows.messages] == [m.id for m in tree.path(tree.leaf, LONG)]


def test_what_changed_in_the_same_path_is_shown_anew(
    view: TranscriptView, tree: Tree, loaded: Callable[[], None]
) -> None:
    tree.show(view)
    loaded()
    tree.messages[tree.leaf] = replace(tree.messages[tree.leaf], text="Other words.")
    live = view.rows.row(LONG - 2)
    tree.show(view)
    assert view.rows.messages[-1].text == "Other words."
    assert view.rows.row(LONG - 1).message.text == "Other words."
    assert view.rows.row(LONG - 2) is live, "what is as it was is not made again"
    assert len(view.rows) == LONG


def test_what_changed_far_above_the_end_is_shown_anew_where_it_is_seen(
    view: TranscriptView, tree: Tree, loaded: Callable[[], None]
) -> None:
    tree.show(view)
    loaded()
    view.jump_to("300")
    before = on_screen(view)
    tree.messages["301"] = replace(tree.messages["301"], text="Other words.")
    tree.asked.clear()
    tree.show(view)
    assert sum(tree.asked) < 20, "what is seen is read anew, and no more"
    assert view.rows.row(301).message.text == "Other words."
    assert place_on_screen(view, "300") == before["300"]


@pytest.mark.parametrize("place", [LONG - 200, 60])
def test_a_conversation_that_was_left_far_up_opens_there_again(
    view: TranscriptView, tree: Tree, qtbot: QtBot, place: int, loaded: Callable[[], None]
) -> None:
    tree.show(view)
    loaded()
    view.jump_to(str(place))
    view.verticalScrollBar().setValue(view.verticalScrollBar().value() + 30)
    before = on_screen(view)
    view.show_path("other", [reply("Elsewhere", "e")], lambda _: Siblings())
    assert len(view.rows) == 1
    tree.asked.clear()
    tree.show(view)
    qtbot.waitUntil(lambda: str(place) in on_screen(view), timeout=20_000)
    assert not view.follows_end
    assert {key: on_screen(view).get(key) for key in before} == before
    loaded()
    assert {key: on_screen(view).get(key) for key in before} == before
    if place > 60:
        assert tree.asked[0] < 400, "near enough to be there at once"
