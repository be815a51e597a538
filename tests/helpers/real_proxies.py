"""Real proxies of Debian for tests: tinyproxy with and without a login, microsocks with one; and an authority for TLS."""

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from pizzagpt_desktop.domain.proxy import ProxyMode, ProxyScheme, ProxySettings

NAME, PASSWORD = "pizza", "margh3rita-CANARY"


def settings(port: int, scheme: ProxyScheme, **others: Any) -> ProxySettings:
    values: dict[str, Any] = {"mode": ProxyMode.MANUAL, "host": "127.0.0.1", "for_loopback": True, **others}
    return ProxySettings(port=port, scheme=scheme, **values)


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listening(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the program takes connections."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        assert process.poll() is None, "the proxy ended at its start"
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("the proxy does not listen")


@dataclass
class Real:
    port: int
    log: Path
    config: str = ""

    @property
    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")


def started(command: list[str], port: int, log: Path, output: Path) -> Iterator[Real]:
    with output.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT)
    try:
        listening(port, process)
        yield Real(port, log)
    finally:
        process.terminate()
        process.wait(10)


def program(name: str) -> str:
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin")
    assert path, f"{name} is missing: apt-get install {name}"
    return path


@pytest.fixture(params=[True, False], ids=["login", "open"])
def tinyproxy(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Real]:
    port, log, config = free_port(), tmp_path / "tinyproxy.log", tmp_path / "tinyproxy.conf"
    lines = [
        f"Port {port}",
        "Listen 127.0.0.1",
        "Timeout 60",
        f'LogFile "{log}"',
        "LogLevel Info",
        "MaxClients 20",
    ]
    if request.param:
        lines.append(f"BasicAuth {NAME} {PASSWORD}")
    config.write_text("\n".join(lines) + "\n")
    for proxy in started([program("tinyproxy"), "-d", "-c", str(config)], port, log, tmp_path / "out"):
        yield replace(proxy, config=config.read_text())


@pytest.fixture
def microsocks(tmp_path: Path) -> Iterator[Real]:
    port, log = free_port(), tmp_path / "microsocks.log"
    command = [program("microsocks"), "-i", "127.0.0.1", "-p", str(port), "-u", NAME, "-P", PASSWORD]
    yield from started(command, port, log, log)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    authority = trustme.CA()
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return authority


def context(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(made)
    return made
