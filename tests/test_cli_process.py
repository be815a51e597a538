"""The headless twin as a process of its own: no Qt, signals, a reader that goes away."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.scripted_service import Script, ScriptedService, numbered

ROOT = Path(__file__).parent.parent


@pytest.fixture
def service():
    with ScriptedService() as service:
        service.script("m", Script(words=["fine"]))
        service.script("paced", Script(words=numbered(1000), paced=True))
        service.script("long", Script(words=numbered(20_000)))
        yield service


@pytest.fixture
def command(service, tmp_path):
    def command(model, *options):
        words = ["ask", "hi", "--provider", "openai", "--base-url", service.base_url, "--model", model]
        return [
            sys.executable,
            "-W",
            "error",
            "-m",
            "pizzagpt_desktop",
            *words,
            "--data-dir",
            str(tmp_path),
            *options,
        ]

    return command


def test_ask_imports_no_qt(service, command):
    code = (
        "import sys; from pizzagpt_desktop.__main__ import main; status = main(sys.argv[1:]);"
        "sys.exit(status or sorted(n for n in sys.modules if n.split('.')[0] in ('PySide6', 'qasync', 'shiboken6')) or 0)"
    )
    words = command("m")
    done = subprocess.run(
        [sys.executable, "-c", code, *words[words.index("ask") :]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "fine\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signals to one process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_reply_and_keeps_its_text(service, command, number):
    process = subprocess.Popen(
        command("paced", "--json"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    service.permit(3)
    seen = ""
    while "word3" not in seen:
        seen += process.stdout.read(1)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    result = json.loads((seen + out).splitlines()[-1])
    assert (process.returncode, err) == (1, "")
    assert (result["state"], result["text"], result["error"]) == ("stopped", "word1 word2 word3 ", None)
    service.wait_closed()


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe's end is another error there")
def test_a_reader_that_goes_away_is_no_traceback(service, command):
    process = subprocess.Popen(command("long"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.read(5) == b"word1"
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert (process.wait(timeout=20), err) == (1, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="no shell to close it with")
@pytest.mark.parametrize("words", [["list"], ["list", "--json"], ["model", "check", "nothing.gguf"]])
def test_a_closed_output_is_said_in_words(tmp_path, words):
    place = [] if words[0] == "model" else ["--data-dir", str(tmp_path / "here")]
    program = [sys.executable, "-m", "pizzagpt_desktop", *words, *place]
    found = subprocess.run(
        ["sh", "-c", 'exec "$0" "$@" >&-', *program], cwd=ROOT, capture_output=True, check=False, timeout=60
    )
    said = words != ["list"]  # of no conversations it prints nothing
    assert found.returncode == (1 if said else 0)
    assert found.stderr == (
        b"pizzagpt-desktop: The output cannot be written: it is closed.\n" if said else b""
    )


def test_stopped_while_it_loads_it_says_so_and_shows_no_traceback(tmp_path):
    code = (
        "import signal, sys; from pizzagpt_desktop import __main__\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # a run in the background ignores it\n"
        "class Loading:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'pizzagpt_desktop.cli': signal.raise_signal(signal.SIGINT)\n"
        "sys.meta_path.insert(0, Loading()); sys.exit(__main__.main(['list', '--data-dir', sys.argv[1]]))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, check=False, timeout=60
    )
    assert (found.returncode, found.stdout, found.stderr) == (1, b"", b"pizzagpt-desktop: Stopped.\n")
