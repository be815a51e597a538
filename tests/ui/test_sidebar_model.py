"""The list of conversations: groups, order, and one signal for one changed row."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.conversation import Conversation
from pizzagpt_desktop.ui.sidebar_groups import Grouping
from pizzagpt_desktop.ui.sidebar_model import ConversationModel, Roles
from pizzagpt_desktop.ui.sidebar_sections import SectionModel

NOW = datetime(2026, 3, 18, 12, 0).astimezone()
TODAY = NOW.date()


def made(name: str, days_ago: float = 0.0, **facts: object) -> Conversation:
    at = (NOW - timedelta(days=days_ago)).timestamp()
    return Conversation(id=name, title=name.title(), updated_at=at, created_at=at, **facts)  # type: ignore[arg-type]


def shown(model: ConversationModel) -> list[str]:
    return [model.index(row).data() for row in range(model.rowCount())]


def group_of(conversation: Conversation, today: date) -> str:
    return Grouping(today, "activity", {}).place(conversation)[1]


@pytest.mark.parametrize(
    ("days", "group"),
    [(-1, "Today"), (0, "Today"), (1, "Yesterday"), (2, "Previous 7 days"), (7, "Previous 7 days")],
)
def test_recent_groups(days: float, group: str) -> None:
    assert group_of(made("a", days), TODAY) == group


def test_older_groups_are_months_and_pinned_goes_before_all() -> None:
    assert group_of(made("a", 30), TODAY) == "February"
    assert group_of(made("a", 365), TODAY) == "March 2025"
    assert group_of(made("a", 365, pinned=True), TODAY) == "Pinned"
    assert datetime.now(UTC)


def test_rows_stand_in_groups_newest_first(qtbot: QtBot) -> None:
    model = ConversationModel()
    model.reset([made("old", 40), made("now"), made("pin", 90, pinned=True), made("later", -0.01)], TODAY)
    assert shown(model) == ["Pinned", "Pin", "Today", "Later", "Now", "February", "Old"]
    assert model.index(0).data(Roles.HEADER)
    assert not model.flags(model.index(0)) & Qt.ItemFlag.ItemIsEnabled


def test_one_changed_row_is_one_change(qtbot: QtBot) -> None:
    model = ConversationModel()
    model.reset([made("a"), made("b", 1), made("c", 2)], TODAY)
    changed: list[int] = []
    model.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    other: list[str] = []
    for signal in (model.rowsInserted, model.rowsRemoved, model.modelReset, model.layoutChanged):
        signal.connect(lambda *_: other.append("structure"))
    model.put(replace(made("b", 1), title="Other", unread=True))
    assert changed == [(3, 3)]
    assert other == []
    model.set_answering({"c"})
    model.set_answering({"c"})
    assert changed == [(3, 3), (5, 5)]
    assert model.index(5).data(Qt.ItemDataRole.AccessibleTextRole) == "C, answering"


def test_a_new_message_moves_its_row_to_the_top_and_an_empty_group_goes(qtbot: QtBot) -> None:
    model = ConversationModel()
    model.reset([made("a"), made("b", 1), made("c", 2)], TODAY)
    model.put(made("b", -0.001))
    assert shown(model) == ["Today", "B", "A", "Previous 7 days", "C"]
    model.drop("c")
    assert shown(model) == ["Today", "B", "A"]
    model.put(made("z", 1))
    assert shown(model) == ["Today", "B", "A", "Yesterday", "Z"]
    model.put(replace(made("a"), pinned=True))
    assert shown(model) == ["Pinned", "A", "Today", "B", "Yesterday", "Z"]


def test_another_day_groups_anew(qtbot: QtBot) -> None:
    model = ConversationModel()
    model.reset([made("a")], TODAY)
    model.note_day(TODAY + timedelta(days=1))
    assert shown(model) == ["Yesterday", "A"]


def test_changes_in_any_order_end_as_a_fresh_list(qtbot: QtBot) -> None:
    model = ConversationModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    assert tester.model() is model
    model.reset([], TODAY)
    chance, alive = Random(7), dict[str, Conversation]()
    for step in range(400):
        name = f"c{chance.randrange(25)}"
        if chance.random() < 0.25:
            alive.pop(name, None)
            model.drop(name)
        else:
            alive[name] = made(
                name, chance.choice((0, 1, 3, 20, 60, 400)) + step / 1e5, pinned=chance.random() < 0.2
            )
            model.put(alive[name])
        fresh = ConversationModel()
        fresh.reset(alive.values(), TODAY)
        assert shown(model) == shown(fresh)
        assert [model.row_of(i) for i in model.ids()] == [fresh.row_of(i) for i in fresh.ids()]
        assert [model.index(model.row_of(i)).data(Roles.ID) for i in model.ids()] == fresh.ids()


def test_a_list_that_comes_in_pieces_ends_as_one_that_comes_at_once(qtbot: QtBot) -> None:
    model, whole = ConversationModel(), ConversationModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    assert tester.model() is model
    some = [made(f"c{i}", i / 3, pinned=i % 40 == 7) for i in range(300)]
    model.reset(some[:20], TODAY)
    newer = made("c150", -0.5)
    model.put(newer)  # announced before its piece came: the piece has the older facts
    for first in range(20, 300, 50):
        model.extend(some[first : first + 50])
    whole.reset([*some[:150], newer, *some[151:]], TODAY)
    assert shown(model) == shown(whole)
    assert model.conversation("c150") is newer


def test_a_row_that_moves_stays_the_chosen_one(qtbot: QtBot) -> None:
    model = ConversationModel()
    model.reset([made("a"), made("b", 1), made("c", 2), made("d", 2.1)], TODAY)
    chosen = QPersistentModelIndex(model.index(model.row_of("c")))
    removed: list[str] = []
    model.rowsAboutToBeRemoved.connect(lambda _, first, last: removed.append(model.index(first).data()))
    for days_ago in (-0.01, 0.5, 1.5, 40, 2.05, 0):
        model.put(made("c", days_ago))
        assert chosen.data(Roles.ID) == "c"
        assert chosen.row() == model.row_of("c")
    model.put(replace(made("c"), pinned=True))
    assert chosen.data(Roles.ID) == "c"
    assert set(removed) <= {"Yesterday", "Previous 7 days", "February", "Today"}, "only titles go"


def test_a_long_list_is_not_asked_row_by_row(qtbot: QtBot) -> None:
    """Slices go in as blocks, a change tells of few rows, and Qt counts them without asking Python."""
    model = ConversationModel()
    assert all("rowCount" not in vars(kind) for kind in (ConversationModel, SectionModel))
    told: list[int] = []
    model.rowsInserted.connect(lambda _, first, last: told.append(last - first + 1))
    many = [made(f"c{i:05}", i / 30) for i in range(20_000)]
    model.reset(many[:100], TODAY)
    slices = range(100, 20_000, 500)
    for first in slices:
        model.extend(many[first : first + 500])
    groups = model.rowCount() - len(model.ids())
    assert len(model.ids()) == 20_000
    assert len(told) <= 2 * groups + len(slices)
    told.clear()
    model.put(made("c19990", -0.01))
    model.drop("c10000")
    assert model.row_of("c00000") == 2
    assert model.step("c00000", -1) == "c19990"
    assert told == []


def test_steps_go_through_the_list_and_end_at_its_ends(qtbot: QtBot) -> None:
    model = ConversationModel()
    assert model.step(None, 1) is None
    model.reset([made("a"), made("b", 1), made("c", 40)], TODAY)
    assert [model.step("a", 1), model.step("b", 1), model.step("c", 1)] == ["b", "c", None]
    assert [model.step("c", -1), model.step("a", -1)] == ["b", None]
    assert [model.step("gone", 1), model.step("gone", -1)] == ["a", "c"]
    assert [model.id_at(2), model.id_at(3), model.id_at(-1)] == ["c", None, None]


def test_a_title_that_is_missing_is_the_drafts_first_words(qtbot: QtBot) -> None:
    model = ConversationModel()
    model.reset(
        [replace(made("a"), title="", draft="Half a thought\nmore"), replace(made("b", 1), title="")], TODAY
    )
    assert shown(model) == ["Today", "Half a thought", "Yesterday", "New conversation"]


def test_markup_in_a_title_stays_markup(qtbot: QtBot) -> None:
    model = ConversationModel()
    model.reset([replace(made("a"), title="<img src=x> & co")], TODAY)
    assert model.index(1).data() == "<img src=x> & co"
    assert "&lt;img src=x&gt; &amp; co" in model.index(1).data(Qt.ItemDataRole.ToolTipRole)
