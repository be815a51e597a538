"""Conversations written to a file of the user's, whole or not at all; knows no window.

One file for any number: JSON holds everything, Markdown is for reading, several texts of it are in a ZIP.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from pizzagpt_desktop.domain.arrival import Whole
from pizzagpt_desktop.domain.conversation import path_to
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.file_names import file_stems
from pizzagpt_desktop.domain.text import storable
from pizzagpt_desktop.exchange import export
from pizzagpt_desktop.storage.files import replacing

if TYPE_CHECKING:
    from pizzagpt_desktop.domain.conversation import Conversation, Message


class Kind(StrEnum):
    """What is written; its value is the file's ending."""

    JSON = ".json"
    MARKDOWN = ".md"
    PACKED_MARKDOWN = ".zip"


class Source(Protocol):
    """Where they come from."""

    def conversation(self, conversation_id: str) -> Conversation | None: ...
    def messages(self, conversation_id: str) -> Sequence[Message]: ...


def kind_of(path: Path, several: bool) -> Kind:
    """What a file of this name holds."""
    if path.suffix.lower() in (".md", ".markdown", ".zip"):
        return Kind.PACKED_MARKDOWN if several else Kind.MARKDOWN
    return Kind.JSON


def writing(source: Source, ids: Sequence[str], path: Path, kind: Kind) -> Iterator[int]:
    """Write the conversations a step at a time; how many were written so far. Raises `Fault`.

    Before the last step nothing has the name; let go of before, it leaves nothing. Those erased meanwhile are left out.
    """
    try:
        path = path.resolve()  # what a link leads to is replaced, not the link
        if path.exists() and not path.is_file():  # a device would be gone
            raise ValueError(path)
        with replacing(path) as file:
            if kind is Kind.PACKED_MARKDOWN:
                yield from _pack(source, ids, file)
            elif kind is Kind.MARKDOWN:
                for whole in _wholes(source, ids):
                    file.write(_markdown(whole).encode())
            elif len(ids) == 1:
                for whole in _wholes(source, ids):
                    file.write((json.dumps(export.as_json(*whole), indent=2) + "\n").encode())
            else:
                for count, piece in enumerate(export.as_one_json(_wholes(source, ids))):
                    file.write(piece.encode())
                    yield count
    except (OSError, ValueError, RuntimeError) as error:  # the last for a link that leads to itself
        why = getattr(error, "strerror", None) or "its name cannot be used"
        words = f"The file {str(path)!r} cannot be written: {why}."
        raise Fault(FaultKind.STORAGE, words, hint="Nothing was exported. Choose another place.") from error


def _pack(source: Source, ids: Sequence[str], file: BinaryIO) -> Iterator[int]:
    found = (source.conversation(identity) for identity in ids)
    there = [(one.id, storable(one.title)) for one in found if one is not None]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        stems = file_stems(title for _, title in there)
        for count, ((identity, _), stem) in enumerate(zip(there, stems, strict=True), 1):
            for whole in _wholes(source, [identity]):
                # The date is every file's, so that the same conversations make the same bytes.
                entry = zipfile.ZipInfo(f"{stem}.md")
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o600 << 16
                archive.writestr(entry, _markdown(whole).encode())
            yield count


def _wholes(source: Source, ids: Sequence[str]) -> Iterator[Whole]:
    for identity in ids:
        conversation = source.conversation(identity)
        if conversation is not None:
            yield Whole(conversation, source.messages(identity))


def _markdown(whole: Whole) -> str:
    conversation, messages = whole
    path = path_to({message.id: message for message in messages}, conversation.active_leaf_id)
    return export.as_markdown(conversation, path)
