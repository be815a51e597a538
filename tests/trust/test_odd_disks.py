"""Chapter "odd disks": the whole program on a disk that cannot be written to, an export onto a full one, no room for work.

The disks are mounted in a namespace of the command's own, so nobody else sees them and nothing is left behind.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pizzagpt_desktop.domain.conversation import Conversation, Message, Role
from pizzagpt_desktop.storage.paths import folders
from pizzagpt_desktop.storage.search_reader import SearchReader
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.scripted_service import Script, ScriptedService
from tests.helpers.trust.lives import Life
from tests.helpers.trust.old_files import FIXTURES, blow_up, version
from tests.helpers.trust.small_disk import on_disk, wrapper
from tests.helpers.trust.trouble import ROOT
from tests.journeys.hands import write_preferences

SIZE = 8 * 1024 * 1024
MiB = 1024 * 1024
Before = Callable[..., list[str]]


@pytest.fixture
def before(folder: Path, record_property: Any) -> Before | None:
    """Words before a command that give it a disk of some kind at `folder / "disk"`; None where nobody may mount."""
    disk = folder / "disk"
    disk.mkdir()
    way = wrapper(sys.executable, str(disk))
    if way is None:
        record_property("not tested here", "This machine lets nobody mount a disk, not even in a namespace.")
        return None
    return lambda source, kind, size=SIZE: on_disk(way, disk, source, kind, size)


def run(words: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=60
    )


def program(command: str, data: Path, *options: str) -> list[str]:
    return [
        sys.executable,
        "-W",
        "error",
        "-m",
        "pizzagpt_desktop",
        command,
        "--data-dir",
        str(data),
        *options,
    ]


def fill(data: Path, indexed: bool = True) -> None:
    """A data folder in which somebody said something before. indexed: the search knows it."""
    with folders(data) as places:
        store = SqliteSessionStore(places.chats)
        store.add_conversation(Conversation(id="c", title="Dough"))
        store.add_message(
            Message(
                id="m", conversation_id="c", parent_id=None, role=Role.USER, text="How long does it rest?"
            )
        )
        store.close()
        reader = SearchReader(places.chats)
        while indexed and reader.tend():
            pass
        reader.close()


def test_a_read_only_folder_is_shown_and_used_without_saving(folder: Path, before: Before | None) -> None:
    fill(folder / "source" / "here")
    data = folder / "disk" / "here"
    if before is None:
        return
    with ScriptedService() as service:
        write_preferences(folder / "source" / "here", service.base_url, "m")
        service.script("m", Script(words=["An ", "hour."]))
        life = Life(data, folder / "shown", before=before(folder / "source", "read-only"))
        try:
            life.hear("ready")
            life.wait("open", bool, "the old chat in the list", title="Dough")
            life.wait("page", lambda rows: any("rest" in row["text"] for row in rows), "the old chat")
            life.do("send", text="And in the cold?")
            life.hear("ended")
            life.wait("page", lambda rows: "An hour." in rows[-1]["text"], "the reply")
            said = life.wait(
                "notices",
                lambda labels: any("cannot be saved here" in words for words in labels),
                "a word on it, which comes when everything is loaded and is not the only label that is shown",
            )
            told = [words for words in said if "cannot be saved here" in words]
            assert len(told) == 1, told
            assert str(data) in told[0]
            life.tell("quit")
            life.end()
        finally:
            if life.process.poll() is None:
                life.kill()
    assert life.process.returncode == 0, life.errors()
    assert "Traceback" not in life.errors()


@pytest.mark.parametrize("indexed", [True, False])
def test_the_commands_read_what_a_read_only_folder_has(
    folder: Path, before: Before | None, indexed: bool
) -> None:
    fill(folder / "source" / "here", indexed)
    if before is None:
        return
    words, data = before(folder / "source", "read-only"), folder / "disk" / "here"
    listed = run([*words, *program("list", data, "--json")])
    assert [one["title"] for one in json.loads(listed.stdout)] == ["Dough"], listed.stderr
    exported = run([*words, *program("export", data, "c")])
    assert json.loads(exported.stdout)["messages"][0]["text"] == "How long does it rest?"
    found = run([*words, *program("search", data, "--json", "rest")])
    assert [hit["message"] for hit in json.loads(found.stdout)] == ["m"], found.stderr
    refused = run([*words, *program("backup", data)])
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "read-only" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(("kind", "said"), [("full", "No space left"), ("read-only", "Read-only")])
def test_an_export_that_cannot_be_written_leaves_the_old_file(
    folder: Path, before: Before | None, kind: str, said: str
) -> None:
    fill(folder / "here")
    source, target = folder / "source", folder / "disk" / "out.json"
    source.mkdir()
    (source / "out.json").write_text("the old one", "utf-8")
    if before is None:
        return
    after = (
        "import subprocess, sys; from pathlib import Path; code = subprocess.run(sys.argv[2:]).returncode;"
    )
    after += "print(code, Path(sys.argv[1]).read_text(), sorted(p.name for p in Path(sys.argv[1]).parent.iterdir()))"
    export = program("export", folder / "here", "c", "--output", str(target))
    done = run([*before(source, kind, MiB), sys.executable, "-c", after, str(target), *export])
    rest = ["filler", "out.json"] if kind == "full" else ["out.json"]
    assert done.stdout == f"1 the old one {rest}\n"
    assert said in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr


def test_an_output_that_takes_no_more_is_said_in_one_line(folder: Path) -> None:
    fill(folder / "here")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            program("list", folder / "here", "--json"),
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == b"pizzagpt-desktop: The output cannot be written: No space left on device.\n"


def test_an_export_follows_links_and_leaves_devices_what_they_are(folder: Path) -> None:
    fill(folder / "here")
    link, real, pipe = folder / "link.json", folder / "real.json", folder / "pipe"
    real.write_text("old", "utf-8")
    link.symlink_to(real)
    assert run(program("export", folder / "here", "c", "--output", str(link))).returncode == 0
    assert link.is_symlink()
    assert json.loads(real.read_text("utf-8"))["messages"][0]["id"] == "m"
    os.mkfifo(pipe)
    process = subprocess.Popen(program("export", folder / "here", "c", "--output", str(pipe)), cwd=ROOT)
    assert json.loads(pipe.read_text("utf-8")) == json.loads(real.read_text("utf-8"))
    assert process.wait(timeout=60) == 0
    assert pipe.is_fifo()


@pytest.mark.parametrize("kind", ["full", "gone"])
def test_a_folder_for_work_that_is_full_or_gone_is_of_no_matter(
    folder: Path, before: Before | None, kind: str
) -> None:
    with folders(folder / "here") as places:
        blow_up(FIXTURES / "schema-1.db", places.chats, 2_500)
        assert version(places.chats) == 1
    (folder / "empty").mkdir()
    if before is None:
        return
    words = before(folder / "empty", "full", MiB) if kind == "full" else []
    tmpdir = str(folder / ("disk" if kind == "full" else "nowhere"))
    done = run([*words, *program("list", folder / "here", "--json")], TMPDIR=tmpdir, SQLITE_TMPDIR=tmpdir)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) > 1
    assert version(folder / "here" / "data" / "chats.db") > 1
    found = run([*words, *program("search", folder / "here", "--best", "--json", "a")], TMPDIR=tmpdir)
    assert found.returncode == 0, found.stderr
