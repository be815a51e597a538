"""Chapter "real routes": `ssh -D` as the proxy, and a name that only the far side knows, by a hosts file of its own.

The far side is this machine with another /etc/hosts, in a mount namespace: what is looked up there and not here cannot
have been looked up by this process.
"""

import asyncio
import getpass
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import pytest

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.proxy import ProxyScheme
from pizzagpt_desktop.network.http import open_http
from pizzagpt_desktop.network.route import Proxy
from tests.helpers.loopback import Loopback, Reply
from tests.helpers.real_proxies import Real, free_port, listening, program, settings
from tests.network.test_names import lookups

pytestmark = [pytest.mark.counterpart, pytest.mark.timeout(120)]
ROOT = Path(__file__).resolve().parents[2]
OK = Reply(body=b"through", end="length")
NAME = "llm.office.invalid"
WAYS = (("unshare", "--mount"), ("unshare", "--map-root-user", "--mount"))
"""As root, and as anybody where the system lets users have namespaces."""
FETCH = """
import asyncio, sys
from pizzagpt_desktop.network.http import open_http

async def main():
    async with open_http("GET", sys.argv[1], headers={}) as answer:
        print((await answer.body()).decode())

asyncio.run(main())
"""
Note = Callable[[str, object], None]


@cache
def way() -> tuple[str, ...]:
    """The words before a command that may mount; none where this machine lets nobody mount anything."""
    for words in WAYS:
        tried = [*words, "mount", "-t", "tmpfs", "none", "/run"]
        if shutil.which(words[0]) and not subprocess.run(tried, capture_output=True, check=False).returncode:
            return words
    return ()


def far(folder: Path, *command: str) -> list[str]:
    """`command` on the far side: its /etc/hosts knows `NAME`, and its /run is empty."""
    hosts = folder / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {NAME}\n", "utf-8")
    script = 'mount --bind "$0" /etc/hosts && mount -t tmpfs none /run && mkdir -m 755 /run/sshd && exec "$@"'
    return [*way(), "sh", "-c", script, str(hosts), *command]


@contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[Real]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        try:
            listening(port, process)
        except AssertionError as error:
            raise AssertionError(f"{error}; it said: {log.read_text('utf-8', 'replace')[-2000:]}") from error
        yield Real(port, log)
    finally:
        process.kill()  # what it forked for a connection ends with that
        process.wait(10)


@contextmanager
def tunnel(folder: Path) -> Iterator[tuple[Real, Real]]:
    """`ssh -D` here and its server on the far side."""
    for key in ("host", "mine"):
        command = [program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)]
        subprocess.run(command, check=True)
    shutil.copy(folder / "mine.pub", folder / "allowed")
    port, here = free_port(), free_port()
    config = folder / "sshd.conf"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host'}\nAuthorizedKeysFile {folder / 'allowed'}\n"
        "StrictModes no\nUsePAM no\nPidFile none\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n"
        "KbdInteractiveAuthentication no\nLogLevel DEBUG1\n",
        "utf-8",
    )
    host = (folder / "host.pub").read_text("utf-8").split()
    (folder / "known").write_text(f"[127.0.0.1]:{port} {host[0]} {host[1]}\n", "utf-8")
    options = ["BatchMode=yes", f"UserKnownHostsFile={folder / 'known'}", "GlobalKnownHostsFile=none"]
    client = [program("ssh"), "-N", "-F", "none", "-D", f"127.0.0.1:{here}", "-p", str(port)]
    client += ["-i", str(folder / "mine"), *(f"-o{option}" for option in options)]
    with ExitStack() as stack:
        server = [program("sshd"), "-D", "-e", "-f", str(config)]
        far_end = stack.enter_context(running(far(folder, *server), port, folder / "sshd.log"))
        near_end = stack.enter_context(
            running([*client, f"{getpass.getuser()}@127.0.0.1"], here, folder / "ssh.log")
        )
        yield near_end, far_end


async def fetch(url: str, proxy: Proxy | None) -> bytes:
    async with open_http("POST", url, headers={}, body=b"{}", proxy=proxy) as answer:
        return await answer.body()


async def carried(proxy: Proxy, host: str, there: Real, target: str) -> int:
    """Have a request to this name carried to a server; `target` is what the far side was handed. The server's port."""
    async with Loopback(OK) as server:
        assert await fetch(f"http://{host}:{server.port}/", proxy) == b"through"
        assert f"target {target} port {server.port}" in there.said
        return server.port


def names(heard: list[str]) -> list[str]:
    """What was looked up, without the numbers that sockets are given."""
    return [host for host in heard if host[0].isalpha()]


def cannot(record_property: Note, *programs: str) -> bool:
    """Whether this machine cannot play the far side; says so."""
    missing = [name for name in programs if not shutil.which(name, path="/usr/sbin:/usr/bin:/bin")]
    allowed = WAYS[:1] if "sshd" in programs else WAYS  # its server changes its user, as only root can
    if not missing and way() in allowed:
        return False
    why = f"{', '.join(missing)} is not there" if missing else "no mount namespace can be made as this user"
    record_property("not tested here", f"routes with a far side of their own: {why}")
    return True


@pytest.mark.parametrize("scheme", [ProxyScheme.SOCKS4A, ProxyScheme.SOCKS5H])
async def test_ssh_carries_a_request_to_a_name_that_only_the_far_side_knows(
    tmp_path: Path, record_property: Note, scheme: ProxyScheme
) -> None:
    if cannot(record_property, "sshd", "ssh", "ssh-keygen"):
        return
    with tunnel(tmp_path) as (here, there), lookups() as heard:
        proxy = Proxy(settings(here.port, scheme))
        port = await carried(proxy, NAME, there, NAME)
        with pytest.raises(Fault) as gone:
            await fetch(f"http://{NAME}:{port}/", proxy)
        assert gone.value.kind is FaultKind.PROXY, "all that can be known is that it hung up"
        assert f"{NAME}:{port}" in gone.value.detail
    assert names(heard) == []


@pytest.mark.parametrize("scheme", [ProxyScheme.SOCKS4, ProxyScheme.SOCKS5])
async def test_ssh_is_given_an_address_where_names_are_looked_up_here(
    tmp_path: Path, record_property: Note, scheme: ProxyScheme
) -> None:
    if cannot(record_property, "sshd", "ssh", "ssh-keygen"):
        return
    with tunnel(tmp_path) as (here, there):
        proxy = Proxy(settings(here.port, scheme))
        port = await carried(proxy, "localhost", there, "127.0.0.1")
        with lookups() as heard, pytest.raises(Fault) as unknown:
            await fetch(f"http://{NAME}:{port}/", proxy)
        assert names(heard) == [NAME]
        assert NAME in unknown.value.detail
        assert f"target {NAME}" not in there.said


async def test_a_private_hosts_file_is_read_for_a_direct_route(tmp_path: Path, record_property: Note) -> None:
    if cannot(record_property, "unshare"):
        return
    async with Loopback(OK) as server:
        url = f"http://{NAME}:{server.port}/"
        process = await asyncio.create_subprocess_exec(
            *far(tmp_path, sys.executable, "-c", FETCH, url), cwd=ROOT, stdout=subprocess.PIPE
        )
        said, _ = await process.communicate()
        assert said.strip() == b"through"
        with pytest.raises(Fault) as unknown:
            await fetch(url, None)
    assert unknown.value.kind is FaultKind.NETWORK
    assert NAME in unknown.value.detail


async def test_a_socks_proxy_alone_reads_the_private_hosts_file(
    tmp_path: Path, record_property: Note
) -> None:
    """The name is the proxy's: remote look-up finds it, and look-up here does not."""
    if cannot(record_property, "microsocks"):
        return
    port = free_port()
    command = far(tmp_path, program("microsocks"), "-i", "127.0.0.1", "-p", str(port))
    with running(command, port, tmp_path / "microsocks.log") as proxy, lookups() as heard:
        async with Loopback(OK) as server:
            url = f"http://{NAME}:{server.port}/"
            assert await fetch(url, Proxy(settings(port, ProxyScheme.SOCKS5H))) == b"through"
            assert names(heard) == []
            with pytest.raises(Fault):
                await fetch(url, Proxy(settings(port, ProxyScheme.SOCKS5)))
            assert names(heard) == [NAME]
        assert f"connected to {NAME}:{server.port}" in proxy.said
