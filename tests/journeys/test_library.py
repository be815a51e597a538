"""Keeping order: several conversations dragged onto a folder by mouse, archived, deleted, undone; one that leaves no trace."""

import time

import pytest

from pizzagpt_desktop.domain.conversation import Conversation, Folder, Message, Role
from pizzagpt_desktop.storage.paths import folders
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.scripted_service import Script, ScriptedService
from tests.journeys.hands import User, write_preferences

SECRET = "the-word-that-is-never-written"

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]


def fill(user: User) -> None:
    """The library of someone who has used the program for a while."""
    with folders(user.data) as places:
        store = SqliteSessionStore(places.chats)
    now = time.time() + 5000  # what lies ahead counts as today, also at midnight
    store.put_folder(Folder("w", "Work"))
    for number, title in enumerate(["Alpha", "Beta", "Gamma", "Delta"]):
        at = now - number
        store.add_conversation(Conversation(id=title, title=title, created_at=at, updated_at=at))
        store.add_message(
            Message(
                id=f"{title}0",
                conversation_id=title,
                parent_id=None,
                role=Role.USER,
                text=title,
                created_at=at,
            )
        )
    store.close()


def middle(user: User, row: str) -> tuple[int, int]:
    """Where a row of the list is on the screen."""
    found = user.program.find("conversations")
    assert found is not None
    x, y, width, height = next(part["at"] for part in found.parts if part["text"] == row)
    return x + width // 2, y + height // 2


def drag(user: User, row: str, onto: str) -> None:
    """Press on a row, move in steps as a hand does, let go on another."""
    program, (x, y), (to_x, to_y) = user.program, middle(user, row), middle(user, onto)
    program.xdotool("mousemove", x, y, "mousedown", 1)
    for step in range(1, 11):
        program.xdotool("mousemove", x + (to_x - x) * step // 10, y + (to_y - y) * step // 10)
    program.xdotool("mousemove", "--sync", to_x, to_y + 1, "mouseup", 1)


def test_order_is_kept_by_mouse_and_a_temporary_conversation_leaves_no_trace(
    user: User, service: ScriptedService
) -> None:
    write_preferences(user.data, service.base_url, "m")
    service.script("m", Script(words=["Nobody ", "will ", "know."]))
    fill(user)
    user.start()
    program = user.program

    program.wait(lambda: len(user.conversations()) == 6, "the list")
    assert user.conversations()[:2] == ["Work", "Today"]

    # Two are selected with Ctrl and dragged onto the folder; that is one act.
    user.open("Delta")
    program.xdotool("keydown", "ctrl")
    program.click_part("conversations", "Beta")
    program.xdotool("keyup", "ctrl")
    program.wait(
        lambda: sum(part["selected"] for part in program.find("conversations").parts) == 2,
        "two selected rows",
    )
    drag(user, "Beta", onto="Work")
    program.wait(lambda: user.conversations()[3] == "Today", "two rows in the folder")
    assert sorted(user.conversations()[1:3]) == ["Beta", "Delta"]
    program.click("deleted_undo")
    program.wait(lambda: user.conversations()[1] == "Today", "the folder to be empty again")

    # A row that is dragged is not opened by that: the one that is keeps its mark.
    user.open("Delta")
    drag(user, "Alpha", onto="Work")
    program.wait(lambda: user.conversations()[1] == "Alpha", "the row in the folder")
    program.wait(
        lambda: (
            [part["text"] for part in program.find("conversations").parts if part["selected"]] == ["Delta"]
        ),
        "the mark on the open conversation",
    )
    program.click("deleted_undo")
    program.wait(lambda: user.conversations()[1] == "Today", "the folder to be empty again")

    # The menu of a row takes it into the archive; the list's own menu shows it there.
    program.click_part("conversations", "Gamma", button=3)
    program.click_row("Archive")
    program.wait(lambda: "Gamma" not in user.conversations(), "Gamma to leave the list")
    program.click("list_options")
    program.click_row("Archive")
    program.wait(
        lambda: [p["text"] for p in program.find("archive_list").parts][1:] == ["Gamma"], "the archive"
    )
    program.key("Escape")

    # A temporary conversation says so, is answered, and is nowhere on the disk.
    program.key("ctrl+shift+n")
    program.widget("temporary")
    user.send(f"Keep {SECRET} to yourself")
    user.wait_page("Nobody will know.")
    program.wait(lambda: user.conversations()[0] == "Temporary", "the group of temporary conversations")
    user.quit()
    held = [path for path in user.data.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert held == []

    # At the next start everything is where it was left.
    user.start()
    program = user.program
    program.wait(lambda: len(user.conversations()) == 5, "the list")
    assert sorted(user.conversations()) == ["Alpha", "Beta", "Delta", "Today", "Work"]
    user.quit()
