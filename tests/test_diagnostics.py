"""The log and the crash hooks: masked, private, bounded, and everything put back afterwards."""

import asyncio
import json
import logging
import string
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pizzagpt_desktop import diagnostics as module
from pizzagpt_desktop.diagnostics import Diagnostics, crash_report, redacted

KEY = "sk-test-CANARY0123456789abcdef"
PASSWORD = "hunter2-and-more"
log = logging.getLogger("pizzagpt_desktop.test")


@pytest.fixture
def started(tmp_path):
    diagnostics = Diagnostics(lambda: [PASSWORD])
    diagnostics.start(tmp_path)
    yield diagnostics
    diagnostics.close()


def logged(folder):
    return "".join(path.read_text("utf-8") for path in folder.glob("pizzagpt-desktop.log*"))


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (f"the key {KEY} was refused", KEY),
        (f"{{'Authorization': 'Bearer {KEY}'}}", KEY),
        ("Authorization: Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA"),
        ("(b'Proxy-Authorization', b'Basic dXNlcjpwYXNzd29yZA==')", "dXNlcjpwYXNzd29yZA"),
        ("x-api-key: abcdef123456", "abcdef123456"),
        ("x-secret=Marinara", "Marinara"),
        ("Cookie: session=abcdef", "abcdef"),
        ("cannot connect to socks5://user:pa%40ss@proxy.example:1080", "pa%40ss"),
        ("cannot connect to http://lonelytoken@proxy.example/", "lonelytoken"),
        ("GET /v1/models?api_key=abcdef123456&x=1", "abcdef123456"),
        (f"wrong password {PASSWORD}", PASSWORD),
        ("bearer abcdef123456", "abcdef123456"),
        ("gsk_abcdefgh12345678 and AIzaSyA1234567890abc", "SyA1234567890abc"),
    ],
)
def test_secrets_are_masked_by_value_and_by_shape(text, hidden):
    assert hidden not in redacted(text, [PASSWORD])


@pytest.mark.parametrize(
    "text",
    ["GET https://api.example.com/v1/models", "the task reply 1a2b ended", "a key was refused", "task-bar"],
)
def test_what_is_no_secret_stays(text):
    assert redacted(text, [PASSWORD]) == text


@given(st.text(alphabet=string.ascii_letters + string.digits, min_size=8), st.text(), st.text())
def test_a_key_is_masked_whatever_stands_around_it(tail, before, after):
    assume(tail not in before + after)
    assert tail not in redacted(f"{before} sk-{tail} {after}")


def test_the_log_is_private_masked_and_quiet_about_values(started, tmp_path, caplog):
    log.warning("asking with %s failed", KEY)
    try:
        raise ValueError(f"cannot use {KEY} at http://me:{PASSWORD}@proxy: " + "long words " * 500)
    except ValueError as error:
        log.error("it failed", exc_info=error)
    text = logged(tmp_path)
    assert "asking with sk-… failed" in text
    assert "ValueError" in text
    assert "test_diagnostics.py" in text
    assert KEY not in text
    assert PASSWORD not in text
    assert text.count("long words") < 50
    if sys.platform != "win32":
        assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("*.log*")} == {0o600}
    caplog.clear()


def test_the_log_never_grows_beyond_five_megabytes(started, tmp_path):
    for _ in range(250):
        log.info("x" * 60_000)
    files = list(tmp_path.iterdir())
    assert len([f for f in files if f.name.startswith("pizzagpt-desktop.log")]) == module.FILES
    assert sum(path.stat().st_size for path in files) < 5_000_000


def test_a_folder_that_cannot_be_written_costs_only_the_file(tmp_path, caplog):
    diagnostics = Diagnostics(list)
    diagnostics.start(tmp_path / "missing")
    diagnostics.close()
    assert "no log can be written" in caplog.text
    caplog.clear()


def test_everything_is_put_back(tmp_path):
    before = sys.excepthook, threading.excepthook, sys.unraisablehook, list(logging.getLogger().handlers)
    diagnostics = Diagnostics(list)
    diagnostics.start(tmp_path)
    diagnostics.install_hooks(lambda _report: None)
    assert sys.excepthook is not before[0]
    diagnostics.close()
    diagnostics.close()
    assert (
        sys.excepthook,
        threading.excepthook,
        sys.unraisablehook,
        list(logging.getLogger().handlers),
    ) == before


@pytest.fixture
def reports(started):
    reports = []
    started.install_hooks(reports.append)
    return reports


def test_each_hook_leads_to_the_log_and_to_the_report(started, reports, tmp_path, caplog):
    fault = ZeroDivisionError(f"with {KEY}")
    sys.excepthook(ZeroDivisionError, fault, None)

    def broken():
        raise LookupError("in a thread")

    thread = threading.Thread(target=broken)
    thread.start()
    thread.join()
    started.on_loop_exception(
        asyncio.new_event_loop().close(), {"message": "in the loop", "exception": OSError("x")}
    )
    sys.unraisablehook(type("Args", (), {
        "exc_type": EOFError, "exc_value": EOFError(), "exc_traceback": None, "err_msg": None, "object": None
    }))  # fmt: skip
    kinds = ["ZeroDivisionError", "LookupError", "OSError", "EOFError"]
    assert len(reports) == len(kinds)
    for kind, report in zip(kinds, reports, strict=True):
        assert kind in report
        assert kind in logged(tmp_path)
        assert KEY not in report
    caplog.clear()


def test_a_loop_message_without_exception_is_only_logged(started, reports, tmp_path, caplog):
    started.on_loop_exception(None, {"message": "something odd"})
    assert "something odd" in logged(tmp_path)
    assert not reports
    caplog.clear()


def test_a_report_that_fails_does_not_hide_the_fault(started, tmp_path, caplog):
    def fails(_report):
        raise RuntimeError("no dialog")

    started.install_hooks(fails)
    started.crashed("here", KeyError("x"))
    text = logged(tmp_path)
    assert "KeyError" in text
    assert "the report of a crash failed: RuntimeError" in text
    caplog.clear()


def test_a_report_tells_where_it_came_from_and_what_came_before():
    try:
        try:
            raise OSError("first")
        except OSError as error:
            raise ValueError("second") from error
    except ValueError as error:
        report = crash_report(type(error), error, error.__traceback__)
    assert "Python" in report
    assert report.index("ValueError: second") < report.index("OSError: first")
    assert "test_a_report_tells" in report


@pytest.mark.skipif(sys.platform == "win32", reason="Windows writes no core dumps by itself")
def test_core_dumps_are_off_and_the_interpreters_own_faults_are_written_down(tmp_path):
    code = (
        "import sys, json, resource, faulthandler; from pathlib import Path;"
        "from pizzagpt_desktop.diagnostics import Diagnostics;"
        "Diagnostics(list).start(Path(sys.argv[1]));"
        "print(json.dumps(resource.getrlimit(resource.RLIMIT_CORE)[0])); sys.stdout.flush();"
        "faulthandler._sigsegv()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert json.loads(done.stdout) == 0
    assert done.returncode < 0
    assert "Segmentation fault" in (tmp_path / "faults.log").read_text()
