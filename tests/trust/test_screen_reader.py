"""What AT-SPI, the way of screen readers on Linux, finds in the real window: walked over the bus from outside."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from tests.helpers.desktop import ROOT, display

pytestmark = [pytest.mark.long, pytest.mark.timeout(120)]

LAUNCHERS = ("/usr/libexec/at-spi-bus-launcher", "/usr/lib/at-spi2-core/at-spi-bus-launcher")
ACCESSIBLE = "org.a11y.atspi.Accessible"
ROOT_PATH = "/org/a11y/atspi/accessible/root"
FOCUSED, BUSY = 12, 3
"""Numbers of states, of AT-SPI's AtspiStateType."""


def launcher() -> str:
    found = next((path for path in LAUNCHERS if Path(path).exists()), None)
    if found is None or shutil.which("dbus-daemon") is None:
        raise RuntimeError("this needs: apt-get install at-spi2-core dbus")
    return found


class Bus:
    """The accessibility bus of one session."""

    def __init__(self, session: str) -> None:
        with open_dbus_connection(session) as connection:
            asked = new_method_call(
                DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus"), "GetAddress"
            )
            address = connection.send_and_get_reply(asked, timeout=20).body[0]
        self._bus: DBusConnection = open_dbus_connection(address)

    def call(self, node: tuple[str, str], method: str, interface: str = ACCESSIBLE, *arguments: str) -> Any:
        address = DBusAddress(node[1], node[0], interface)
        message = new_method_call(address, method, "s" * len(arguments) or None, arguments)
        reply = self._bus.send_and_get_reply(message, timeout=20)
        assert reply.header.message_type.name == "method_return", reply.body
        return reply.body[0]

    def name(self, node: tuple[str, str]) -> str:
        found: str = self.call(node, "Get", "org.freedesktop.DBus.Properties", ACCESSIBLE, "Name")[1]
        return found

    def walk(self, node: tuple[str, str]) -> Iterator[tuple[str, str, tuple[str, str]]]:
        """Role, name and node of everything below, depth first."""
        yield self.call(node, "GetRoleName"), self.name(node), node
        for child in self.call(node, "GetChildren"):
            yield from self.walk(child)

    def states(self, node: tuple[str, str]) -> int:
        low, high = self.call(node, "GetState")
        return int(low) | int(high) << 32

    def close(self) -> None:
        self._bus.close()


@contextmanager
def process(*arguments: str, **facts: Any) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        arguments, text=True, stdout=subprocess.PIPE, stdin=subprocess.PIPE, **facts
    ) as one:
        try:
            yield one
        finally:
            one.terminate()


def line(program: "subprocess.Popen[str]") -> str:
    assert program.stdout is not None
    return program.stdout.readline().strip()


def tell(program: "subprocess.Popen[str]", words: str) -> str:
    assert program.stdin is not None
    program.stdin.write(f"{words}\n")
    program.stdin.flush()
    return line(program)


def test_a_screen_reader_finds_the_messages_and_follows_the_keyboard(tmp_path: Path) -> None:
    quiet = {"stderr": subprocess.DEVNULL}
    started = launcher()
    with display() as screen:
        environment = os.environ | {
            "DISPLAY": screen,
            "QT_QPA_PLATFORM": "xcb",
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "PYTHONPATH": str(ROOT),
            "XDG_RUNTIME_DIR": str(tmp_path),
            "XDG_CACHE_HOME": str(tmp_path),
        }
        with process(
            "dbus-daemon", "--session", "--nofork", "--print-address", env=environment, **quiet
        ) as daemon:
            environment["DBUS_SESSION_BUS_ADDRESS"] = session = line(daemon)
            program = [sys.executable, "-X", "faulthandler", "-m", "tests.helpers.trust.listened"]
            with (
                process(started, "--launch-immediately", env=environment, **quiet),
                process(*program, env=environment, cwd=ROOT) as window,
            ):
                assert line(window) == "ready"
                bus = Bus(session)
                registry = ("org.a11y.atspi.Registry", ROOT_PATH)
                found = list(bus.walk(registry))
                said = [(role, name) for role, name, _ in found]
                assert [name for role, name in said if role == "list item" and ":" in name] == [
                    "You: What is a pizza?",
                    "recital-1: A dish of dough.\nx = 1",
                    "You: And a calzone?",
                    "recital-1: A folded pizza.",
                ]
                assert {("list", "Messages"), ("list", "Conversations"), ("text", "Message")} <= set(said)
                operable = {
                    "push button",
                    "text",
                    "list",
                    "list item",
                    "button menu",
                    "check box",
                    "combo box",
                }
                assert [role for role, name in said if role in operable and not name] == []
                items = [node for role, name, node in found if role == "list item" and ":" in name]
                assert tell(window, "choose 1") == "done"
                assert [bool(bus.states(node) & 1 << FOCUSED) for node in items] == [
                    False,
                    True,
                    False,
                    False,
                ]
                assert not any(bus.states(node) & 1 << BUSY for node in items)
                assert tell(window, "say Once more?") == "done"
                assert bus.name(items[0]) == "You: What is a pizza?"
                assert sum(role == "list item" and ":" in name for role, name, _ in bus.walk(registry)) == 6
                assert tell(window, "new") == "done"
                assert not any(name.startswith("You:") for _, name, _ in bus.walk(registry))
                bus.close()
                assert tell(window, "end") == "ended"
                assert window.wait(20) == 0
