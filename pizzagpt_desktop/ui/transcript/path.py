"""The messages of a path: those at its end are here, those above are read when they are asked for; knows no heights.

Of what stands above only the numbers are kept (`Message.seq`), eight bytes a message, so that every row has its place
however long the conversation is. What was read stays for a while, as much as a few screens need.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Container, Iterator, Sequence
from time import monotonic
from typing import Protocol, SupportsIndex, overload

from pizzagpt_desktop.domain.conversation import Message, Outline, Role

AT_ONCE = 16
"""Messages that are read together."""
MOST_HERE, MOST_CHARACTERS = 1_000, 4_000_000
"""So much of what was read is kept, besides what is near the screen."""
NEAR = 64
"""Messages beside those on the screen that are kept in any case."""
RETRY_S = 2.0
"""How long nothing is read after the store refused."""
UNREAD = "\0"
"""The id of what stands for a message that cannot be read begins so; no message of the store has such an id."""
UNREAD_WORDS = "This message cannot be read at the moment. It is tried again by itself."


class Above(Protocol):
    """What stands above the messages that a conversation opens with; None is given where it cannot be read now."""

    def older(self, message_id: str, limit: int) -> Sequence[Message] | None:
        """At most so many messages that stand before this one, oldest first."""
        ...

    def outline(self, before: int, limit: int) -> Sequence[Outline] | None:
        """The same by number, without their texts."""
        ...

    def read(self, seqs: Sequence[int]) -> Sequence[Message] | None:
        """The messages of these numbers, in their order; those that are gone are left out."""
        ...

    def seq_of(self, message_id: str) -> int | None:
        """The number of a message that may stand above."""
        ...


class Path(Sequence[Message]):
    """Rows in order of reading. refused: called where the store refuses to read."""

    def __init__(self, refused: Callable[[], None] = lambda: None) -> None:
        self._refused = refused
        self.above: Above | None = None
        """Where what stands above is read from."""
        self._end: list[Message] = []
        self._places: dict[str, int] = {}
        """Where each message of the end stands in it."""
        self._seqs = array("q")
        """The numbers of what stands above the end, negative, the nearest first: they grow as one goes up."""
        self._here: dict[int, Message] = {}
        self._known: dict[str, int] = {}
        """The numbers of the messages in `_here`."""
        self._size = 0
        self._rests_until = 0.0

    def __len__(self) -> int:
        return len(self._seqs) + len(self._end)

    @overload
    def __getitem__(self, index: SupportsIndex) -> Message: ...
    @overload
    def __getitem__(self, index: slice) -> list[Message]: ...
    def __getitem__(self, index: SupportsIndex | slice) -> Message | list[Message]:
        """The message of a row; one that stands for it where it cannot be read now. Raises IndexError."""
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        at = index.__index__()
        at += len(self) if at < 0 else 0
        above = len(self._seqs)
        if at >= above:
            return self._end[at - above]
        if at < 0:
            raise IndexError("no such row")
        seq = -self._seqs[above - 1 - at]
        if seq not in self._here:
            self._read(above - 1 - at)
        return self._here.get(seq) or _stands_for(seq)

    def __iter__(self) -> Iterator[Message]:
        return (self[at] for at in range(len(self)))

    @property
    def first_seq(self) -> int | None:
        """The number of the first message; None where there is none, or it is not known."""
        if self._seqs:
            return -self._seqs[-1]
        if not self._end:
            return None
        first = self._end[0]
        return first.seq or (self.above.seq_of(first.id) if self.above is not None else None)

    def here(self, message_id: str) -> int | None:
        """The row of a message that is here; costs nothing but a look."""
        if (place := self._places.get(message_id)) is not None:
            return place + len(self._seqs)
        seq = self._known.get(message_id)
        if seq is None and message_id.startswith(UNREAD):
            seq = int(message_id[1:])
        return None if seq is None else self.index_of_seq(seq)

    def index_of(self, message_id: str) -> int | None:
        """The row of a message; of one that is not here the store is asked for its number."""
        if (index := self.here(message_id)) is not None or self.above is None or not self._seqs:
            return index
        seq = self.above.seq_of(message_id)
        return None if seq is None else self.index_of_seq(seq)

    def index_of_seq(self, seq: int) -> int | None:
        """The row of message number `seq` above the end."""
        at = bisect_left(self._seqs, -seq)
        found = at < len(self._seqs) and self._seqs[at] == -seq
        return len(self._seqs) - 1 - at if found else None

    def row_of(self, message_id: str, seq: int) -> int | None:
        """The row of a message whose number is known; asks nobody."""
        place = self._places.get(message_id)
        return self.index_of_seq(seq) if place is None else place + len(self._seqs)

    def whole(self, first: int, last: int) -> list[Message] | None:
        """The messages of rows `first` to `last`, without keeping them; None where they cannot all be read now."""
        above = len(self._seqs)
        found: list[Message] = []
        if first < above:
            seqs = [-self._seqs[above - 1 - at] for at in range(first, min(last + 1, above))]
            here = {seq: m for seq in seqs if (m := self._here.get(seq)) and not is_unread(m)}
            missing = [seq for seq in seqs if seq not in here]
            read = self.above.read(missing) if missing and self.above is not None else ()
            if read is None or len(read) < len(missing):
                return None
            here |= zip(missing, read, strict=True)
            found = [here[seq] for seq in seqs]
        return found + self._end[max(0, first - above) : max(0, last + 1 - above)]

    # --- changes ----------------------------------------------------------------------------------------------

    def clear(self) -> None:
        self.cut(0)

    def append(self, message: Message) -> None:
        self._places[message.id] = len(self._end)
        self._end.append(message)

    def put(self, index: int, message: Message) -> None:
        """Another state of the message of a row."""
        above = len(self._seqs)
        if index >= above:
            self._end[index - above] = message
        elif (seq := -self._seqs[above - 1 - index]) in self._here:
            self._size += len(message.text) - len(self._here[seq].text)
            self._here[seq] = message

    def prepend(self, outlines: Sequence[Outline]) -> None:
        """What stands above all that is known so far."""
        self._seqs.extend(-outline.seq for outline in reversed(outlines))

    def cut(self, count: int) -> dict[str, tuple[Message, int]]:
        """Keep only the first `count` rows; those of the others that were here, with their rows."""
        above = len(self._seqs)
        gone = {message.id: (message, at) for at, message in enumerate(self._end[max(0, count - above) :],
                                                                      max(count, above))}  # fmt: skip
        if count >= above:
            for identity in gone:
                del self._places[identity]
            del self._end[count - above :]
            return gone
        for seq, message in list(self._here.items()):
            at = self.index_of_seq(seq)
            if at is None or at >= count:
                gone[message.id] = message, at or 0
                self._forget(seq)
        self._end, self._places = [], {}
        del self._seqs[: above - count]
        return gone

    def keep_near(self, first: int, last: int) -> None:
        """Rows `first` to `last` are on the screen: let go of others, where much is here."""
        if len(self._here) <= MOST_HERE and self._size <= MOST_CHARACTERS:
            return
        for seq in list(self._here):
            at = self.index_of_seq(seq)
            if at is None or not first - NEAR <= at <= last + NEAR:
                self._forget(seq)

    def forget(self, but: Container[str]) -> None:
        """Read again what was read, but those ids: its facts may be others now."""
        for seq, message in list(self._here.items()):
            if message.id not in but:
                self._forget(seq)
        self._rests_until = 0.0

    # --- inside -----------------------------------------------------------------------------------------------

    def _forget(self, seq: int) -> None:
        message = self._here.pop(seq)
        self._known.pop(message.id, None)
        self._size -= len(message.text)

    def _read(self, at: int) -> None:
        """Read what stands at place `at` of `_seqs`, with what is beside it."""
        if self.above is None or monotonic() < self._rests_until:
            return
        begin = at // AT_ONCE * AT_ONCE
        beside = reversed(self._seqs[begin : begin + AT_ONCE])
        asked = [-seq for seq in beside if -seq not in self._here]
        found = self.above.read(asked)
        if found is None:
            self._rests_until = monotonic() + RETRY_S
            self._refused()
            return
        if len(found) == len(asked):
            read = dict(zip(asked, found, strict=True))
        else:  # some are gone
            read = {message.seq: message for message in found}
        for seq in asked:
            message = read.get(seq) or _stands_for(seq)
            self._here[seq] = message
            self._known[message.id] = seq
            self._size += len(message.text)


def is_unread(message: Message) -> bool:
    """Whether it only stands for a message that cannot be read now: there is nothing to do with it."""
    return message.id.startswith(UNREAD)


def _stands_for(seq: int) -> Message:
    return Message(
        id=f"{UNREAD}{seq}",
        conversation_id="",
        parent_id=None,
        role=Role.ASSISTANT,
        text=UNREAD_WORDS,
        seq=seq,
    )
