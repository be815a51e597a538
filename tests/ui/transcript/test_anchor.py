"""The point the reader looks at does not move, whatever else changes, in whatever order."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.conversation import Message, Role, Siblings, Status
from pizzagpt_desktop.domain.preferences import LineWidth
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import OPENED_WITH, SiblingsOf, Tree, reply
from tests.ui.transcript.conftest import sized

BLOCKS = (
    "Some **words** that make a line or two of an ordinary paragraph, and some more of them.",
    "# A head",
    "- one\n- two\n- three",
    "```py\nx = 1\ny = 2\nz = 3\n```",
    "|a|b|\n|-|-|\n|1|2|\n|3|4|",
    "> quoted",
    "1. first\n2. second",
)


def text_of(number: int) -> str:
    return "\n\n".join(BLOCKS[(number * 5 + at) % len(BLOCKS)] for at in range(1 + number % 9))


class Reader:
    """A view, and the point that is looked at: a character of a leaf, and its place on the screen."""

    def __init__(self, view: TranscriptView) -> None:
        self.view = view
        self.tree = Tree(1)
        self.tree.messages.clear()
        parent: str | None = None
        for number in range(160):
            role = Role.ASSISTANT if number % 2 else Role.USER
            reasoning = "Thinking about it.\n" * (number % 7) if role is Role.ASSISTANT else ""
            message = Message(
                id=f"m{number}", conversation_id="c", parent_id=parent, role=role,
                text=text_of(number), reasoning=reasoning,
            )  # fmt: skip
            parent = self.tree.put(message)
        self.tree.leaf = parent or ""
        self.added = 0
        self.streaming: Message | None = None
        self.show()

    def show(self) -> None:
        self.view.show_path("c", self.tree.path(self.tree.leaf, OPENED_WITH), lambda _: Siblings(), self.tree)
        self.settle()

    def settle(self) -> None:
        """Until the view has drawn all it was given: a long text is read over several frames."""
        self.view._on_frame()
        QApplication.processEvents()
        for _ in range(500):
            if not self.view._frame.isActive():
                break
            self.view._on_frame()
            QApplication.processEvents()

    def looked_at(self) -> tuple[str, int, int] | None:
        """Message, leaf and offset of the first line that is seen whole; None where a message ends in the line above."""
        view = self.view
        for index, top in view.rows.between(view.scroll_y, view.scroll_y + view.viewport().height()):
            row = view.rows.live(index)
            cut = False
            for at, leaf in enumerate(row.views if row is not None else ()):
                edge = view.scroll_y - top - leaf.top
                if leaf.document is None or leaf.height <= edge:
                    continue
                for y in range(max(0, edge), leaf.height):
                    offset = max(0, leaf.position_at(0, y)) if y else 0
                    if leaf.line_top(offset) >= edge:
                        return (
                            view.rows.messages[index].id,
                            at - row.thoughts if row is not None else 0,
                            offset,
                        )
                cut = True
            if cut:
                return None
        return None

    def sees(self, point: tuple[str, int, int] | None) -> bool:
        """Whether a line that was looked at is on the screen."""
        y = self.place(point) if point is not None else None
        return y is not None and 0 <= y < self.view.viewport().height() // 2

    def place(self, point: tuple[str, int, int]) -> int | None:
        identity, at, offset = point
        index = self.view.rows.index_of(identity)
        if index is None:
            return None
        row = self.view.rows.row(index)
        if at + row.thoughts >= len(row.views) or at + row.thoughts < 0:
            return None
        leaf = row.views[at + row.thoughts]
        return self.view.rows.heights.top(index) + leaf.top + leaf.line_top(offset) - self.view.scroll_y


def grow(reader: Reader, amount: int) -> None:
    if reader.streaming is None:
        reader.added += 1
        reader.streaming = Message(
            id=f"s{reader.added}", conversation_id="c", parent_id=reader.tree.leaf, role=Role.ASSISTANT,
            text="", status=Status.STREAMING,
        )  # fmt: skip
        reader.view.add_message(reader.streaming)
    reader.streaming = replace(reader.streaming, text=reader.streaming.text + text_of(amount))
    reader.view.grow(reader.streaming.id, text_of(amount))
    reader.view.grow(reader.streaming.id, "", "thinking " * (amount % 3))


def end(reader: Reader, _amount: int) -> None:
    if reader.streaming is not None:
        ended = replace(reader.streaming, status=Status.COMPLETE)
        reader.tree.leaf, reader.streaming = reader.tree.put(ended), None
        reader.view.end(ended)


def load(reader: Reader, amount: int) -> None:
    for _ in range(amount):
        reader.view.loader._rests_until = 0.0
        reader.view.loader._on_turn()


def branch(reader: Reader, amount: int) -> None:
    """Another end of the conversation, below what is read."""
    end(reader, 0)
    shown = [index for index, _ in reader.view.visible()]
    last = reader.view.rows.messages[min(shown[-1] + amount % 5, len(reader.view.rows) - 1)].id
    reader.added += 1
    reader.tree.leaf = reader.tree.grow(f"b{reader.added}-", last, 1 + amount)
    reader.show()


def fold(reader: Reader, amount: int) -> None:
    """Show or hide reasoning above or below the message that is read: in it, what is opened makes room where one looks."""
    shown = [index for index, _ in reader.view.visible()]
    index = shown[0] - amount if amount % 2 else shown[-1] + amount
    point = reader.looked_at()
    if not 0 <= index < len(reader.view.rows) or (
        point is not None and point[0] == reader.view.rows.messages[index].id
    ):
        return
    if reader.view.rows.messages[index].reasoning:
        reader.view.toggle_reasoning(index)


def change_above(reader: Reader, amount: int) -> None:
    """A message above gets another text, as when a note of a fault is taken away."""
    shown = [index for index, _ in reader.view.visible()]
    index = shown[0] - 1 - amount
    if index >= 0:
        message = reader.view.rows.messages[index]
        changed = replace(message, text=text_of(amount * 3))
        if message.id in reader.tree.messages:
            reader.tree.messages[message.id] = changed
        reader.view.end(changed)


ACTS: dict[str, Callable[[Reader, int], object]] = {
    "text comes": grow,
    "a reply ends": end,
    "wider or narrower": lambda reader, amount: reader.view.resize(340 + 70 * amount, reader.view.height()),
    "higher or lower": lambda reader, amount: reader.view.resize(reader.view.width(), 300 + 50 * amount),
    "another font": lambda reader, amount: reader.view.set_body_font(sized(7 + amount)),
    "other measures": lambda reader, amount: reader.view.set_measures(
        list(LineWidth)[amount % len(LineWidth)], amount % 2 == 0
    ),
    "other colours": lambda reader, amount: reader.view.set_palette((theme.LIGHT, theme.DARK)[amount % 2]),
    "older ones come": load,
    "another branch": branch,
    "reasoning folds": fold,
    "text above changes": change_above,
}
MOVES: dict[str, Callable[[Reader, int], object]] = {
    "scroll": lambda reader, amount: reader.view.gliding.by((amount - 5) * 97),
    "drag": lambda reader, amount: reader.view.verticalScrollBar().setValue(
        reader.view.verticalScrollBar().maximum() * (amount + 1) // 14
    ),
    "jump": lambda reader, amount: reader.view.jump_to(
        reader.view.rows.messages[len(reader.view.rows) * amount // 13].id
    ),
}
STEPS = st.lists(
    st.tuples(st.sampled_from([*ACTS, *MOVES]), st.integers(0, 12)), min_size=1, max_size=12
)  # fmt: skip


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
@example(steps=[("another font", 9), ("scroll", 1), ("scroll", 11), ("another font", 0)])
@example(
    steps=[
        ("text comes", 0),
        ("text comes", 0),
        ("text comes", 0),
        ("scroll", 2),
        ("another font", 0),
        ("another font", 1),
    ]
)
def test_what_is_looked_at_stays(view: TranscriptView, qtbot: QtBot, steps: list[tuple[str, int]]) -> None:
    view.show_path(None, [], lambda _: Siblings())
    view.loader._places.clear()
    view.resize(800, 600)
    view.set_body_font(sized(9))
    view.set_measures(LineWidth.NORMAL, False)
    reader = Reader(view)
    bar = view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    reader.settle()
    held: tuple[str, int, int] | None = None
    """What is looked at until the reader moves: other letters may bring a line above it into sight meanwhile."""
    for name, amount in steps:
        if name in MOVES:
            MOVES[name](reader, amount)
            reader.settle()
            held = None
            continue
        followed = view.follows_end
        point = held = held if reader.sees(held) else reader.looked_at()
        before = reader.place(point) if point is not None else None
        ACTS[name](reader, amount)
        reader.settle()
        assert view.follows_end == followed or bar.maximum() == 0, name
        if followed:
            assert bar.value() == bar.maximum(), name
        elif point is not None and before is not None and bar.minimum() < bar.value() < bar.maximum():
            after = reader.place(point)
            assert after is not None, name
            assert abs(after - before) <= 1, (name, amount, point, before, after)


@pytest.mark.parametrize("name", ["text comes", "another branch", "older ones come"])
def test_the_end_stays_the_end_for_whoever_is_there(view: TranscriptView, name: str) -> None:
    reader = Reader(view)
    view.jump_to_end()
    for amount in (3, 9, 1):
        ACTS[name](reader, amount)
        reader.settle()
        assert view.follows_end
        assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum()


@pytest.mark.parametrize("unfolded", [False, True])
def test_reasoning_that_folds_far_above_in_the_same_message_moves_nothing(
    view: TranscriptView, one_of: SiblingsOf, unfolded: bool
) -> None:
    text = "\n\n".join(f"Paragraph {number}. " * 9 for number in range(60))
    view.show_path("c", [reply(text, "r", reasoning="Thinking.\n\n" * 40)], one_of)
    if unfolded:
        view.toggle_reasoning(0)
    bar = view.verticalScrollBar()
    bar.setValue(bar.maximum() * 2 // 3)
    row = view.rows.row(0)
    shown = next(
        leaf
        for leaf in row.views[row.thoughts :]
        if leaf.top + view.rows.heights.top(0) > view.scroll_y and leaf.document is not None
    )
    before = shown.top - view.scroll_y
    view.toggle_reasoning(0)
    assert shown in view.rows.row(0).views
    assert abs(shown.top - view.scroll_y - before) <= 1


def test_who_reads_the_reasoning_when_it_folds_is_at_its_beginning(
    view: TranscriptView, one_of: SiblingsOf
) -> None:
    long = "Words. " * 900
    view.show_path(
        "c", [reply(long, "a"), reply(long, "r", reasoning="Thinking. " * 900), reply(long, "b")], one_of
    )
    view.toggle_reasoning(1)
    view.jump_to("r")
    bar = view.verticalScrollBar()
    bar.setValue(bar.value() + 400)
    view.toggle_reasoning(1)
    assert abs(view.rows.heights.top(1) - view.scroll_y) <= 24
