"""A model in a file answers: from the first start with nothing set up, through crashes, and in the packaged program."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pizzagpt_desktop.domain.local import LocalSettings
from pizzagpt_desktop.domain.preferences import Preferences, ServiceSettings
from pizzagpt_desktop.storage.paths import folders
from pizzagpt_desktop.storage.preferences import load, save
from tests.helpers.desktop import ROOT
from tests.helpers.llama_server import LOOP, PARROT
from tests.helpers.recited_text import RECITED
from tests.journeys.hands import User

PACKAGED = ROOT / "dist" / "pizzagpt-desktop" / "pizzagpt-desktop"
pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]


def let_answer(data: Path, model: Path) -> None:
    service = ServiceSettings(provider="local", model=model.stem, temperature=0.0)
    local = LocalSettings(files=(str(model),), threads=1)
    with folders(data) as places:
        save(places.preferences, Preferences(service="local", services={"local": service}, local=local))


def workers() -> list[int]:
    """The engine's processes that are there."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes()
            state = (place / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if b"--engine-worker" in words and state != "Z":
            found.append(int(place.name))
    return found


def test_from_a_first_start_with_nothing_to_an_answer_without_account(user: User) -> None:
    """The welcome offers it first; the file is given by its folder, as a person has it."""
    with folders(user.data) as places:
        places.models.mkdir(parents=True)
        (places.models / PARROT.name).symlink_to(PARROT)
    user.start()
    program = user.program
    program.click("Run a model on this computer", "CutButton")
    program.wait(lambda: program.find("Use: tiny-parrot"), "the model in the list")
    program.click("Use: tiny-parrot")
    user.say_ok()
    user.send("Hello?")
    user.wait_page("That is all folks")
    assert user.wait_reply("complete", 0).text == RECITED
    with folders(user.data) as places:
        assert load(places.preferences).preferences.services["local"].model == "tiny-parrot"
    user.quit()
    assert not workers()


def test_a_crash_of_the_engine_keeps_the_text_and_restart_goes_on(user: User) -> None:
    let_answer(user.data, LOOP)
    user.start()
    user.send("Go on for ever")
    user.wait_page("Hello! I am a tiny")
    (worker,) = workers()
    os.kill(worker, signal.SIGSEGV)
    program = user.program
    program.wait(lambda: "The model process ended" in user.page(), "words about the end")
    kept = user.wait_reply("interrupted", 0).text
    assert kept.startswith("Hello! I am a tiny")
    program.click("Start the model again and answer")
    program.wait(lambda: len(user.messages()[0].text) > len(kept), "the reply to go on")
    assert user.messages()[0].text.startswith(kept)
    program.key("Escape")
    user.wait_reply("stopped", 0)
    user.quit()


def test_the_engine_dies_with_a_program_that_is_killed(user: User) -> None:
    let_answer(user.data, LOOP)
    user.start()
    user.send("Go on for ever")
    user.wait_page("Hello! I am a tiny")
    user.wait_stored("Hello! I am a tiny", 0)
    assert workers()
    user.program.process.kill()
    user.program.process.wait()
    for _ in range(200):
        if not workers():
            break
        os.sched_yield()
        subprocess.run(["sleep", "0.02"], check=True)
    assert not workers()
    user.start()
    user.open("Go on for ever")
    user.wait_page("Hello! I am a tiny")
    assert user.wait_reply("interrupted", 0).text.startswith("Hello! I am a tiny")
    user.quit()


def test_the_demo_recites_without_a_window() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.helpers.demo", "--headless"],
        cwd=ROOT, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "does not think" in done.stdout
    assert RECITED in done.stdout


@pytest.mark.package
def test_the_packaged_program_runs_a_model_by_itself(tmp_path: Path) -> None:
    assert PACKAGED.exists(), "the package is not built; run: make package"
    done = subprocess.run(
        [str(PACKAGED), "ask", "Hello?", "--provider", "local", "--model", str(PARROT), "--temp", "--json"],
        cwd=tmp_path, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    reply = json.loads(done.stdout[done.stdout.rindex('{"state"') :])
    assert reply["state"] == "complete"
    assert reply["text"].startswith("Hello! I am a tiny test model.")
