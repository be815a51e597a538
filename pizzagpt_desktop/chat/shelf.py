"""Where conversations stand: folders, tags, archive, trash, and the way back; knows no message, no widget, no disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pizzagpt_desktop import chat
from pizzagpt_desktop.domain.conversation import Conversation, Folder

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.announcer import Announcer
    from pizzagpt_desktop.chat.ports import SessionStore

Ids = str | Sequence[str]
"""One conversation or several."""
Undo = Callable[[], None]
"""Brings back what a command changed, and nothing else; once."""
Change = Callable[[Conversation], Conversation]
Pair = tuple[Conversation, Conversation]


def listed(conversation: Conversation) -> bool:
    """Whether it stands in the list: neither in the archive nor in the trash."""
    return conversation.deleted_at is None and not conversation.archived


class Shelf:
    """Commands on one conversation or several are one act: all of it is stored, or nothing.

    Each that takes something away returns its undo. Unknown ids raise KeyError, a disk that refuses `Fault(STORAGE)`.
    """

    def __init__(
        self,
        store: SessionStore,
        announcer: Announcer,
        clock: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._announcer = announcer
        self._clock = clock
        self._new_id = new_id
        self._unsaved: dict[str, Conversation] = {}

    def conversation(self, conversation_id: str) -> Conversation:
        """One conversation, stored or not yet stored; also one in the archive or the trash."""
        conversation = self._store.conversation(conversation_id) or self._unsaved.get(conversation_id)
        if conversation is None:
            raise KeyError(conversation_id)
        return conversation

    def archived(self) -> Sequence[Conversation]:
        """Those in the archive, newest first."""
        return self._store.archived()

    def trash(self) -> Sequence[Conversation]:
        """Those in the trash, the last deleted first."""
        return self._store.trash()

    def still_there(self, conversation_ids: Sequence[str]) -> Sequence[str]:
        """Those of them that are stored, wherever; not erased."""
        known = self._store.ids()
        return [identity for identity in conversation_ids if identity in known]

    # pins, archive and trash

    def pin(self, conversation_ids: Ids, pinned: bool) -> Undo:
        """Keep at the head of the list, or no longer."""
        return self._act(
            conversation_ids,
            lambda c: replace(c, pinned=pinned),
            lambda c, before: replace(c, pinned=before.pinned),
        )

    def archive(self, conversation_ids: Ids, archived: bool = True) -> Undo:
        """Put into the archive, or back into the list."""
        return self._act(
            conversation_ids,
            lambda c: replace(c, archived=archived),
            lambda c, before: replace(c, archived=before.archived),
        )

    def delete(self, conversation_ids: Ids) -> Undo:
        """Move to the trash. A running reply goes on; whoever shows it decides to stop it.

        One that was never stored is gone at once: it holds nothing.
        """
        now = self._clock()
        ids = _several(conversation_ids)
        stored = [identity for identity in ids if self._unsaved.pop(identity, None) is None]
        return self._act(
            stored,
            lambda c: c if c.deleted_at is not None else replace(c, deleted_at=now),
            lambda c, before: replace(c, deleted_at=before.deleted_at),
        )

    def restore(self, conversation_ids: Ids) -> Undo:
        """Bring back from the trash: to the list, or to the archive where they came from there."""
        return self._act(
            conversation_ids,
            lambda c: replace(c, deleted_at=None),
            lambda c, before: replace(c, deleted_at=before.deleted_at),
        )

    def erase(self, conversation_ids: Ids) -> int:
        """Erase for good, now; how many. There is no undo."""
        ids = _several(conversation_ids)
        for identity in ids:
            self._unsaved.pop(identity, None)
        count = self._store.erase(ids)
        for identity in ids:
            self._announcer.announce(chat.events.ConversationRemoved(identity))
        return count

    # folders

    def folders(self) -> Sequence[Folder]:
        """In the user's order."""
        return self._store.folders()

    def make_folder(self, name: str) -> Folder:
        """A new folder, after the others."""
        folders = self._store.folders()
        folder = Folder(self._new_id(), _line(name), 1 + max((f.position for f in folders), default=-1))
        self._put_folders([folder])
        return folder

    def rename_folder(self, folder_id: str, name: str) -> Undo:
        """Give another name; blank ones are not taken."""
        folder = self.folder(folder_id)
        if (name := _line(name)) and name != folder.name:
            self._put_folders([folder._replace(name=name)])

        def undo() -> None:
            there = [one for one in self._store.folders() if one.id == folder_id]
            self._put_folders([one._replace(name=folder.name) for one in there])

        return undo

    def collapse_folder(self, folder_id: str, collapsed: bool) -> None:
        """Hide the folder's conversations under its title, or show them."""
        folder = self.folder(folder_id)
        if folder.collapsed != collapsed:
            self._put_folders([folder._replace(collapsed=collapsed)])

    def move_folder(self, folder_id: str, position: int) -> Undo:
        """Put at another place among the folders, counted from 0."""
        before = list(self._store.folders())
        moved = self.folder(folder_id)
        order = [folder for folder in before if folder.id != folder_id]
        order.insert(position, moved)
        self._place_folders([folder.id for folder in order])
        return lambda: self._place_folders([folder.id for folder in before])

    def remove_folder(self, folder_id: str) -> Undo:
        """Take a folder away; its conversations stay, outside any folder."""
        folder = self.folder(folder_id)
        known = self._store.revision()
        self._store.remove_folder(folder_id)
        were_in = [conversation.id for conversation in self._store.changed_since(known)]
        self._announce([(conversation, conversation) for conversation in self._known(were_in)])
        self._announcer.announce(chat.events.FoldersChanged())

        def undo() -> None:
            self._put_folders([folder])
            there = [c.id for c in self._known(were_in) if c.folder_id is None]
            self._change_all(there, lambda c: replace(c, folder_id=folder_id))

        return undo

    def folder(self, folder_id: str) -> Folder:
        """One folder; KeyError where there is none of this id."""
        for folder in self._store.folders():
            if folder.id == folder_id:
                return folder
        raise KeyError(folder_id)

    def move(self, conversation_ids: Ids, folder_id: str | None) -> Undo:
        """Put into a folder, or with None out of any."""
        if folder_id is not None:
            self.folder(folder_id)
        return self._act(
            conversation_ids,
            lambda c: c if c.temporary else replace(c, folder_id=folder_id),
            lambda c, before: replace(c, folder_id=before.folder_id),
        )

    # tags

    def tag(self, conversation_ids: Ids, add: Iterable[str] = (), remove: Iterable[str] = ()) -> Undo:
        """Give tags and take tags away. Tags that differ only in case are one; the first spelling stays."""
        adding = [word for tag in add if (word := _line(tag))]
        removing = {tag.casefold() for tag in remove}

        def change(c: Conversation) -> Conversation:
            tags = [tag for tag in c.tags if tag.casefold() not in removing]
            for tag in adding:
                if tag.casefold() not in {known.casefold() for known in tags}:
                    tags.append(tag)
            return replace(c, tags=tuple(tags))

        return self._act(conversation_ids, change, lambda c, before: replace(c, tags=before.tags))

    # how a change is made

    def _act(
        self,
        conversation_ids: Ids,
        change: Change,
        back: Callable[[Conversation, Conversation], Conversation],
    ) -> Undo:
        """Change what is there now; the undo gives those that changed `back` of how they are then and were before."""
        changed = {before.id: before for before, _ in self._change_all(_several(conversation_ids), change)}

        def undo() -> None:
            there = [conversation.id for conversation in self._known(changed)]
            self._change_all(there, lambda c: back(c, changed[c.id]))
            changed.clear()

        return undo

    def _change_all(self, conversation_ids: Iterable[str], change: Change) -> list[Pair]:
        """Store and announce what `change` makes others; those conversations before and after it."""
        found = [self.conversation(identity) for identity in dict.fromkeys(conversation_ids)]
        pairs = [(before, after) for before in found if (after := change(before)) != before]
        stored = [pair for pair in pairs if pair[0].id not in self._unsaved]
        if stored:
            self._store.update_conversations([after for _, after in stored])
        for before, after in pairs:
            if before.id in self._unsaved:
                self._unsaved[before.id] = after
        self._announce(stored)
        return pairs

    def _announce(self, pairs: Iterable[Pair]) -> None:
        for before, after in pairs:
            if after.deleted_at is not None or (after.archived and listed(before)):
                self._announcer.announce(chat.events.ConversationRemoved(after.id))
            elif listed(after) and not listed(before):
                self._announcer.announce(chat.events.ConversationAdded(after))
            else:
                self._announcer.announce(chat.events.ConversationChanged(after))

    def _known(self, conversation_ids: Iterable[str]) -> list[Conversation]:
        """Those that were not erased since."""
        found = (self._store.conversation(identity) for identity in conversation_ids)
        return [conversation for conversation in found if conversation is not None]

    def _put_folders(self, folders: Sequence[Folder]) -> None:
        if folders:
            self._store.put_folders(folders)
            self._announcer.announce(chat.events.FoldersChanged())

    def _place_folders(self, order: Sequence[str]) -> None:
        """Number the folders in this order; those it does not name come after."""
        places = {folder_id: place for place, folder_id in enumerate(order)}
        folders = sorted(self._store.folders(), key=lambda f: places.get(f.id, len(places)))
        self._put_folders(
            [f._replace(position=place) for place, f in enumerate(folders) if f.position != place]
        )


def _several(conversation_ids: Ids) -> Sequence[str]:
    return [conversation_ids] if isinstance(conversation_ids, str) else conversation_ids


def _line(text: str) -> str:
    """One line of words."""
    return " ".join(text.split())
