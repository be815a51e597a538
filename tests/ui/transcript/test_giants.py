"""What giants cost the loop: time in proportion, little in one frame, and nothing on the screen moves meanwhile."""

import gc
from collections.abc import Callable, Iterator
from time import thread_time
from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.blocks import Paragraph, Raw, Run, plain
from pizzagpt_desktop.domain.conversation import Message, Role, Siblings, Status
from pizzagpt_desktop.domain.links import Link, Verdict
from pizzagpt_desktop.domain.query import Query
from pizzagpt_desktop.ui.transcript import hits, reading, row, stack
from pizzagpt_desktop.ui.transcript.cards import Cards
from pizzagpt_desktop.ui.transcript.documents import build
from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
from pizzagpt_desktop.ui.transcript.leaves import Leaf, plain_leaves
from pizzagpt_desktop.ui.transcript.row import Row
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import place_on_screen, reply, shown_text
from tests.ui.transcript.conftest import message

LINKED = Link("https://a.example/", Verdict.OPEN)
WIDE = "|" + "a|" * 300 + "\n|" + "-|" * 300 + "\n" + ("|" + "x|" * 300 + "\n") * 30


def least(work: Callable[[], object]) -> float:
    """Seconds that this thread works for it, of some tries the best."""
    best = 1e9
    for _ in range(3):
        began = thread_time()
        work()
        best = min(best, thread_time() - began)
    return best


def show(view: TranscriptView, *messages: Message) -> None:
    view.show_path("c", messages, lambda _: Siblings())


def frame(view: TranscriptView) -> None:
    view._frame.stop()
    view._on_frame()


def settle(view: TranscriptView) -> int:
    """Frames until all is read."""
    count = 0
    while view._frame.isActive():
        frame(view)
        QApplication.processEvents()
        count += 1
        assert count < 2_000
    return count


def made(view: TranscriptView, message: Message) -> Row:
    return Row(message, view._style, 800, False, {}, Cards())


def test_writing_twice_as_many_runs_takes_twice_as_long(view: TranscriptView) -> None:
    def written(count: int) -> Callable[[], object]:
        leaf = Leaf(Paragraph((Run("a", link=LINKED), Run(" ")) * count))
        return lambda: build(leaf, view._style)

    assert least(written(1_600)) <= 2.5 * least(written(800)) + 0.002


def test_a_row_goes_as_soon_as_nobody_has_it(view: TranscriptView) -> None:
    """The collector need not look for it, for it is told to leave giants alone."""
    gone = made(view, reply("- item **x**\n" * 200 + "\n```py\nx = 1\n```\n\n|a|\n|-|\n|1|\n"))
    gone.prepare(0, 10_000, 1 << 30)
    known = ref(gone), ref(gone.stack), ref(gone.views[3])
    gc.disable()
    try:
        del gone
        assert [one() for one in known] == [None] * 3
    finally:
        gc.enable()


@pytest.mark.parametrize("role", [Role.USER, Role.ASSISTANT])
def test_what_was_read_of_a_giant_is_no_work_for_the_collector(view: TranscriptView, role: Role) -> None:
    lines = reading.LEFT_ALONE * (130 if role is Role.USER else 1)
    giant = made(view, message("r", role, "- item\n" * (lines + 100)))
    gc.unfreeze()
    giant.prepare(0, 0, 1 << 30)
    assert gc.get_freeze_count() > reading.LEFT_ALONE


def test_ones_own_giant_is_cut_in_helpings(view: TranscriptView) -> None:
    """Pressing Enter costs a few leaves, not all of them; all of it comes, and all of it is there."""
    text = "word\n" * 200_000
    whole = least(lambda: list(plain_leaves(text)))
    first = least(lambda: made(view, message("u", Role.USER, text)))
    assert first <= whole / 2
    show(view, message("u", Role.USER, text))
    assert len(view.rows.row(0).views) < 200
    assert settle(view) > 10
    assert shown_text(view, 0) == text.removesuffix("\n")


@given(st.text(alphabet="ab \n", max_size=300), st.integers(1, 400))
def test_plain_leaves_are_the_whole_text(text: str, times: int) -> None:
    leaves = list(plain_leaves(text * times))
    joined = "".join(leaf.glue + leaf.content.text for leaf in leaves if isinstance(leaf.content, Raw))
    assert joined == (text * times).removesuffix("\n")
    assert [leaf.joined for leaf in leaves] == [False] + [True] * (len(leaves) - 1)
    assert [leaf.more for leaf in leaves] == [True] * (len(leaves) - 1) + [False]


@pytest.mark.parametrize("role", [Role.USER, Role.ASSISTANT])
def test_a_giant_that_comes_into_sight_from_below_is_read_in_many_frames(
    view: TranscriptView, monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    """Room is kept for what is not read yet, so what stands below it stays where it is."""
    monkeypatch.setattr("pizzagpt_desktop.ui.transcript.standing.READING_S", 0.0)
    giant = message(
        "g", role, "Some words and **bold** ones.\n\n" * (4_000 if role is Role.ASSISTANT else 20_000)
    )
    show(view, giant, *(reply("Words. " * 300, f"r{number}") for number in range(6)))
    settle(view)
    assert view.rows.live(0) is None
    bar = view.verticalScrollBar()
    while place_on_screen(view, "r0") < 0:
        bar.setValue(bar.value() - 50)
    settled = place_on_screen(view, "r0")
    assert view.rows.live(0) is not None
    assert view.rows.row(0).busy
    assert view.rows.row(0).blank >= row.LEAST_BLANK
    places, frames = [], 0
    while view._frame.isActive():
        frame(view)
        frames += 1
        places.append(place_on_screen(view, "r0"))
    assert frames > 5
    assert set(places) == {settled}
    assert not view.rows.row(0).blank
    assert view.rows.row(0).views[-1].document is not None, "its end is on the screen"


def test_a_wide_table_is_laid_out_in_many_frames(view: TranscriptView) -> None:
    """Of what is in sight something may be there a frame later; in the end all of it is."""
    show(view, reply(WIDE))
    settle(view)
    of_table = view.rows.row(0).stack
    assert all(of_table.views[index].document for index in of_table.between(0, 600))
    of_table.forget_outside(-2, -1)
    assert of_table.lay_out(0, 600, until=0.0) is False
    assert of_table.waits
    assert not any(of_table.views[index].document for index in of_table.between(0, 600))
    of_table.fresh_from = 1 << 30
    of_table.lay_out(0, 600)
    assert of_table.fresh_from == 0, "it is painted"
    assert not of_table.waits
    assert all(of_table.views[index].document for index in of_table.between(0, 600))


def test_a_text_of_very_many_runs_is_laid_out_in_many_frames(view: TranscriptView) -> None:
    show(view, reply("`a` **b** " * 300))
    settle(view)
    of_text = view.rows.row(0).stack
    seen = of_text.between(0, 600)
    assert len(seen) > 2
    assert all(of_text.views[index].document for index in seen), "in the end all of it is there"
    of_text.forget_outside(-2, -1)
    of_text.lay_out(0, 600, until=0.0)
    assert of_text.waits
    assert not any(of_text.views[index].document for index in seen)
    of_text.fresh_from = 1 << 30
    of_text.lay_out(0, 600)
    assert of_text.fresh_from == 0, "it is painted"
    assert all(of_text.views[index].document for index in of_text.between(0, 600))


def test_what_grows_is_seen_in_every_frame_however_late(view: TranscriptView) -> None:
    growing = made(view, reply("`a` **b** " * 60, status=Status.STREAMING))
    growing.prepare(0, 600, 1)
    assert growing.views[-1].document is not None
    growing.feed("`c` " * 10, "")
    growing.prepare(0, 600, 1, until=0.0)
    assert growing.views[-1].document is not None


def test_tables_that_come_are_not_looked_for_among_all_leaves(view: TranscriptView) -> None:
    looked = 0

    class Watched(list[LeafView]):
        def __iter__(self) -> Iterator[LeafView]:
            nonlocal looked
            looked += 1
            return super().__iter__()

    many = made(view, reply("|a|\n|-|\n|b|\n\n" * 300))
    many.stack.views = Watched()
    reads = 0
    while many.busy:
        many.prepare(0, 0, 1)
        reads += 1
        if not many.has_more:
            break
    assert looked <= 8 * reads


def test_another_width_asks_only_the_leaves_that_are_near(
    view: TranscriptView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "MEASURED_AT_ONCE", 50)
    show(
        view,
        reply(
            "A paragraph of **some** words, long enough for two lines in a narrow window. " * 2
            + "\n\n" * 1
            + "x\n\n" * 300
        ),
    )
    settle(view)
    far = view.rows.row(0).views[10]
    before = far.width
    view.resize(500, 600)
    settle(view)
    assert far.width == before
    assert view.rows.row(0).views[-1].width < before
    view.jump_to_start()
    settle(view)
    assert far.width < before
    assert far.document is not None
    assert far.document.textWidth() == far.text_width


def test_who_needs_all_of_it_does_not_wait_for_tables(view: TranscriptView) -> None:
    giant = made(view, reply(WIDE * 3))
    for _ in range(12):  # a helping may be less than a row of it
        giant.prepare(0, 600, 1, until=0.0)
    assert giant.stack.late
    read = len(giant.views)
    giant.prepare(0, 600, 1, until=0.0)
    assert len(giant.views) == read, "what is there is laid out first"
    giant.prepare(0, 0, 1 << 30)
    assert len(giant.views) > read
    assert not giant.has_more


def test_a_hit_far_down_in_a_giant_is_shown_some_turns_later(
    view: TranscriptView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading to there takes long: it is done a little in each turn, unless nobody looks for it any more."""
    monkeypatch.setattr(hits, "READING_S", 0.0)
    gone_on: list[str] = []
    show = hits.Hits.show
    monkeypatch.setattr(hits.Hits, "show", lambda *about: gone_on.append(about[2]) or show(*about))
    talk = [reply("Some words.\n\n" * 12_000 + "a kumquat\n\n" + "More.\n\n" * 9_000, "giant")]
    talk += [reply(f"Reply {number}. " * 9, f"r{number}") for number in range(40)]
    for is_wanted in (False, True):
        view.show_path(f"c{is_wanted}", talk, lambda _: Siblings())
        view.hits = found = hits.Hits(Query("kumquat"))
        assert found.show(view, "giant", 0)
        giant = view.rows.row(0)
        assert giant.has_more, "some of it is read, and no more"
        assert found._current is None
        if is_wanted:
            qtbot.waitUntil(lambda found=found: found._current is not None)
            leaf = giant.views[found._current[1]].leaf
            assert "kumquat" in plain(leaf.content.runs)
            top = giant.views[found._current[1]].top - view.scroll_y
            assert 0 < top < view.viewport().height()
            assert len(gone_on) > 20
        else:
            view.hits = None
            turns: list[int] = []
            qtbot.waitUntil(lambda turns=turns: turns.append(1) or len(turns) > 40)
            assert gone_on == ["giant"]
