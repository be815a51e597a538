"""How much of a long text is read in one frame, and that no frame of a hostile one reads more; all of it comes in the end."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.domain.conversation import Siblings, Status
from pizzagpt_desktop.domain.helpings import (
    EMPTY,
    LARGEST,
    LONG_S,
    MARKS,
    SHORT_S,
    SMALLEST,
    Helpings,
)
from pizzagpt_desktop.domain.markdown import MarkdownStream
from pizzagpt_desktop.domain.markdown_rules import CELL_LIMIT
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import button, clipboard, reply, shown_text


@given(
    st.text(alphabet="ab\n\r|[", max_size=3_000), st.lists(st.sampled_from([0.0, SHORT_S, 1.0]), max_size=30)
)
def test_helpings_are_the_whole_text_and_never_large(text: str, costs: list[float]) -> None:
    helpings = Helpings()
    left, found = text * 8, ""
    turn = 0
    while left:
        part, left = helpings.take(left)
        assert 0 < len(part) <= LARGEST
        assert sum(map(part.count, "\n\r|[")) <= MARKS
        found += part
        helpings.note(costs[turn % len(costs)] if costs else 0.0)
        turn += 1
    assert found == text * 8


@pytest.mark.parametrize("columns", [100, 500, 2_000])
def test_rows_that_are_filled_up_with_empty_cells_are_counted_by_these(columns: int) -> None:
    head = "|" + "a|" * columns + "\n|" + "-|" * columns + "\n"
    text = head + "x\n" * 3_000
    helpings, left, most, rows = Helpings(), text, 0, []
    while left:
        part, left = helpings.take(left)
        rows.append(part.count("x\n"))
        most = max(most, rows[-1])
        helpings.note(0.0)
    in_table = CELL_LIMIT // columns
    few = [count for count, done in zip(rows, accumulate(rows), strict=True) if 0 < done <= in_table]
    assert max(few) * columns <= (EMPTY + 1) * MARKS + columns
    assert rows[-2] == MARKS  # beyond the limit of cells its lines are ordinary ones
    helpings, left = Helpings(), head
    while left:
        left = helpings.take(left)[1]
        helpings.note(0.0)
    assert helpings.take("\n" + "x\n" * 3_000)[0].count("x") > MARKS // 2  # and after its end


def test_what_is_slow_to_read_comes_in_smaller_helpings() -> None:
    helpings = Helpings()
    for _ in range(20):
        helpings.note(2 * LONG_S)
    assert len(helpings.take("a" * 9_000)[0]) == SMALLEST
    for _ in range(20):
        helpings.note(SHORT_S / 2)
    assert len(helpings.take("a" * 9_000)[0]) == LARGEST


@pytest.mark.parametrize("unit", ["-\n", "> - a\n", "|a|b|\n|-|-|\n|c|d|\n\n", "  - deep\n", "word "])
@pytest.mark.parametrize("is_at_end", [True, False])
def test_no_frame_reads_more_than_a_helping(
    view: TranscriptView, monkeypatch: pytest.MonkeyPatch, unit: str, is_at_end: bool
) -> None:
    """Counted, not timed: of a text that comes or is opened, and of one that is gone to."""
    text = unit * (12_000 // len(unit))
    fed: list[int] = []
    feed = MarkdownStream.feed

    def counting(stream: MarkdownStream, chunk: str) -> None:
        fed[-1] += max(chunk.count("\n") + chunk.count("|"), len(chunk) // (LARGEST // MARKS))
        feed(stream, chunk)

    monkeypatch.setattr(MarkdownStream, "feed", counting)
    before = [reply("word\n\n" * 60, f"b{n}") for n in range(3)]
    fed.append(0)
    view.show_path("c", [*before, reply(text, "r")], lambda _: Siblings())
    if not is_at_end:
        fed.append(0)
        view.jump_to("r")
    row = view.rows.row(3)
    for _ in range(400):
        if not row.busy:
            break
        fed.append(0)
        view._frame.stop()
        view._on_frame()
    assert not row.busy
    assert max(fed) <= 3 * MARKS  # the rows before it have their part in the first
    assert len([one for one in fed if one]) >= 2
    assert shown_text(view, 3).count(unit.strip("\n|->: ")[:1] or "") >= text.count(
        unit.strip("\n|->: ")[:1] or "\0"
    )


def test_code_that_is_not_read_to_its_end_is_copied_to_its_end(view: TranscriptView) -> None:
    code = "x = 1\n" * 5_000
    view.show_path("c", [reply(f"```py\n{code}```\n\nend", "r")], lambda _: Siblings())
    assert view.rows.row(0).busy
    button(view, "Copy code").click()
    assert clipboard() == code


def test_the_place_holds_while_the_rest_of_a_long_text_is_read(view: TranscriptView) -> None:
    long = reply("Some words.\n\n" * 3_000, "long")
    rows = [reply("a", "a"), long, *(reply("word\n\n" * 20, f"n{n}") for n in range(4))]
    view.show_path("c", rows, lambda _: Siblings())
    view.jump_to("long")
    assert view.rows.row(1).busy
    top = view.rows.heights.top(1) - view.scroll_y
    while view.rows.row(1).busy:
        view._frame.stop()
        view._on_frame()
        assert view.rows.heights.top(1) - view.scroll_y == top
    growing = view.rows.messages[1]
    assert growing.status is Status.COMPLETE
    view.jump_to("n0")  # all that stands above is there at once
    assert not view.rows.row(1).busy
