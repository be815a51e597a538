"""Folders, orders and drops in the list of conversations: each change is the smallest that shows it."""

from dataclasses import replace
from random import Random

from PySide6.QtCore import QItemSelectionModel, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.conversation import Conversation, Folder
from pizzagpt_desktop.ui.sidebar_model import ConversationModel, Roles
from tests.ui.test_sidebar_model import TODAY, made, shown

WORK, HOME = Folder("w", "Work", 0), Folder("h", "Home", 1)


def model_of(*conversations: Conversation, folders: tuple[Folder, ...] = (WORK, HOME)) -> ConversationModel:
    model = ConversationModel()
    model.set_folders(folders)
    model.reset(conversations, TODAY)
    return model


def structure_of(model: ConversationModel) -> list[str]:
    """What is told of changes other than those within a row, from now on."""
    told: list[str] = []
    model.rowsInserted.connect(lambda _p, first, last: told.append(f"+{first}-{last}"))
    model.rowsRemoved.connect(lambda _p, first, last: told.append(f"-{first}-{last}"))
    model.rowsMoved.connect(lambda _p, first, _l, _q, to: told.append(f"{first}>{to}"))
    model.modelReset.connect(lambda: told.append("reset"))
    model.layoutChanged.connect(lambda: told.append("layout"))
    return told


def test_folders_stand_between_the_pinned_and_the_days_in_the_users_order(qtbot: QtBot) -> None:
    model = model_of(
        made("a"),
        made("b", folder_id="h"),
        made("c", 3, folder_id="w"),
        made("d", folder_id="w", pinned=True),
        made("e", folder_id="gone"),
        made("t", temporary=True),
        folders=(HOME, WORK),
    )
    assert shown(model) == [
        *("Temporary", "T", "Pinned", "D", "Work", "C", "Home", "B", "Today", "A", "E"),
    ]
    assert model.index(4).data(Roles.FOLDER) == "w"
    assert model.index(4).data(Roles.COUNT) == 1
    assert [model.index(row).data(Roles.INSIDE) for row in (4, 5, 6, 9)] == ["w", "w", "h", ""]
    assert model.flags(model.index(4)) & Qt.ItemFlag.ItemIsEnabled
    assert not model.flags(model.index(4)) & Qt.ItemFlag.ItemIsSelectable
    assert not model.flags(model.index(8)) & Qt.ItemFlag.ItemIsEnabled


def test_an_empty_folder_keeps_its_title(qtbot: QtBot) -> None:
    model = model_of(made("a", folder_id="w"))
    model.drop("a")
    assert shown(model) == ["Work", "Home"]
    model.put(made("a", folder_id="h"))
    assert shown(model) == ["Work", "Home", "A"]


def test_a_collapsed_folder_hides_its_rows_and_keeps_its_conversations(qtbot: QtBot) -> None:
    model = model_of(made("a", folder_id="w"), made("b", 1, folder_id="w"), made("c"))
    told = structure_of(model)
    model.set_folders([WORK._replace(collapsed=True), HOME])
    assert shown(model) == ["Work", "Home", "Today", "C"]
    assert told == ["-1-2"]
    assert model.row_of("a") == -1
    assert model.conversation("a") is not None
    assert model.ids() == ["c"]
    assert {c.id for c in model.conversations()} == {"a", "b", "c"}
    assert not model.index(0).data(Roles.UNREAD)
    model.put(made("a", folder_id="w", unread=True))
    assert model.index(0).data(Roles.UNREAD), "the title shows what the rows cannot"
    model.set_folders([WORK, HOME])
    assert shown(model) == ["Work", "A", "B", "Home", "Today", "C"]
    assert told == ["-1-2", "+1-2"]


def test_names_and_order_of_folders_change_without_a_reset(qtbot: QtBot) -> None:
    model = model_of(made("a", folder_id="w"), made("b", folder_id="h"))
    marked = QPersistentModelIndex(model.index(model.row_of("a")))
    told = structure_of(model)
    model.set_folders([WORK._replace(name="Paid work"), HOME])
    assert told == []
    assert shown(model)[0] == "Paid work"
    model.set_folders([HOME._replace(position=0), WORK._replace(position=1)])
    assert told == ["layout"]
    assert shown(model) == ["Home", "B", "Work", "A"]
    assert marked.data() == "A"


def test_a_row_moves_and_stays_selected(qtbot: QtBot) -> None:
    model = model_of(made("a"), made("b", 1), made("c", 2))
    selection = QItemSelectionModel(model)
    for name in ("b", "c"):
        selection.select(model.index(model.row_of(name)), QItemSelectionModel.SelectionFlag.Select)
    told = structure_of(model)
    model.put(made("b", -0.001))
    assert "reset" not in told
    model.put(made("c", 2, folder_id="w"))
    assert [index.data() for index in sorted(selection.selectedIndexes())] == ["C", "B"]
    assert shown(model) == ["Work", "C", "Home", "Today", "B", "A"]


def test_other_orders(qtbot: QtBot) -> None:
    model = model_of(
        replace(made("old", 50), updated_at=made("x").updated_at + 1),
        made("apple", 3),
        made("Pear", 0),
        folders=(),
    )
    assert shown(model) == ["Today", "Old", "Pear", "Previous 7 days", "Apple"]
    model.set_order("created")
    assert shown(model) == ["Today", "Pear", "Previous 7 days", "Apple", "January", "Old"]
    model.set_order("title")
    assert shown(model) == ["Conversations", "Apple", "Old", "Pear"]
    told = structure_of(model)
    model.put(replace(made("apple", 3), title="Zebra"))
    assert told == ["1>4"]
    assert shown(model) == ["Conversations", "Old", "Pear", "Zebra"]


def test_a_drop_says_which_conversations_and_where(qtbot: QtBot) -> None:
    model = model_of(made("a"), made("b", 1), made("p", pinned=True), made("w", folder_id="w"))
    dropped: list[tuple[list[str], object]] = []
    model.dropped.connect(lambda ids, place: dropped.append((ids, place)))
    data = model.mimeData([model.index(model.row_of("a")), model.index(model.row_of("b"))])

    def drop_on(row: int) -> bool:
        return model.dropMimeData(data, Qt.DropAction.MoveAction, -1, -1, model.index(row))

    assert drop_on(model.row_of_folder("h"))
    assert drop_on(model.row_of("w"))
    assert drop_on(model.row_of("p"))
    assert drop_on(model.row_of("b"))
    assert drop_on(-1), "below the rows"
    assert dropped == [(["a", "b"], place) for place in ("h", "w", True, "", "")]


def test_a_folder_is_dropped_among_folders_only(qtbot: QtBot) -> None:
    model = model_of(made("a"))
    dropped: list[tuple[str, int]] = []
    model.folder_dropped.connect(lambda folder, place: dropped.append((folder, place)))
    data = model.mimeData([model.index(model.row_of_folder("h"))])
    assert model.dropMimeData(data, Qt.DropAction.MoveAction, 0, -1, model.index(0))
    assert not model.dropMimeData(data, Qt.DropAction.MoveAction, 0, -1, model.index(model.row_of("a")))
    assert dropped == [("h", 0)]


def test_typing_in_a_row_asks_for_what_the_row_is(qtbot: QtBot) -> None:
    model = model_of(made("a"))
    asked: list[tuple[str, str]] = []
    model.rename_asked.connect(lambda identity, words: asked.append((identity, words)))
    model.folder_rename_asked.connect(lambda identity, words: asked.append((identity, words)))
    assert model.setData(model.index(model.row_of("a")), " New ")
    assert model.setData(model.index(0), "Paid")
    assert not model.setData(model.index(0), "Work")
    assert not model.setData(model.index(0), "  ")
    assert asked == [("a", "New"), ("w", "Paid")]


def test_what_a_screen_reader_says(qtbot: QtBot) -> None:
    model = model_of(made("a", folder_id="w", tags=("blue", "red")), folders=(WORK, HOME))
    said = [model.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(3)]
    assert said == [
        *("Folder Work, 1 conversation, open", "A, tagged blue, red", "Folder Home, 0 conversations, open"),
    ]
    assert "blue, red" in model.index(1).data(Qt.ItemDataRole.ToolTipRole)


def test_any_changes_end_as_a_fresh_list(qtbot: QtBot) -> None:
    model = ConversationModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    assert tester.model() is model
    model.reset([], TODAY)
    chance, alive = Random(11), dict[str, Conversation]()
    folders: list[Folder] = []
    order = "activity"
    for step in range(300):
        name, kind = f"c{chance.randrange(25)}", chance.random()
        if kind < 0.15:
            alive.pop(name, None)
            model.drop(name)
        elif kind < 0.25 and folders:
            at = chance.randrange(len(folders))
            folders[at] = folders[at]._replace(collapsed=not folders[at].collapsed)
            model.set_folders(folders)
        elif kind < 0.3:
            chance.shuffle(folders)
            folders = folders[: chance.randrange(4)]
            if len(folders) < 3:
                folders.append(Folder(f"f{step}", f"F{step}"))
            folders = [folder._replace(position=at) for at, folder in enumerate(folders)]
            model.set_folders(folders)
        elif kind < 0.33:
            order = chance.choice(("activity", "created", "title"))
            model.set_order(order)
        else:
            alive[name] = made(
                name,
                chance.choice((0, 1, 3, 20, 60, 400)) + step / 1e5,
                pinned=chance.random() < 0.1,
                temporary=chance.random() < 0.05,
                folder_id=chance.choice([None, *(folder.id for folder in folders)]),
            )
            model.put(alive[name])
        fresh = ConversationModel()
        fresh.set_folders(folders)
        fresh.set_order(order)
        fresh.reset(alive.values(), TODAY)
        assert shown(model) == shown(fresh)
        assert model.ids() == fresh.ids()
        for row, identity in ((model.row_of(identity), identity) for identity in model.ids()):
            assert model.index(row).data(Roles.ID) == identity
