"""The corpus of files to import, through the command line: what each case expects, and what must hold with every one."""

import io
import json
import sqlite3
import sys
import time
from pathlib import Path

import pytest

from pizzagpt_desktop import cli
from pizzagpt_desktop.domain.conversation import Conversation, Message, Role
from pizzagpt_desktop.domain.preferences import Preferences, ServiceSettings
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxySettings
from pizzagpt_desktop.exchange.reading import Reading
from pizzagpt_desktop.exchange.refusal import Refused
from pizzagpt_desktop.storage.paths import folders
from pizzagpt_desktop.storage.preferences import save
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.corpus import CORPUS

IMPORTS = CORPUS / "imports"
EXISTING = "00000000-0000-4000-8000-000000000001"  # the id that one of the files claims
CASES = [path.name.removesuffix(".expect.json") for path in sorted(IMPORTS.glob("*.expect.json"))]

_opened: list[str] = []
_watching = False


def _hear(event, arguments):
    if _watching and event == "open":
        _opened.append(str(arguments[0]))
    elif _watching and event == "socket.connect":
        _opened.append(f"network {arguments[1]}")


sys.addaudithook(_hear)


@pytest.fixture
def opened():
    """Every file opened and every address called from now on, by name."""
    global _watching
    _opened.clear()
    _watching = True
    yield _opened
    _watching = False


@pytest.fixture
def here(tmp_path):
    """A data folder with a conversation, a service and a proxy in it."""
    folder = tmp_path / "data folder"
    with folders(folder) as places:
        save(
            places.preferences,
            Preferences(
                services={"mine": ServiceSettings(provider="openai", base_url="https://mine.example/v1")},
                proxy=ProxySettings(mode=ProxyMode.MANUAL, host="proxy.example", port=8080),
            ),
        )
        store = SqliteSessionStore(places.chats)
        store.add_conversation(Conversation(id=EXISTING, title="mine", created_at=1e9, updated_at=1e9))
        store.add_message(
            Message(
                id="my message", conversation_id=EXISTING, parent_id=None, role=Role.USER, text="said before"
            )
        )
        store.close()
    return folder


def file_of(case):
    found = [path for path in (IMPORTS / f"{case}.json", IMPORTS / f"{case}.zip") if path.exists()]
    return found[0]


def expectation(case):
    return json.loads((IMPORTS / f"{case}.expect.json").read_text("utf-8"))


def chats(here):
    (found,) = here.rglob("chats.db")
    return found


def rows(here, statement):
    connection = sqlite3.connect(f"file:{chats(here)}?mode=ro", uri=True)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def bring(here, path, capsys):
    status = cli.main(["import", str(path), "--json", "--data-dir", str(here)])
    out, err = capsys.readouterr()
    assert err == ""
    return status, json.loads(out)


def mine(here):
    own = f"SELECT * FROM conversations WHERE id = '{EXISTING}'"
    (conversation,) = rows(
        here, own.replace("*", "id, title, created_at, updated_at, active_leaf_id, revision")
    )
    return conversation, rows(here, f"SELECT * FROM messages WHERE conversation_id = '{EXISTING}'")


def beside(folder):
    """Everything in a folder but the chat file and what SQLite keeps beside it."""
    return {
        path: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("chats.db")
    }


@pytest.mark.parametrize("case", CASES)
def test_what_the_case_expects_comes_of_it(case, here, tmp_path, capsys, opened):
    expected = expectation(case)
    own, around = mine(here), beside(tmp_path)
    _opened.clear()
    began = time.process_time()
    status, told = bring(here, file_of(case), capsys)
    assert (time.process_time() - began) * 1000 < expected["limits"]["max_ms"] * 2
    assert {name: told[name] for name in ("result", "conversations", "messages", "skipped")} == {
        name: expected[name] for name in ("result", "conversations", "messages", "skipped")
    }
    assert all(part.lower() in told["message"].lower() for part in expected["shows"]), told["message"]
    assert status == (1 if expected["result"] == "refused" else 0)
    # what must hold
    assert mine(here) == own
    assert beside(tmp_path) == around  # settings, addresses, proxies, and everything else beside
    outside = [name for name in opened if name.startswith(("/etc", "network", str(Path.home() / ".bashrc")))]
    assert outside == []
    assert rows(here, "PRAGMA integrity_check") == [("ok",)]
    assert rows(here, "SELECT count(*) - 1 FROM conversations") == [(expected["conversations"],)]
    assert rows(here, "SELECT count(*) - 1 FROM messages") == [(expected["messages"],)]


@pytest.mark.parametrize(
    "case",
    [
        "c01-good",
        "c20-title-types",
        "c22-dup-ids",
        "c24-mixed",
        "e09-id-clash",
        "e13-surrogate",
        "z05-two-names",
    ],
)
def test_the_same_file_again_brings_nothing(case, here, capsys):
    bring(here, file_of(case), capsys)
    before = rows(here, "SELECT * FROM conversations"), rows(here, "SELECT count(*) FROM messages")
    status, told = bring(here, file_of(case), capsys)
    assert (status, told["conversations"]) == (0, 0)
    assert "already" in told["message"]
    assert (rows(here, "SELECT * FROM conversations"), rows(here, "SELECT count(*) FROM messages")) == before


def of(case):
    with file_of(case).open("rb") as file:
        return [found for found in Reading(file, 1.8e9).conversations() if found is not None]


def texts(case):
    return [message.text for message in of(case)[0].whole.messages]


def test_texts_are_what_the_files_say():
    assert texts("c01-good") == ["text 0", "text 1"]
    assert texts("c08-child-missing") == texts("d07-bom") == texts("d08-utf16") == texts("c01-good")
    assert texts("c12-code-type")[1] == "```\nprint(1)\n```"
    assert texts("c14-part-types")[1] == "ok"
    assert texts("c11-asset-path")[1] == "[A picture, which is not in the export]\n\nsee"
    assert texts("e11-content-types") == ["", "", "a", "", "ok"]
    assert texts("e15-dup-keys") == ["hi", "hello"]


def test_whoever_is_not_known_is_neither_the_user_nor_the_system():
    for case in ("c15-author-null", "c16-role"):
        assert [m.role for m in of(case)[0].whole.messages] == [Role.USER, Role.ASSISTANT]


def test_a_system_message_is_kept_as_one():
    assert [m.role for m in of("c26-system-prompt")[0].whole.messages] == [Role.SYSTEM, Role.ASSISTANT]


def test_titles_are_one_line_that_hides_and_turns_nothing():
    titles = [found.whole.conversation.title for found in of("c21-title-hostile")]
    assert titles[:5] == [
        "<b>x</b><img src=file:///etc/passwd>",
        "a�gnp.exe",
        "a b c�d",
        "../../../etc/cron.d/x",
        "CON",
    ]
    assert all(title and title.isprintable() and len(title) <= 200 for title in titles)
    assert of("c28-tags")[0].whole.conversation.title == "T�"
    sizes = [len(found.whole.conversation.title) for found in of("c20-title-types")]
    assert sizes[:3] == [6, 6, 6]  # "text 0": the first message names it
    assert sizes[3] == 200


def test_times_that_no_calendar_has_are_those_of_the_import_or_of_the_messages():
    assert [found.whole.conversation.created_at for found in of("e14-dates")] == [1.8e9] * 4
    assert of("c18a-time")[0].whole.conversation.created_at == 1700000000.5
    assert of("c18e-time")[0].whole.conversation.created_at == 1700000000.0


def test_what_cannot_be_stored_is_marked(here, capsys):
    bring(here, file_of("e13-surrogate"), capsys)
    assert rows(here, "SELECT text FROM messages WHERE id <> 'my message'") == [("a�b�c",)]
    assert rows(here, f"SELECT title FROM conversations WHERE id <> '{EXISTING}'") == [("�",)]


def test_files_cut_anywhere_are_refused():
    whole = file_of("c01-good").read_bytes()
    for end in range(len(whole)):
        with pytest.raises(Refused):
            list(Reading(io.BytesIO(whole[:end]), 1.8e9).conversations())
