"""Ambient strictness: no network beyond loopback, no proxy from outside, no leaked task, an own home.

Nothing here knows a feature; what one kind of test needs is in the conftest.py of its folder.
"""

import asyncio
import gc
import inspect
import ipaddress
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
for _name in list(os.environ):
    if _name.lower().endswith("_proxy") or _name.startswith("PIZZAGPT_DESKTOP_"):
        del os.environ[_name]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="tests/trust in full, as `make trust` runs it")


def _is_loopback(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str) or host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_loopback or host in ("0.0.0.0", "::")
    except ValueError:
        return host.endswith((".localhost", ".invalid"))


def _refuse_network(event: str, args: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto"):
        address = args[1]
        if isinstance(address, tuple) and not _is_loopback(address[0]):
            raise PermissionError(f"a test tried to reach {address!r}; only loopback is allowed")
    elif event == "socket.getaddrinfo" and not _is_loopback(args[0]):
        raise PermissionError(f"a test tried to look up {args[0]!r}; only loopback is allowed")


sys.addaudithook(_refuse_network)


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees or changes the folders and key store of the person who runs it."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()  # the tests themselves are no garbage: the looks below are short without them


@pytest.fixture(autouse=True)
def _garbage_in_this_thread(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test with widgets leaves is not destroyed by the thread of a server: Qt would crash, in another test."""
    if "qapp" not in request.fixturenames:
        yield
        return
    gc.disable()
    yield
    gc.enable()
    gc.collect()


@pytest.fixture(autouse=True)
def _no_unexpected_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A warning or error in the log fails the test unless it clears `caplog` after looking."""
    yield
    loud = [r for r in caplog.get_records("call") if r.levelno >= logging.WARNING]
    assert not loud, "unexpected log records: " + "; ".join(r.getMessage() for r in loud)


@pytest.fixture
async def _no_leaked_task() -> Any:
    """An async test ends with every task it started ended; asked for by every async test below."""
    yield
    left = [t for t in asyncio.all_tasks() if t is not asyncio.current_task() and not t.done()]
    assert not left, f"tasks left running: {left}"


def pytest_itemcollected(item: pytest.Item) -> None:
    if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
        item.fixturenames.append("_no_leaked_task")
