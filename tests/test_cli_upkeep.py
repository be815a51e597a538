"""The headless twin: backup, restore, recover, and going on with a reply that ended early."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pizzagpt_desktop import cli
from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status
from pizzagpt_desktop.storage.instance import take
from pizzagpt_desktop.storage.paths import folders
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.scripted_service import Ending, Script, ScriptedService

ROOT = Path(__file__).parent.parent
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return tmp_path / "here"


@pytest.fixture
def run(here: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: object) -> tuple[int, str, str]:
        status = cli.main([str(words[0]), "--data-dir", str(here), *map(str, words[1:])])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    with ScriptedService() as service:
        service.script("m", Script(words=["and ", "the rest."]))
        service.script("cut", Script(words=["half a "], ending=Ending.CUT))
        yield service


def store_at(here: Path) -> SqliteSessionStore:
    with folders(here) as places:
        return SqliteSessionStore(places.chats)


def fill(here: Path, *titles: str) -> None:
    with closing(store_at(here)) as store:
        for title in titles:
            store.add_conversation(Conversation(id=title, title=title))
            store.add_message(
                Message(id=f"m {title}", conversation_id=title, parent_id=None, role=Role.USER, text=title)
            )


def titles(run: Run) -> list[str]:
    return sorted(c["title"] for c in json.loads(run("list", "--json")[1]))


# Backup, restore, recover


def test_a_backup_is_made_and_its_path_printed(run: Run, here: Path, tmp_path: Path) -> None:
    fill(here, "one")
    status, out, err = run("backup")
    made = Path(out.strip())
    assert (status, err) == (0, "")
    assert made.parent == here / "data" / "backups"
    assert made.stat().st_mode & 0o777 == 0o600
    status, out, _ = run("backup", tmp_path / "mine.db", "--json")
    facts = json.loads(out)
    assert (status, facts) == (0, {"backup": str(tmp_path / "mine.db"), "conversations": 1, "messages": 1})
    fill(here, "two")
    assert run("backup", tmp_path / "mine.db")[0] == 0, "an older backup may be replaced"
    with closing(sqlite3.connect(tmp_path / "mine.db")) as connection:
        assert connection.execute("SELECT count(*) FROM conversations").fetchone() == (2,)
    (tmp_path / "folder").mkdir()
    status, out, _ = run("backup", tmp_path / "folder")
    assert Path(out.strip()).parent == tmp_path / "folder"


def test_a_name_that_no_disk_takes_is_said_in_words(run: Run, here: Path, tmp_path: Path) -> None:
    fill(here, "one")
    status, out, err = run("backup", tmp_path / ("x" * 5000))
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert "The name is too long for this disk." in err


def test_a_backup_spares_other_files(run: Run, here: Path, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear reader")
    status, _, err = run("backup")
    assert (status, err.count("\n")) == (1, 1)
    assert "no chats" in err
    fill(here, "one")
    for target in (letter, here / "data" / "chats.db", tmp_path / "nowhere" / "b.db"):
        status, out, err = run("backup", target)
        assert (status, out, err.count("\n")) == (1, "", 1)
    assert letter.read_text() == "Dear reader"
    assert titles(run) == ["one"]


def test_restoring_brings_a_backup_back_and_says_where_the_rest_is(run: Run, here: Path) -> None:
    fill(here, "one")
    made = Path(run("backup")[1].strip())
    fill(here, "two")
    status, out, err = run("restore", made, "--json")
    facts = json.loads(out)
    assert (status, err) == (0, "")
    assert (facts["conversations"], facts["messages"]) == (1, 1)
    assert titles(run) == ["one"]
    status, out, _ = run("restore", facts["kept"])
    assert status == 0
    assert "kept at" in out
    assert titles(run) == ["one", "two"]
    assert run("restore", made.name)[0] == 0, "by its name alone"
    assert titles(run) == ["one"]


def test_without_a_name_restore_says_which_backups_there_are(run: Run, here: Path) -> None:
    fill(here, "one")
    assert run("restore") == (0, "", "pizzagpt-desktop: There are no backups yet. `backup` makes one.\n")
    older = Path(run("backup")[1].strip())
    fill(here, "two")
    newer = Path(run("backup")[1].strip())
    assert json.loads(run("restore", "--json")[1]) == [
        {"backup": str(newer), "conversations": 2, "messages": 2},
        {"backup": str(older), "conversations": 1, "messages": 1},
    ]
    older.write_bytes(b"no backup any more")
    status, out, _ = run("restore")
    assert (status, out) == (
        0, f"{newer.name}  2 conversations, 2 messages\n{older.name}  cannot be read\n"
    )  # fmt: skip


def test_what_cannot_be_restored_is_said_and_nothing_is_changed(run: Run, here: Path, tmp_path: Path) -> None:
    fill(here, "one")
    (tmp_path / "letter.db").write_text("Dear reader" * 100)
    for file, words in (
        ("letter.db", "no chat file"),
        ("nothing.db", "no file"),
        (".", "is no file"),
        ("x" * 5000, "cannot be read"),
    ):
        status, out, err = run("restore", tmp_path / file)
        assert (status, out, err.count("\n")) == (1, "", 1)
        assert words in err
        assert err.endswith("Nothing was changed. Choose another one.\n"), "not that of a full disk"
    assert titles(run) == ["one"]


def test_nothing_is_swapped_under_an_open_window(run: Run, here: Path) -> None:
    fill(here, "one")
    made = Path(run("backup")[1].strip())
    window = take(here / "data")
    assert window is not None
    for words in (["restore", made], ["recover"]):
        status, out, err = run(*words)
        assert (status, out) == (1, "")
        assert "open in a window" in err
    assert run("backup")[0] == 0, "a backup may be made beside it"
    window.close()
    assert run("restore", made)[0] == 0


def test_a_damaged_file_is_said_by_every_command_and_recovered(run: Run, here: Path) -> None:
    fill(here, "one", "two")
    file = here / "data" / "chats.db"
    damaged = b"\xa5" * 4096 + file.read_bytes()[4096:]
    file.write_bytes(damaged)
    for words in (["list", "--json"], ["show", "one"], ["search", "one"], ["export", "one"], ["backup"]):
        status, out, err = run(*words)
        assert (status, out, err.count("\n")) == (1, "", 1), words
        assert "damaged" in err
        assert "recover" in err or words == ["backup"]
    assert file.read_bytes() == damaged
    status, out, err = run("recover")
    assert (status, err) == (0, "")
    assert "Your chat file was damaged. 2 chats were recovered." in out
    assert titles(run) == ["one", "two"]
    file.write_bytes(damaged)
    facts = json.loads(run("recover", "--json")[1])
    assert facts["recovered"] == 2
    assert Path(facts["kept"]).read_bytes() == damaged


def test_a_sound_file_that_is_recovered_is_not_called_damaged(run: Run, here: Path) -> None:
    fill(here, "one", "two")
    status, out, err = run("recover")
    assert (status, err) == (0, "")
    assert "No damage was found in your chat file; it was read anew. 2 of 2 chats were recovered." in out
    assert titles(run) == ["one", "two"]


# Going on


@pytest.fixture
def go_on(run: Run, service: ScriptedService) -> Run:
    def go_on(identity: str, *options: str, model: str = "m") -> tuple[int, str, str]:
        return run(
            "continue", identity, "--provider", "openai", "--base-url", service.base_url, "--model", model, *options
        )  # fmt: skip

    return go_on


def reply(here: Path, status: Status, text: str = "Half a sentence ", **more: Any) -> None:
    with closing(store_at(here)) as store:
        store.add_conversation(Conversation(id="c"))
        store.add_message(Message(id="q", conversation_id="c", parent_id=None, role=Role.USER, text="Why?"))
        store.add_message(
            Message(
                id="r", conversation_id="c", parent_id="q", role=Role.ASSISTANT, text=text, status=status, **more
            )
        )  # fmt: skip


@pytest.mark.parametrize("status", [Status.STOPPED, Status.INTERRUPTED, Status.FAILED])
def test_a_reply_that_ended_early_goes_on(
    go_on: Run, run: Run, here: Path, service: ScriptedService, status: Status
) -> None:
    reply(here, status)
    assert go_on("c") == (0, "and the rest.\n", "")
    asked = service.chats()[0].json["messages"]
    assert [m["content"] for m in asked[:2]] == ["Why?", "Half a sentence "]
    (_, after) = json.loads(run("export", "c", "--format", "json")[1])["messages"]
    assert (after["state"], after["text"]) == ("complete", "Half a sentence and the rest.")


def test_going_on_says_how_it_ended_with_json_too(go_on: Run, here: Path) -> None:
    reply(here, Status.STOPPED)
    status, out, _ = go_on("c", "--json", model="cut")
    facts = json.loads(out.splitlines()[-1])
    assert (status, facts["state"], facts["text"]) == (1, "interrupted", "Half a sentence half a ")
    assert (facts["conversation"], facts["message"]) == ("c", "r")
    status, out, _ = go_on("c", "--json")
    facts = json.loads(out.splitlines()[-1])
    assert (status, facts["text"]) == (0, "Half a sentence half a and the rest.")


def test_a_complete_reply_is_left_alone(go_on: Run, here: Path, service: ScriptedService) -> None:
    reply(here, Status.COMPLETE, "All of it.")
    status, out, err = go_on("c")
    assert (status, out) == (0, "")
    assert "nothing to go on with" in err
    status, out, _ = go_on("c", "--json")
    assert (status, json.loads(out)["text"]) == (0, "All of it.")
    assert not service.requests


def test_a_message_that_was_never_answered_is_answered(go_on: Run, here: Path, run: Run) -> None:
    fill(here, "one")
    assert go_on("one") == (0, "and the rest.\n", "")
    assert [m["text"] for m in json.loads(run("show", "one", "--json")[1])["messages"]] == [
        "one",
        "and the rest.",
    ]


def test_there_must_be_something_to_go_on_with(go_on: Run, here: Path, service: ScriptedService) -> None:
    with closing(store_at(here)) as store:
        store.add_conversation(Conversation(id="empty"))
    assert go_on("nobody")[0] == 2
    assert go_on("empty")[0] == 2
    with closing(store_at(here)) as other:
        other.add_conversation(Conversation(id="c"))
        other.add_message(
            Message(id="r", conversation_id="c", parent_id=None, role=Role.ASSISTANT, text="", status=Status.STREAMING)
        )  # fmt: skip
        status, _, err = go_on("c")
    assert status == 1
    assert "Another program is writing" in err
    assert not service.requests


def test_the_commands_are_found_from_the_program(here: Path) -> None:
    fill(here, "one")
    done = subprocess.run(
        [sys.executable, "-m", "pizzagpt_desktop", "backup", "--data-dir", str(here), "--json"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["conversations"] == 1
