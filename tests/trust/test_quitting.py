"""Chapter "quitting": the window is closed at any moment of anything, and the program ends in order and in silence.

What is freed is filled with other bytes by the system's library, so that whoever looks there once more is found out.
"""

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status
from pizzagpt_desktop.domain.preferences import Preferences, ServiceSettings
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxySettings
from pizzagpt_desktop.storage.paths import folders
from pizzagpt_desktop.storage.preferences import save
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.scripted_service import Script, ScriptedService
from tests.helpers.trust.quitting import SITUATIONS

ROOT = Path(__file__).resolve().parents[2]
CODE = "A few words.\n\n```python\n" + "def pizza(number):\n    return [number, 'tomato']\n" * 60 + "```\n"
LONGEST_MS = {"loading": 400, "anew": 100}
CONVERSATIONS, MESSAGES = 12, 20


def fill(data: Path, base_url: str) -> None:
    settings = ServiceSettings(provider="openai", base_url=base_url, model="endless")
    preferences = Preferences(
        service="s", services={"s": settings}, proxy=ProxySettings(mode=ProxyMode.NONE), trash_days=0
    )
    with folders(data) as places:
        save(places.preferences, preferences)
        store = SqliteSessionStore(places.chats)
        for number in range(CONVERSATIONS):
            identity = f"c{number}"
            store.add_conversation(Conversation(id=identity, title=f"About {number}", updated_at=number))
            parent = None
            for place in range(MESSAGES):
                message = Message(
                    id=f"{identity}-{place}", conversation_id=identity, parent_id=parent,
                    role=Role.ASSISTANT if place % 2 else Role.USER, text=CODE if place % 2 else f"A word {place}",
                    status=Status.COMPLETE,
                )  # fmt: skip
                store.add_message(message)
                parent = message.id
        store.close()


def is_loud(path: Path, line: str) -> bool:
    if "This plugin does not support" in line:  # the offscreen one, of what screens do
        return False
    return path.name.startswith("faults") or any(
        f" {level} " in line for level in ("WARNING", "ERROR", "CRITICAL")
    )


def complaints(data: Path) -> list[str]:
    """What the program wrote into its logs that somebody should look at."""
    with folders(data) as places:
        lines = [
            line
            for path in places.log.glob("*.log*")
            for line in path.read_text("utf-8").splitlines()
            if is_loud(path, line)
        ]
        for path in places.log.glob("*.log*"):
            path.unlink()
    return lines


def quit_in(situation: str, data: Path, milliseconds: int, chance: int) -> None:
    done = subprocess.run(
        [
            sys.executable, "-m", "tests.helpers.trust.quitting", situation, str(milliseconds), str(chance),
            "--data-dir", str(data),
        ],
        cwd=ROOT, env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "MALLOC_PERTURB_": "165"}, capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip
    after = f"{situation}, {milliseconds} ms, chance {chance}"
    assert (done.returncode, done.stderr, complaints(data)) == (0, "", []), after


def one_after_the_other(folder: Path, seed: int, situations: list[str]) -> None:
    rnd = random.Random(seed)
    words = [*("word " * 3 for _ in range(50)), "```python\n", *("x = [1, 'two']\n" for _ in range(2_000))]
    data = folder / "data"
    with ScriptedService() as service:
        service.script("endless", Script(words=words, pace_s=0.001))
        fill(data, service.base_url)
        for situation in situations:
            quit_in(situation, data, rnd.randint(0, LONGEST_MS.get(situation, 700)), rnd.randrange(1 << 30))


@pytest.mark.parametrize("situation", ["loading", "reply", "dialog", "search", "anew"])
def test_the_program_ends_in_silence_whatever_it_does(folder: Path, seed: int, situation: str) -> None:
    one_after_the_other(folder, seed, [situation])


@pytest.mark.long
def test_it_does_so_again_and_again(folder: Path, seed: int, figures: Any) -> None:
    times = 200
    rnd = random.Random(seed)
    one_after_the_other(folder, seed, [rnd.choice(SITUATIONS) for _ in range(times)])
    figures("quitting", times=times, complaints=0)
