"""A key and the network: after a whole day of use, faults, an export and a crash the key is nowhere but where it belongs;
and the program calls nobody but the service that was chosen."""

import base64
import re
import shutil
import signal
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.desktop import ROOT
from tests.helpers.scripted_service import Script, ScriptedService, numbered
from tests.journeys.hands import User, write_preferences

KEY = "sk-jCANARY+7/Qx=9vKp2Lw8Zt"
PASSPHRASE = "journey canary phrase"
pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]


def forms(secret: str) -> dict[str, bytes]:
    """The shapes in which a secret could lie about."""
    raw = secret.encode()
    half = len(secret) // 2
    found = {
        "plain": raw,
        "hex": raw.hex().encode(),
        "url": urllib.parse.quote(secret, safe="").encode(),
        "utf-16": secret.encode("utf-16-le"),
        "first half": raw[:half],
        "second half": raw[half:],
    }
    for shift in range(3):  # base64 of the key at any place in a longer text
        text = base64.b64encode(b"x" * shift + raw)
        found[f"base64 at {shift}"] = text[4:-4]
    return found


def files_below(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                yield path


def hits(secret: str, *folders: Path) -> list[str]:
    """Where a form of the secret lies."""
    shapes = forms(secret)
    return [
        f"{name} in {path.name}"
        for path in files_below(*folders)
        for data in [path.read_bytes()]
        for name, shape in shapes.items()
        if shape in data or shape in path.name.encode()
    ]


def family(process_id: int) -> Iterator[int]:
    """A process and all below it."""
    yield process_id
    for children in Path(f"/proc/{process_id}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from family(int(child))


def in_the_process_list(secret: str, process_id: int) -> list[str]:
    found = []
    for number in family(process_id):
        for part in ("cmdline", "environ"):
            data = Path(f"/proc/{number}/{part}").read_bytes()
            found += [f"{name} in {part}" for name, shape in forms(secret).items() if shape in data]
    return found


def test_the_scan_finds_what_is_planted(tmp_path: Path) -> None:
    for name, shape in forms(KEY).items():
        (tmp_path / "planted").write_bytes(b"before " + shape + b" after")
        assert any(hit.startswith(name) for hit in hits(KEY, tmp_path)), name


def test_a_key_is_nowhere_after_a_day_of_use_faults_an_export_and_a_crash(
    user: User, service: ScriptedService, tmp_path: Path
) -> None:
    service.key = KEY
    service.script("steady", Script(words=numbered(5)))
    echo = b'{"error": {"message": "Incorrect API key provided: ' + KEY.encode() + b'"}}'
    service.script("echo", Script(status=401, body=echo, headers={"Content-Type": "application/json"}))
    service.script(
        "words", Script(words=["The key is ", KEY[:9], " and no more"], status=500, body=KEY.encode())
    )
    nowhere = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    user.start(**nowhere)
    program = user.program
    program.key("ctrl+comma")
    user.choose_service(service.base_url, key=KEY, model="steady")
    # There is no key store here: a file is made, after a plain question.
    program.click("key_file")
    program.wait(lambda: program.find("passphrase"), "the question")
    user.fill_secret("passphrase", PASSPHRASE)
    user.fill_secret("passphrase_again", PASSPHRASE)
    program.click("key_file_ok")
    program.wait(lambda: not program.find("passphrase"), "the file to be made")
    user.say_ok()
    user.send("Hello to the service")
    user.wait_page("word5")
    assert service.chats()[0].headers["authorization"] == f"Bearer {KEY}"
    for model in ("echo", "words"):
        program.key("ctrl+comma")
        program.widget("model")
        user.fill("model", model)
        user.say_ok()
        program.key("ctrl+n")
        user.send(f"Ask {model}")
        program.wait(lambda: user.messages()[-1].status == "failed", "the fault")
        assert KEY not in user.page()
        assert KEY[:12] not in user.page()
    assert in_the_process_list(KEY, program.process.pid) == []
    assert in_the_process_list(PASSPHRASE, program.process.pid) == []
    exported = tmp_path / "exported"
    exported.mkdir()
    for conversation in user.stored():
        for form in ("json", "md"):
            done = subprocess.run(
                [sys.executable, "-m", "pizzagpt_desktop", "export", conversation, "--format", form, "--data-dir", str(user.data)],
                cwd=ROOT, capture_output=True, check=True,
            )  # fmt: skip
            (exported / f"{conversation}.{form}").write_bytes(done.stdout + done.stderr)
    program.process.send_signal(signal.SIGSEGV)  # the interpreter's own crash report, and no core
    program.process.wait(30)
    everywhere = (user.data, user.desktop.folder, exported)
    assert len(list(files_below(*everywhere))) > 8
    assert hits(KEY, *everywhere) == []
    assert hits(PASSPHRASE, *everywhere) == []
    assert not [path for path in files_below(*everywhere) if re.fullmatch(r"core(\.\d+)?", path.name)]

    # The next start asks for the passphrase, and knows the key then.
    user.start(**nowhere)
    program = user.program
    program.click("Unlock", "QPushButton")
    user.fill_secret("passphrase", PASSPHRASE)
    program.click("key_file_ok")
    program.wait(lambda: not program.find("passphrase"), "the file to be open")
    program.key("ctrl+comma")
    program.widget("model")
    user.fill("model", "steady")
    user.say_ok()
    program.key("ctrl+n")
    user.send("Hello again")
    user.wait_page("word5")
    assert service.chats()[-1].headers["authorization"] == f"Bearer {KEY}"
    user.quit()
    assert hits(KEY, *everywhere) == []


CALLS = "connect,sendto,sendmsg,sendmmsg"
_OUTSIDE = re.compile(r"sa_family=AF_INET6?,.*")


def calls(trace: Path) -> list[str]:
    """What the program sent to any address of a network, loopback among them."""
    return [
        found[0]
        for line in trace.read_text("utf-8", "replace").splitlines()
        if (found := _OUTSIDE.search(line))
    ]


def test_nobody_is_called_before_something_is_sent_and_then_only_the_service(
    user: User, service: ScriptedService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every call of every thread is seen by strace: no look-up, no connection, at start, at rest, or while one reads."""
    assert shutil.which("strace"), "strace is missing; on Debian: apt install strace"
    service.script(
        "steady", Script(words=["![a](http://tracker.example/x.png) ", "[b](https://other.example) ", "end"])
    )
    write_preferences(user.data, service.base_url, "steady")
    trace = tmp_path / "trace"
    command = f"strace -f -qq -o {trace} -e trace={CALLS} {sys.executable} -m pizzagpt_desktop"
    monkeypatch.setenv("PIZZAGPT_EXECUTABLE", command)
    user.start()
    assert calls(trace) == []
    user.send("First words")
    user.wait_page("end")
    user.program.key("ctrl+n")
    user.send("Second words")
    user.wait_reply("complete", 1)
    user.quit()
    port = service.base_url.rpartition(":")[2].partition("/")[0]
    sent = calls(trace)
    assert sent
    assert [call for call in sent if f"htons({port})" not in call] == []

    user.start()
    for title in ("First words", "Second words"):
        user.open(title)
        user.wait_page("end")
    user.program.key("ctrl+comma")
    user.program.wait(lambda: user.program.find("preferences"), "the preferences")
    user.program.key("Escape")
    user.program.wait(lambda: not user.program.find("preferences"), "the end of the preferences")
    assert calls(trace) == []
    user.quit()
    assert calls(trace) == []
