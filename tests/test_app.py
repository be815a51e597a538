"""The desktop program as a process of its own, offscreen: what it loads, how it ends, what it says when it cannot start."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from pizzagpt_desktop.domain.conversation import Conversation, Status
from pizzagpt_desktop.domain.preferences import Preferences, ServiceSettings, Theme
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxySettings
from pizzagpt_desktop.storage.paths import folders
from pizzagpt_desktop.storage.preferences import load, save
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.corpus import CORPUS
from tests.helpers.running import Running
from tests.helpers.scripted_service import Script, ScriptedService, numbered

IMPORTS = CORPUS / "imports"
ROOT = Path(__file__).parent.parent
NO_SIGNALS = pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signals to one process")

OURS = {"pizzagpt_desktop", "qasync", "platformdirs"}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "here"


def choose(folder, service):
    settings = ServiceSettings(provider="openai", base_url=service.base_url, model="paced")
    with folders(folder) as places:
        save(
            places.preferences,
            Preferences(service="s", services={"s": settings}, proxy=ProxySettings(mode=ProxyMode.NONE)),
        )


SEND = """
    program.announcer.subscribe(lambda e: say(e.text) if isinstance(e, ReplyGrew) else None)
    program.service.send(program.library.create().id, "count")
"""


def test_the_self_test_passes_and_says_its_figures_in_one_line():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "pizzagpt_desktop", "--self-test"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    for figure in ("self-test passed", "start", "ms", "memory", "MB", "Qt"):
        assert figure in done.stdout


def test_the_self_test_fails_in_words_when_the_reply_is_wrong():
    code = (
        "from pizzagpt_desktop import self_test; import sys;"
        "real = self_test.PIECES; self_test._serve.__globals__['json'] = type('J', (), {'dumps': lambda v: 'x'});"
        "sys.exit(self_test.run())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "self-test failed: the reply ended failed" in done.stdout


@NO_SIGNALS
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGTERM)])
def test_a_signal_in_mid_reply_keeps_the_text_and_ends_in_order(folder, number):
    with ScriptedService() as service:
        service.script("paced", Script(words=numbered(100), paced=True))
        choose(folder, service)
        with Running(folder, SEND) as program:
            service.permit(3)
            text = ""
            while "word3" not in text:
                text += program.line()
            status, err, seconds = program.end(number)
    assert (status, err) == (0, "")
    assert seconds < 4
    with folders(folder) as places, closing(SqliteSessionStore(places.chats)) as store:
        (conversation,) = store.conversations()
        user, reply = store.path(conversation.id)
    assert user.text == "count"
    assert (reply.text, reply.status) == ("word1 word2 word3 ", Status.STOPPED)


@NO_SIGNALS
def test_a_plug_in_that_clings_to_its_task_does_not_keep_the_program(folder):
    steps = """
    import asyncio
    class Clinging:
        provider = model = route = system_prompt = ""
        retries = 0
        async def stream(self, messages):
            yield "text"
            while True:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    continue
    program.service._choose = lambda _conversation: Clinging()
""" + SEND.strip("\n")
    with Running(folder, steps) as program:
        assert program.line() == "text"
        status, _, seconds = program.end()
    assert status == 0
    assert seconds < 5


@NO_SIGNALS
def test_new_preferences_are_kept(folder):
    steps = """
    from dataclasses import replace
    from pizzagpt_desktop.domain.preferences import Appearance, Theme
    appearance = Appearance(theme=Theme.DARK)
    program.preferences.set(replace(program.preferences.value, appearance=appearance))
    say("set")
"""
    with Running(folder, steps) as program:
        assert program.line() == "set"
        assert program.end()[0] == 0
    with folders(folder) as places:
        assert load(places.preferences).preferences.appearance.theme is Theme.DARK


@NO_SIGNALS
@pytest.mark.parametrize(("days", "left"), [(2, ["new"]), (5, ["new", "old"]), (0, ["new", "old"])])
def test_the_trash_is_emptied_at_the_end_as_the_preferences_have_it(folder, days, left):
    with folders(folder) as places:
        save(places.preferences, Preferences(trash_days=days))
        with closing(SqliteSessionStore(places.chats)) as store:
            for name, ago in (("new", 1), ("old", 3)):
                store.add_conversation(Conversation(id=name))
                store.update_conversation(Conversation(id=name, deleted_at=time.time() - ago * 86_400))
    with Running(folder) as program:
        assert program.line() == "loaded"
        assert program.end()[0] == 0
    with folders(folder) as places, closing(SqliteSessionStore(places.chats)) as store:
        assert [conversation.id for conversation in store.trash()] == left


def test_a_crash_in_the_window_is_logged_and_the_program_goes_on(folder):
    steps = """
    from PySide6.QtCore import QTimer
    program.window.show_crash = lambda report: say("crash:", "ZeroDivisionError" in report)
    QTimer.singleShot(0, program.window, lambda: 1 / 0)
"""
    with Running(folder, steps) as program:
        assert program.line() == "crash: True"
        assert program.end()[0] == 0
    with folders(folder) as places:
        assert "ZeroDivisionError" in (places.log / "pizzagpt-desktop.log").read_text()


@NO_SIGNALS
def test_a_store_of_a_newer_version_is_said_and_left_alone(folder):
    with folders(folder) as places:
        SqliteSessionStore(places.chats).close()
        with closing(sqlite3.connect(places.chats)) as connection:
            connection.execute("PRAGMA user_version = 9999")
            connection.commit()
        before = places.chats.read_bytes()
        with Running(folder) as program:
            assert "newer version" in program.complaint()
            assert program.end()[0] == 1
        assert places.chats.read_bytes() == before


@pytest.mark.parametrize("holds", [False, True])
def test_what_shows_messages_waits_for_a_first_word_where_there_are_none(tmp_path, holds):
    if holds:
        with folders(tmp_path / "here") as places:
            store = SqliteSessionStore(places.chats)
            store.add_conversation(Conversation(id="c", title="Here"))
            store.close()
    steps = """
    names = ("markdown_it", "pizzagpt_desktop.ui.transcript.view", "pizzagpt_desktop.chat.answering", "aiohttp")
    def told(word):
        say(word, *(name in sys.modules for name in names))
    told("rest")
    beside = program._load_beside
    program._load_beside = lambda work, then, parts: beside(work, lambda: told("writing"), parts)
    program.window.page.composer.text_edit.insertPlainText("H")
"""
    with Running(tmp_path / "here", steps) as program:
        assert program.line() == " ".join(["rest", *[str(holds)] * 3, "False"])
        assert program.line() == "writing True True True True"
        assert program.end()[0] == 0


def test_what_is_still_loading_at_the_end_is_not_cut_off_by_the_interpreters_end(folder):
    """Finding a thread in mid-import, the interpreter's end may crash: the process ends without it."""
    steps = """
    import atexit, time
    atexit.register(lambda: print("the interpreter came to its end", file=sys.stderr))
    program._load_beside(lambda: (say("loading"), time.sleep(60)), lambda: None)
"""
    with Running(folder, steps) as program:
        assert program.line() == "loading"
        status, said, _ = program.end()
        assert (status, "came to its end" in said) == (0, False)


def test_what_is_loaded_before_the_first_paint():
    code = """
import json, os, sys
from pizzagpt_desktop import app
def on_first_paint(program):
    print(json.dumps(sorted(sys.modules)), flush=True)
    program.window.close()
app.Program._on_first_paint = on_first_paint
sys.exit(app.run(temp=True))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONNOUSERSITE": "1"},
    )
    assert done.returncode == 0, done.stderr
    modules = set(json.loads(done.stdout))
    outside = {name.partition(".")[0] for name in modules} - sys.stdlib_module_names - {"__main__"}
    # What an editable installation brings at the interpreter's start has an underscored name or a suffix of its own.
    outside = {name for name in outside if not name.startswith(("_", "sitecustomize", "usercustomize"))}
    assert outside <= OURS | {"PySide6", "shiboken6", "shibokensupport", "signature_bootstrap"}, outside
    assert {name for name in modules if name.startswith("PySide6.")} <= {
        "PySide6.QtCore",
        "PySide6.QtGui",
        "PySide6.QtSvg",
        "PySide6.QtWidgets",
        "PySide6.support",
        "PySide6._config",
        "PySide6._git_pyside_version",
    } | {name for name in modules if name.startswith("PySide6.support.")}
    late = {"http.client", "urllib.request", "importlib.metadata", "pizzagpt_desktop.providers.sources"}
    assert not modules & late


def test_files_are_imported_exported_and_attached_as_the_window_asks(folder, tmp_path):
    steps = f"""
    import asyncio
    out = Path({str(tmp_path)!r}) / "out.json"
    note = Path({str(tmp_path)!r}) / "note.txt"
    note.write_text("words")
    async def go():
        exchanging = program.window.exchanging
        exchanging.import_chosen.emit({str(IMPORTS / "c01-good.json")!r})
        while not program.store.count():
            await asyncio.sleep(0.01)
        while program.carrier._busy:
            await asyncio.sleep(0.01)
        exchanging.export_chosen.emit([program.store.conversations()[0].id], str(out))
        while not out.exists():
            await asyncio.sleep(0.01)
        exchanging.attach_chosen.emit([str(note)])
        while not program.window.page.composer._has_words():
            await asyncio.sleep(0.01)
        attached, imported = program.window.sidebar.model.conversations()
        say(imported.title, "and a draft with", attached.files[0].name)
    program.scope.spawn(go(), "test")
"""
    with Running(folder, steps) as program:
        assert program.line() == "T and a draft with note.txt"
        assert program.end()[0] == 0
    told = json.loads((tmp_path / "out.json").read_text())
    assert [message["text"] for message in told["messages"]] == ["text 0", "text 1"]


TALK = """
    from pizzagpt_desktop.chat.events import ReplyEnded
    identity = program.window.desk.conversation.id
    told = []
    def go_on(event):
        if isinstance(event, ReplyEnded):
            told.append(dict(event.message.usage or {}))
            if len(told) < 9:
                later(lambda: program.window.desk.send("a sentence of some forty characters, more. " * 10))
            else:
                later(show)
    def later(act):
        from PySide6.QtCore import QTimer
        QTimer.singleShot(0, act)
    def show():
        from PySide6.QtWidgets import QToolButton
        button = program.window.findChild(QToolButton, "context_meter")
        if button is None or not button.text().startswith("Full"):
            later(show)
        else:
            say(told[0].get("messages_left_out", 0), told[-1].get("messages_left_out", 0))
            say(button.text())
    program.announcer.subscribe(go_on)
    program.window.desk.send("a sentence of some forty characters, more. " * 10)
"""


def test_the_program_goes_on_beyond_the_context_that_the_user_entered_and_its_meter_says_so(folder):
    with ScriptedService() as service:
        service.script("paced", Script(words=["Yes."]))
        choose(folder, service)
        with folders(folder) as places:
            preferences = load(places.preferences).preferences
            entered = {"s": replace(preferences.services["s"], context=1000)}
            save(places.preferences, replace(preferences, services=entered))
        with Running(folder, TALK) as program:
            first, last = map(int, program.line().split())
            assert (first, last > 0) == (0, True)
            assert program.line() == f"Full · {last} oldest left out"
            status, err, _ = program.end()
            assert (status, err) == (0, "")
