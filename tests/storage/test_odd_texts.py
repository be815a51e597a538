"""Odd texts and odd clocks: what is valid comes back byte for byte, what is not costs nothing but itself."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pizzagpt_desktop.domain.conversation import Conversation, Message, Queued, Role, Status
from pizzagpt_desktop.storage.store import SqliteSessionStore

VALID = [
    "\uffff\ufffe\U0010ffff",
    "\ufeffwith a mark before it",
    "e\u0301 is not \u00e9",
    "right \u202eto left\u202c, zero\u200bwidth",
    "tabs\tand\r\nall\rends\x0b\x0c\x1c\x85\u2028\u2029",
    "'; DROP TABLE messages; --",
    '"{}[]\\u0000\\',
    "👨\u200d👩\u200d👧🍕",
    " leading and trailing ",
    "",
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "chats.db"


@pytest.fixture
def store(file: Path) -> Iterator[SqliteSessionStore]:
    with closing(SqliteSessionStore(file)) as store:
        store.add_conversation(Conversation(id="c"))
        yield store


def said(text: str, id_: str = "m") -> Message:
    return Message(id=id_, conversation_id="c", parent_id=None, role=Role.USER, text=text)


@pytest.mark.parametrize("text", VALID)
def test_valid_text_comes_back_byte_for_byte(store: SqliteSessionStore, file: Path, text: str) -> None:
    store.add_message(said(text))
    store.update_conversation(
        Conversation(id="c", title=text, draft=text, tags=(text,), queue=(Queued("q", text),))
    )
    with closing(SqliteSessionStore(file)) as other:
        message, conversation = other.message("m"), other.conversation("c")
    assert message is not None
    assert conversation is not None
    found = (
        message.text,
        conversation.title,
        conversation.draft,
        *conversation.tags,
        conversation.queue[0].text,
    )
    assert {part.encode() for part in found} == {text.encode()}


@pytest.mark.parametrize(
    ("text", "stored"), [("a\ud800b", "a\ufffdb"), ("\udc00", "\ufffd"), ("a\x00b", "a\ufffdb")]
)
def test_what_no_text_may_hold_is_marked(store: SqliteSessionStore, text: str, stored: str) -> None:
    store.add_message(said(text))
    store.add_message(
        Message(id="r", conversation_id="c", parent_id="m", role=Role.ASSISTANT, text="", status=Status.STREAMING)
    )  # fmt: skip
    for whole in ("x" + text, "x" + text + text):
        store.checkpoint("r", whole, text)
    assert [m.text for m in store.path("c")] == [stored, "x" + stored + stored]
    copy = Conversation(id="copy", title=text, tags=(text,))
    store.copy_conversation("c", copy, None)
    assert [m.text for m in store.path("copy")] == [stored, "x" + stored + stored]


def test_ten_megabytes_in_a_message(store: SqliteSessionStore, file: Path) -> None:
    text = "Zehn Millionen Zeichen, 一字一句, ü. " * 300_000
    assert len(text.encode()) > 10_000_000
    store.add_message(said(text))
    store.add_message(
        Message(id="r", conversation_id="c", parent_id="m", role=Role.ASSISTANT, text="", status=Status.STREAMING)
    )  # fmt: skip
    half = len(text) // 2
    store.checkpoint("r", text[:half], "")
    store.checkpoint("r", text, "")
    with closing(SqliteSessionStore(file)) as other:
        assert [m.text == text for m in other.path("c")] == [True, True]


DAY_S = 86_400.0


def test_a_clock_set_back_and_forth(file: Path) -> None:
    now = [1_800_000_000.0]
    with closing(SqliteSessionStore(file, lambda: now[0])) as store:
        store.add_conversation(Conversation(id="c", created_at=now[0], updated_at=now[0]))
        parent = None
        for number, step in enumerate((0.0, -DAY_S, 10.0, -400 * DAY_S, 2 * DAY_S, 0.0)):
            now[0] += step
            parent = store.add_message(
                Message(
                    id=f"m{number}", conversation_id="c", parent_id=parent, role=Role.USER, text="", created_at=now[0]
                )
            ).id  # fmt: skip
        assert [m.id for m in store.path("c")] == [f"m{number}" for number in range(6)]
        assert [m.seq for m in store.messages("c")] == list(range(1, 7))
        store.remove_branch("m4", now[0])
        now[0] -= 30 * DAY_S
        assert store.purge(now[0]) == 0
        store.restore_branch("m4")
        assert len(store.path("c")) == 6, "nothing is erased early by a clock set back"


def test_the_time_zone_is_of_no_matter(file: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from pizzagpt_desktop.domain.conversation import *\n"
        "from pizzagpt_desktop.storage.store import SqliteSessionStore\n"
        "store = SqliteSessionStore(Path(sys.argv[1]))\n"
        "store.conversation('c') or store.add_conversation(Conversation(id='c', created_at=1e9, updated_at=1e9))\n"
        "path = store.path('c')\n"
        "parent = path[-1].id if path else None\n"
        "store.add_message(Message(id=sys.argv[2], conversation_id='c', parent_id=parent, role=Role.USER, text='',"
        " created_at=1.5e9))\n"
        "print([(m.id, m.created_at) for m in store.path('c')], store.conversation('c').updated_at)\n"
        "store.close()"
    )
    root = Path(__file__).parents[2]
    for number, zone in enumerate(("Pacific/Kiritimati", "America/New_York", "Pacific/Pago_Pago")):
        result = subprocess.run(
            [sys.executable, "-c", script, str(file), f"m{number}"],
            env={"PATH": os.environ["PATH"], "TZ": zone, "PYTHONPATH": str(root)},
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        expected = [(f"m{n}", 1.5e9) for n in range(number + 1)]
        assert result.stdout.strip() == f"{expected} {1.5e9}"
