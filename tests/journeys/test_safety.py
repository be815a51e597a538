"""What people see of the care for their chats: one window, backups, a damaged file, another program's writes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.desktop import ROOT
from tests.helpers.scripted_service import Script, ScriptedService, numbered
from tests.journeys.hands import User, write_preferences

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]


def twin(user: User, *words: str) -> str:
    """Run a command of the headless half on the user's folder; what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "pizzagpt_desktop", words[0], "--data-dir", str(user.data), *words[1:]],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return done.stdout


def run_command(user: User, words: str) -> None:
    """By the palette: Ctrl+K, the words, Enter."""
    user.program.key("ctrl+k")
    user.program.wait(
        lambda: user.program.find("Go to anything") or user.program.find("palette"), "the palette"
    )
    user.program.type(words)
    user.program.key("Return")


def notice(user: User, key: str) -> str:
    found = user.program.find(f"notice_{key}")
    return found.accessible if found is not None else ""


def prepared(user: User, service: ScriptedService) -> None:
    service.script("steady", Script(words=numbered(3)))
    write_preferences(user.data, service.base_url, "steady")
    user.start()
    user.send("First question")
    user.wait_reply("complete")


def test_the_window_shows_what_another_program_wrote(user: User, service: ScriptedService) -> None:
    prepared(user, service)
    (conversation,) = json.loads(twin(user, "list", "--json"))
    twin(user, "ask", "Second question", "--conversation", conversation["id"])
    user.wait_page("Second question")
    twin(user, "ask", "From the terminal")
    user.program.wait(
        lambda: any("From the terminal" in row for row in user.conversations()),
        "the conversation in the list",
    )
    user.quit()


def test_a_second_start_raises_the_window_that_is_there(user: User, service: ScriptedService) -> None:
    prepared(user, service)
    first = user.program
    second = user.desktop.start("--data-dir", user.data)
    assert second.wait_end() == 0
    assert first.process.poll() is None
    user.quit()


def test_a_backup_and_back_again_by_the_menu(user: User, service: ScriptedService) -> None:
    prepared(user, service)
    run_command(user, "Back up now")
    user.program.wait(lambda: "Backed up to" in notice(user, "backup"), "the notice of the backup")
    user.program.key("ctrl+n")
    user.program.click("composer_text")
    user.send("Said after the backup")
    user.wait_reply("complete", 1)
    run_command(user, "Restore backup")
    user.program.widget("backup_list")
    user.program.click("restore_chosen")
    user.program.wait(lambda: "kept at" in notice(user, "chats"), "the notice of the restored backup")
    assert not any("Said after" in row for row in user.conversations())
    assert len(user.messages("user")) == 1
    user.program.take_keyboard()
    user.quit()
    (kept,) = Path(user.data / "data").glob("chats.db.before-restore-*")
    assert kept.stat().st_size


def test_a_damaged_file_at_the_start(user: User, service: ScriptedService) -> None:
    prepared(user, service)
    user.quit()
    file = user.data / "data" / "chats.db"
    damaged = b"\xa5" * 4096 + file.read_bytes()[4096:]
    file.write_bytes(damaged)
    program = user.desktop.start("--data-dir", user.data)
    user._program = program
    program.click("recover")
    program.wait(
        lambda: "were recovered" in notice(user, "chats") or "was recovered" in notice(user, "chats"),
        "the notice",
    )
    assert "First question" in " ".join(user.conversations())
    (kept,) = file.parent.glob("chats.db.damaged-*")
    assert kept.read_bytes() == damaged
    program.take_keyboard()
    program.key("ctrl+q")
    assert program.wait_end() == 0
    (user.desktop.folder / "said1.txt").write_text("")  # what it says to a terminal is read elsewhere
