"""Exports to a file: whole or not at all, over what had the name, on a disk that is full, given up half-way."""

import os
import resource
import zipfile
from pathlib import Path

import pytest

from pizzagpt_desktop.domain.conversation import Conversation, Message, Role
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.exporting import Kind, kind_of, writing
from pizzagpt_desktop.storage.store import SqliteSessionStore


@pytest.fixture
def store(tmp_path):
    store = SqliteSessionStore(tmp_path / "chats.db")
    for key in "abc":
        store.add_conversation(Conversation(id=key, title=f"Talk {key}"))
        words = f"{key} " * 20_000
        store.add_message(Message(id=key, conversation_id=key, parent_id=None, role=Role.USER, text=words))
    yield store
    store.close()


@pytest.fixture
def file(tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    file = folder / "chats.json"
    file.write_text("the old export")
    return file


KINDS = [(Kind.JSON, "a"), (Kind.JSON, "abc"), (Kind.MARKDOWN, "a"), (Kind.PACKED_MARKDOWN, "abc")]


def as_before(file):
    return file.read_bytes() == b"the old export" and list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(("kind", "ids"), KINDS)
def test_it_takes_the_name_at_the_end_and_is_the_users_alone(store, file, kind, ids):
    for _ in writing(store, list(ids), file, kind):
        assert file.read_text() == "the old export"
    assert not as_before(file)
    assert file.stat().st_mode & 0o077 == 0
    assert [path.name for path in file.parent.iterdir()] == ["chats.json"]


@pytest.mark.parametrize(("kind", "ids"), KINDS)
def test_on_a_full_disk_the_old_file_stays(store, file, kind, ids):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))  # no file may grow further
    try:
        with pytest.raises(Fault, match="cannot be written"):
            list(writing(store, list(ids), file, kind))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert as_before(file)


@pytest.mark.parametrize(("kind", "ids"), [(kind, ids) for kind, ids in KINDS if len(ids) > 1])
def test_given_up_half_way_the_old_file_stays(store, file, kind, ids):
    steps = writing(store, list(ids), file, kind)
    next(steps)
    assert len(list(file.parent.iterdir())) == 2
    steps.close()
    assert as_before(file)


def test_what_a_link_leads_to_is_replaced_and_a_pipe_stays_one(store, file, tmp_path):
    link, pipe, loop = tmp_path / "link.json", tmp_path / "pipe", tmp_path / "loop"
    link.symlink_to(file)
    list(writing(store, ["a"], link, Kind.JSON))
    assert link.is_symlink()
    assert b"Talk a" in file.read_bytes()
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    for path in (pipe, loop):
        with pytest.raises(Fault, match="cannot be written"):
            list(writing(store, ["a"], path, Kind.JSON))
    assert pipe.is_fifo()


def test_what_was_erased_meanwhile_is_left_out(store, file):
    store.erase(["b"])
    list(writing(store, ["a", "b", "c"], file, Kind.PACKED_MARKDOWN))
    with zipfile.ZipFile(file) as archive:
        assert archive.namelist() == ["Talk a.md", "Talk c.md"]
        assert {info.external_attr >> 16 for info in archive.infolist()} == {0o600}


@pytest.mark.parametrize("path", ["missing/x.json", "a\0b", "x" * 300, "."])
def test_a_place_that_cannot_be_written_is_said(store, tmp_path, path):
    with pytest.raises(Fault, match="cannot be written"):
        list(writing(store, ["a"], tmp_path / path, Kind.JSON))


@pytest.mark.parametrize(
    ("name", "several", "kind"),
    [
        ("a.json", False, Kind.JSON),
        ("a.MD", False, Kind.MARKDOWN),
        ("a.zip", True, Kind.PACKED_MARKDOWN),
        ("a.md", True, Kind.PACKED_MARKDOWN),
        ("a", True, Kind.JSON),
    ],
)
def test_the_name_says_what_is_written(name, several, kind):
    assert kind_of(Path(name), several) is kind
