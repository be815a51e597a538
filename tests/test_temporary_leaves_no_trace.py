"""A temporary conversation never touches the disk: no file holds a word of it, at any moment, on any way.

Looked at after everything that is announced: the data folder, TMPDIR, and files that are open here without a name.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from pizzagpt_desktop.chat import answering
from pizzagpt_desktop.chat.announcer import Announcer
from pizzagpt_desktop.chat.events import Event, ReplyEnded, ReplyGrew
from pizzagpt_desktop.chat.library import Library
from pizzagpt_desktop.chat.service import ChatService
from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.domain.chunks import Reasoning
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.sources import ScriptedSource

SECRETS = ("timbuktu", "marrakesh", "zanzibar", "casablanca", "tripoli", "samarkand")


class Audit:
    def __init__(self, *folders: Path) -> None:
        self._folders = folders
        self.looks = 0

    def look(self) -> None:
        self.looks += 1
        files = [path for folder in self._folders for path in folder.rglob("*") if path.is_file()]
        for link in list(Path("/proc/self/fd").iterdir()):
            with suppress(FileNotFoundError):  # the one that lists them is closed by now
                if str(link.readlink()).endswith(" (deleted)"):
                    files.append(link)
        for path in files:
            data = path.read_bytes() if path.exists() else b""
            found = data.lower() + data.decode("utf-16-le", "replace").lower().encode()
            for secret in SECRETS:
                assert secret.encode() not in found, f"{secret} stands in {path}"

    def sees(self, folder: Path) -> None:
        """That it would see one."""
        trap = folder / "trap"
        trap.write_text("... Timbuktu ...")
        with pytest.raises(AssertionError, match="timbuktu stands in"):
            self.look()
        trap.unlink()


async def answer(messages: Any) -> AsyncGenerator[Any, None]:
    if "kept" in messages[-1]["content"]:
        yield "an innocent answer"
        return
    yield Reasoning("Zanzibar, " * 50)
    for number in range(40):
        yield f"Marrakesh {number}, "
        await asyncio.sleep(0.01)
    raise Fault(FaultKind.NETWORK, "cut at Samarkand")


async def test_a_temporary_conversation_from_its_first_word_to_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, temp = tmp_path / "data", tmp_path / "temp"
    temp.mkdir()
    for name in ("TMPDIR", "SQLITE_TMPDIR"):
        monkeypatch.setenv(name, str(temp))
    monkeypatch.setattr(answering, "ANNOUNCE_S", 0.0)  # a look after each piece, however busy the machine is
    audit = Audit(data, temp)
    crashes: list[BaseException] = []
    ended: asyncio.Queue[ReplyEnded] = asyncio.Queue()
    grew: list[str] = []
    with closing(SqliteSessionStore(data / "chats.db")) as store:
        announcer = Announcer()
        library = Library(store, announcer)
        scope = TaskScope(lambda _name, fault: crashes.append(fault))
        service = ChatService(store, ScriptedSource(answer).choose, scope, announcer, unsaved=library.unsaved)
        audit.sees(data)
        audit.sees(temp)

        def hear(event: Event) -> None:
            audit.look()
            if isinstance(event, ReplyGrew):
                grew.append(event.text)
            if isinstance(event, ReplyEnded):
                ended.put_nowait(event)

        announcer.subscribe(hear)
        service.send("kept", "a conversation that is kept")
        await asyncio.wait_for(ended.get(), 20)
        on_disk = store.count()

        secret = library.create(temporary=True).id
        library.save_draft(secret, "Casablanca, half a thought")
        audit.look()
        service.send(secret, "Where is Timbuktu?")
        failed = (await asyncio.wait_for(ended.get(), 20)).message
        assert "Marrakesh 39" in failed.text
        assert len(grew) > 10, "and after each piece was a look"
        assert [hit.message_id for hit in store.search("marrakesh", conversation_id=secret)] == [failed.id]
        audit.look()
        retried = service.retry(failed.id)
        assert retried is not None
        service.stop(secret)
        service.edit(library.path(secret)[0].id, "No, where is Tripoli?")
        await asyncio.wait_for(ended.get(), 20)
        await asyncio.wait_for(ended.get(), 20)
        library.rename(secret, "Casablanca")
        audit.look()
        copy = library.duplicate(secret)
        assert copy.temporary
        library.pin(secret, True)
        library.delete(copy.id)
        audit.look()
        assert store.count() == on_disk
        assert {c.id for c in library.conversations()} == {"kept", secret}
        library.save_draft(secret, "Samarkand")
        await service.close()
        audit.look()
    audit.look()
    assert audit.looks > 60
    assert not crashes
    with closing(SqliteSessionStore(data / "chats.db")) as store:
        assert [c.id for c in store.conversations()] == ["kept"]
        assert [m.text for m in store.path("kept")][-1] == "an innocent answer"
    audit.look()
