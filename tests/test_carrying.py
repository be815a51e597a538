"""Imports and exports of a window on a real chat file: beside the loop, with progress, stopped, undone, refused."""

import asyncio
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.carrying import LOOK, WENT_WRONG, Carrier
from pizzagpt_desktop.chat import library
from pizzagpt_desktop.domain.conversation import Conversation, Message, Role
from pizzagpt_desktop.exchange import export
from pizzagpt_desktop.opening import Opened
from pizzagpt_desktop.storage.paths import folders
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.corpus import CORPUS
from tests.helpers.ui_parts import READY, Rig

IMPORTS = CORPUS / "imports"


class Carried:
    """A window with a carrier, as the program wires them."""

    def __init__(self, tmp_path: Path) -> None:
        self.store = SqliteSessionStore(folders(tmp_path / "here").chats)
        self.rig = Rig(READY, self.store)
        self.rig.show()
        self.window = self.rig.window
        self.exchanging = self.window.exchanging
        self.carrier = Carrier(Opened(self.store), self.exchanging, self.rig.library, self.rig.scope)
        self.exchanging.import_chosen.connect(self.carrier.bring_in)
        self.exchanging.export_chosen.connect(self.carrier.write_out)

    def notice(self, key: str) -> str:
        return self.window.page.notices.text(key)

    async def told(self, *keys: str) -> str:
        """What is said when the work is over."""
        await self.rig.until(lambda: not self.carrier._busy)
        return " ".join(filter(None, map(self.notice, keys or ("deleted", "exchange"))))

    def titles(self) -> list[str]:
        return [conversation.title for conversation in self.window.sidebar.model.conversations()]

    def press(self, name: str) -> None:
        (button,) = (found for found in self.window.findChildren(QPushButton, name) if found.isVisible())
        button.click()

    def say(self, key: str, title: str, *texts: str) -> None:
        self.store.add_conversation(Conversation(id=key, title=title))
        parent = None
        for n, text in enumerate(texts):
            role = (Role.USER, Role.ASSISTANT)[n % 2]
            message = Message(id=f"{key}{n}", conversation_id=key, parent_id=parent, role=role, text=text)
            parent = self.store.add_message(message).id

    def wholes(self) -> list[dict[str, object]]:
        every = sorted(self.store.conversations(), key=lambda c: c.id)
        return [export.as_json(one, self.store.messages(one.id)) for one in every]


@pytest.fixture
async def carried(tmp_path: Path, qtbot: QtBot, _no_leaked_task: None) -> AsyncIterator[Carried]:
    made = Carried(tmp_path)
    yield made
    await made.rig.close()
    made.store.close()


async def test_what_comes_in_is_in_the_list_at_once_and_can_be_taken_back(carried: Carried) -> None:
    carried.exchanging.import_chosen.emit(str(IMPORTS / "c24-mixed.json"))
    assert await carried.told() == "1 of 4 conversations imported; 3 could not be read."
    assert carried.titles() == ["T"]
    carried.press("deleted_undo")
    await carried.rig.until(lambda: not carried.titles())
    assert [conversation.title for conversation in carried.store.trash()] == ["T"]
    carried.press("deleted_undo")  # and the taking back too
    await carried.rig.until(lambda: carried.titles() == ["T"])


async def test_the_loop_turns_while_a_thousand_come_in_and_progress_is_told(carried: Carried) -> None:
    told: list[str] = []
    reword = carried.window.page.notices.reword
    carried.window.page.notices.reword = lambda key, text: (told.append(text), reword(key, text))[1]  # type: ignore[method-assign]
    turns = 0
    carried.exchanging.import_chosen.emit(str(IMPORTS / "c25-many.json"))
    while carried.carrier._busy:
        turns += 1
        await asyncio.sleep(0)
    assert await carried.told() == "1000 conversations imported."
    assert turns > 20
    assert told
    assert all(text.startswith("Importing c25-many.json: ") for text in told)
    await carried.rig.until(lambda: len(carried.titles()) == 1000)


async def test_all_that_came_is_listed_however_few_are_announced_at_once(
    carried: Carried, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "REFRESHED_AT_ONCE", 3)
    carried.exchanging.import_chosen.emit(str(IMPORTS / "c25-many.json"))
    await carried.told()
    assert len(carried.titles()) == 1000


async def test_stopped_half_way_what_came_stays_and_nothing_is_half(carried: Carried, tmp_path: Path) -> None:
    file = tmp_path / "long.json"
    one = {"messages": [{"role": "user", "content": "hi"}] * 60}
    file.write_text(json.dumps([one | {"id": str(number)} for number in range(400)]))
    carried.exchanging.import_chosen.emit(str(file))
    await carried.rig.until(lambda: bool(carried.store.count()))
    carried.press("exchange_stop")
    said = await carried.told()
    assert said.startswith("Stopped. ")
    came = carried.store.count()
    assert 0 < came < 400
    assert f"{came} conversation" in said
    assert all(len(carried.store.path(c.id)) == 60 for c in carried.store.conversations(20))


@pytest.mark.parametrize(
    ("name", "words"),
    [("d13-html.json", "not a conversation file"), ("missing.json", "cannot be read"), (".", "not a file")],
)
async def test_what_is_refused_is_said_in_words(carried: Carried, name: str, words: str) -> None:
    carried.exchanging.import_chosen.emit(str(IMPORTS / name))
    assert words in await carried.told()
    assert carried.store.count() == 0


async def test_one_thing_at_a_time(carried: Carried, tmp_path: Path) -> None:
    carried.exchanging.import_chosen.emit(str(IMPORTS / "c25-many.json"))
    carried.exchanging.import_chosen.emit(str(IMPORTS / "c01-good.json"))
    assert "going on" in carried.notice("busy")
    assert await carried.told() == "1000 conversations imported."


async def test_a_file_dropped_on_the_list_is_imported_and_other_things_are_not(carried: Carried) -> None:
    sidebar, copy = carried.window.sidebar, Qt.DropAction.CopyAction
    files, web = QMimeData(), QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(IMPORTS / "c01-good.json"))])
    web.setUrls([QUrl("https://attacker.example/conversations.json")])
    middle = sidebar.list.viewport().rect().center()
    button, key = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    for data, taken in ((web, False), (files, True)):
        entered = QDragEnterEvent(middle, copy, data, button, key)
        QApplication.sendEvent(sidebar.list.viewport(), entered)  # goes up to whoever takes it
        if taken:
            QApplication.sendEvent(sidebar, QDropEvent(QPointF(middle), copy, data, button, key))
        assert entered.isAccepted() is taken
    await carried.rig.until(lambda: carried.titles() == ["T"])


@pytest.mark.qt_log_ignore(
    "^This plugin does not support"
)  # Qt's dialog of files, and only on the offscreen plugin
async def test_the_dialogs_name_good_files_and_say_what_was_chosen(carried: Carried, tmp_path: Path) -> None:
    carried.say("a", 'CON: "notes"/2?', "hi")
    carried.say("b", "", "hi")
    chosen: list[tuple[list[str], str]] = []
    carried.exchanging.export_chosen.connect(lambda ids, path: chosen.append((ids, path)))
    carried.exchanging.ask_where(["a"])
    dialog = carried.rig.find(QFileDialog, "export_dialog")
    assert Path(dialog.selectedFiles()[0]).name == "CON notes 2.json"
    assert dialog.defaultSuffix() == "json"
    dialog.filterSelected.emit(dialog.nameFilters()[1])
    assert dialog.defaultSuffix() == "md"
    dialog.fileSelected.emit(str(tmp_path / "one.md"))
    dialog.close()
    assert chosen == [(["a"], str(tmp_path / "one.md"))]
    assert "exported to" in await carried.told()
    carried.window.actions_by_id.run("export_all")
    dialogs = [d for d in carried.window.findChildren(QFileDialog, "export_dialog") if d.isVisible()]
    assert dialogs[0].windowTitle() == "Export 2 conversations"
    dialogs[0].reject()
    carried.window.actions_by_id.run("import")
    carried.rig.find(QFileDialog, "import_dialog").reject()


async def test_what_was_exported_comes_back_in_another_program(carried: Carried, tmp_path: Path) -> None:
    for key in ("a", "b", "c"):
        carried.say(key, f"Talk {key}", "ask", "told")
    file = tmp_path / "all.json"
    carried.exchanging.export_chosen.emit(["a", "b", "c"], str(file))
    assert await carried.told() == f"3 conversations exported to {file}"
    before = carried.wholes()
    carried.store.erase(["a", "b", "c"])
    assert carried.store.is_erased(30.0), "as long as anything is left, their names are taken"
    carried.exchanging.import_chosen.emit(str(file))
    assert await carried.told("deleted") == "3 conversations imported."
    assert carried.wholes() == before


async def test_markdown_of_several_is_a_zip_with_good_names(carried: Carried, tmp_path: Path) -> None:
    for key, title in (("a", "../../x"), ("b", "nul"), ("c", "Same"), ("d", "same"), ("e", "a\u202egnp.exe")):
        carried.say(key, title, "ask", f"told {key}")
    file = tmp_path / "all.zip"
    carried.exchanging.export_chosen.emit(list("abcde"), str(file))
    await carried.told()
    with zipfile.ZipFile(file) as archive:
        assert archive.namelist() == ["x.md", "nul -.md", "Same.md", "same (2).md", "a gnp.exe.md"]
        assert archive.read("Same.md").decode() == "# Same\n\n## You\n\nask\n\n## Assistant\n\ntold c\n"


async def test_a_temporary_conversation_can_be_exported_and_the_disk_knows_nothing(
    carried: Carried, tmp_path: Path
) -> None:
    made = Conversation(id="t", title="quiet", temporary=True)
    carried.store.add_conversation(made)
    carried.store.add_message(
        Message(id="m", conversation_id="t", parent_id=None, role=Role.USER, text="psst")
    )
    file = tmp_path / "one.md"
    carried.exchanging.export_chosen.emit(["t"], str(file))
    await carried.told()
    assert "psst" in file.read_text()


async def test_an_export_that_fails_leaves_the_old_file(carried: Carried, tmp_path: Path) -> None:
    carried.say("a", "Talk", "ask")
    folder = tmp_path / "a folder"
    folder.mkdir()
    (folder / "kept").write_text("old")
    carried.exchanging.export_chosen.emit(["a"], str(folder))  # a folder has this name
    assert "cannot be written" in await carried.told()
    carried.exchanging.export_chosen.emit(["a"], str(tmp_path / "missing" / "x.json"))
    assert "cannot be written" in await carried.told()
    assert names_in(folder) == ["kept"]
    assert not any(name.endswith(".part") for name in names_in(tmp_path))


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_files_are_read_beside_the_window_and_go_with_the_message(
    carried: Carried, tmp_path: Path
) -> None:
    carried.exchanging.attach_chosen.connect(carried.carrier.attach)
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_text("fine")
    bad.write_bytes(b"\0\1\2")
    carried.exchanging.attach_chosen.emit([str(bad), str(good), str(tmp_path)])
    composer = carried.window.page.composer
    await carried.rig.until(
        lambda: composer._has_words() and carried.notice("attach").startswith(tmp_path.name[:10])
    )
    assert composer._all_text() == "good.txt:\n\n```\nfine\n```"
    assert "Only files can be attached" in carried.notice("attach")


async def test_what_was_erased_before_the_export_began_is_left_out(carried: Carried, tmp_path: Path) -> None:
    carried.say("a", "One", "hi")
    carried.say("b", "Two", "hi")
    carried.store.erase(["b"])
    file = tmp_path / "both.json"
    carried.exchanging.export_chosen.emit(["a", "b"], str(file))
    assert "exported" in await carried.told()
    titles = [whole["conversation"]["title"] for whole in json.loads(file.read_text())["conversations"]]
    assert titles == ["One"]


@pytest.mark.parametrize("work", ["import", "export"])
async def test_what_nobody_expected_ends_it_in_words_and_the_next_is_done(
    carried: Carried,
    tmp_path: Path,
    work: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    carried.say("a", "One", "hi")

    def begin() -> None:
        if work == "import":
            carried.exchanging.import_chosen.emit(str(IMPORTS / "c01-good.json"))
        else:
            carried.exchanging.export_chosen.emit(["a"], str(tmp_path / "one.json"))

    with monkeypatch.context() as broken:
        name = "_bring_in" if work == "import" else "_write_out"

        async def fail(*given: object) -> None:
            carried.exchanging.begun("It goes on…")
            raise ZeroDivisionError

        broken.setattr(carried.carrier, name, fail)
        begin()
        assert await carried.told() == f"{WENT_WRONG} {LOOK}"
        assert [type(crash) for crash in carried.rig.crashes] == [ZeroDivisionError], "it is reported too"
        carried.rig.crashes.clear()
        caplog.clear()
    begin()
    assert "ported" in await carried.told()
