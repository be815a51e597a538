"""`import` as a command: exit status, words, special files, and a library in another program that shows what came."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pizzagpt_desktop import cli
from pizzagpt_desktop.chat.announcer import Announcer
from pizzagpt_desktop.chat.events import ConversationAdded
from pizzagpt_desktop.chat.library import Library
from pizzagpt_desktop.console import COMMANDS
from pizzagpt_desktop.domain.asking import Asking
from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, wire
from pizzagpt_desktop.exchange import export
from pizzagpt_desktop.storage.paths import folders
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.corpus import CORPUS

ROOT = Path(__file__).parent.parent
IMPORTS = CORPUS / "imports"


@pytest.fixture
def run(tmp_path, capsys):
    """Runs a command on an own data folder; its exit status, standard output and standard error."""

    def run(*words):
        status = cli.main([words[0], "--data-dir", str(tmp_path / "here"), *map(str, words[1:])])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def test_words_for_people_and_an_object_for_programs(run):
    assert run("import", IMPORTS / "c24-mixed.json") == (
        0,
        "1 of 4 conversations imported; 3 could not be read.\n",
        "",
    )
    status, out, err = run("import", IMPORTS / "c01-good.json", "--json")
    assert (status, err) == (0, "")
    assert json.loads(out) == {
        "result": "imported",
        "conversations": 0,
        "messages": 0,
        "skipped": 1,
        "message": "There is nothing new in this file. 1 was here already and was skipped.",
    }
    status, out, err = run("import", IMPORTS / "d13-html.json")
    assert (status, out) == (1, "")
    assert "not a conversation file" in err


def test_conversations_in_which_nothing_was_said_are_no_loss(run, tmp_path):
    said = [{"sender": "human", "text": "hi"}]
    file = tmp_path / "export.json"
    talks = [{"uuid": f"{n}", "name": "T", "chat_messages": said if n == 1 else []} for n in range(3)]
    file.write_text(json.dumps(talks))
    status, out, _ = run("import", file, "--json")
    told = json.loads(out)
    assert (status, told["result"], told["conversations"], told["skipped"]) == (0, "imported", 1, 2)
    assert told["message"] == "1 conversation imported. 2 had no messages in them."
    file.write_text(json.dumps([*talks, {"uuid": "3", "chat_messages": [None, 7]}]))
    status, out, _ = run("import", file, "--json")
    assert json.loads(out)["result"] == "imported_partly"
    assert "1 could not be read. 1 had" not in out
    file.write_text(json.dumps(talks[:1]))
    assert run("import", file)[0] == 1


def test_instructions_that_come_along_are_said(run, tmp_path):
    asked = Asking(system_prompt="Talk like a pirate.", temperature=0.5)
    hi = Message(id="m", conversation_id="c", parent_id=None, role=Role.USER, text="hi")
    file = tmp_path / "one.json"
    file.write_text(json.dumps(export.as_json(Conversation(id="c", title="Sea", asking=asked), [hi])))
    words = "1 conversation imported. 1 conversation brought instructions for the model along; see Persona and parameters."
    assert run("import", file) == (0, f"{words}\n", "")
    _, told, _ = run("export", "c")
    assert json.loads(told)["conversation"]["asking"] == {
        "system_prompt": "Talk like a pirate.",
        "temperature": 0.5,
    }
    assert "instructions" not in run("import", file)[1]


def test_where_the_chats_cannot_be_opened_that_is_said_as_an_object_too(run, tmp_path):
    (tmp_path / "here").write_text("a file in the place of the folder")
    status, out, err = run("import", IMPORTS / "c01-good.json", "--json")
    assert (status, err) == (1, "")
    assert json.loads(out)["result"] == "refused"


@pytest.mark.parametrize("command", COMMANDS)
def test_the_twin_has_every_command_that_the_program_sends_to_it(command, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main([command, "--help"])
    assert end.value.code == 0
    assert f"pizzagpt-desktop {command} " in capsys.readouterr().out


def special(kind, folder):
    path = folder / "special"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)
    else:
        return Path(kind)
    return path


@pytest.mark.parametrize(
    "kind", ["pipe", "folder", "loop", "/dev/zero", "/dev/tty", "missing", "a\0b", "x" * 5000]
)
def test_what_is_no_file_is_refused_at_once_and_in_words(run, tmp_path, kind):
    began = time.monotonic()
    status, out, err = run("import", special(kind, tmp_path))
    assert (status, out) == (1, "")
    assert "read" in err
    assert "Traceback" not in err
    assert time.monotonic() - began < 60  # it waits for nobody: a pipe without a writer would be for ever


def test_an_imported_system_message_is_never_sent(run, tmp_path):
    run("import", IMPORTS / "c26-system-prompt.json")
    with folders(tmp_path / "here") as places:
        store = SqliteSessionStore(places.chats)
        (conversation,) = store.conversations()
        path = store.path(conversation.id)
        store.close()
    assert [message.role for message in path] == [Role.SYSTEM, Role.ASSISTANT]
    assert wire(path, "Be brief.") == [
        {"role": "system", "content": "Be brief."},
        {"role": "assistant", "content": "text 1"},
    ]


def test_a_library_that_lies_open_shows_what_another_program_imports(tmp_path):
    with folders(tmp_path / "here") as places:
        store = SqliteSessionStore(places.chats)
        announcer = Announcer()
        library = Library(store, announcer)
        heard = []
        announcer.subscribe(lambda event: heard.append(event))
        done = subprocess.run(
            [
                *(sys.executable, "-W", "error", "-m", "pizzagpt_desktop", "import"),
                *(str(IMPORTS / "c20-title-types.json"), "--data-dir", str(tmp_path / "here")),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "4 conversations imported.\n", "")
        library.refresh()
        assert sum(isinstance(event, ConversationAdded) for event in heard) == 4
        store.close()


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as Unix sends them")
def test_stopped_by_the_keyboard_what_came_stays_and_is_said(tmp_path):
    file = tmp_path / "long.json"
    one = {"messages": [{"role": "user", "content": "hi"}] * 100}
    with file.open("w") as out:
        out.write("[" + ",".join(json.dumps(one | {"id": str(number)}) for number in range(400)) + "]")
    here = tmp_path / "here"
    with folders(here) as places:
        store = SqliteSessionStore(places.chats)
    running = subprocess.Popen(
        [sys.executable, "-m", "pizzagpt_desktop", "import", str(file), "--json", "--data-dir", str(here)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    while not store.count():
        assert running.poll() is None
    running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=60)
    told = json.loads(out)
    assert running.returncode == 1
    assert told["message"].startswith("Stopped. ")
    assert told["result"] == "imported_partly"
    assert 0 < told["conversations"] == store.count() < 400
    assert all(len(store.messages(c.id)) == 100 for c in store.conversations(10))
    store.close()
