"""The way to a service walked step by step, through the real proxies of Debian and a real HTTPS proxy."""

from contextlib import suppress
from pathlib import Path

import pytest
import trustme

from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.proxy import ProxyScheme
from pizzagpt_desktop.domain.trial import State, Step
from pizzagpt_desktop.network.http import open_http
from pizzagpt_desktop.network.route import Proxy
from pizzagpt_desktop.network.tls import Terms
from pizzagpt_desktop.network.walk import walk
from tests.helpers.loopback import Loopback, Reply
from tests.helpers.real_proxies import NAME, PASSWORD, Real, context, free_port, program, settings, started

pytestmark = pytest.mark.counterpart
KEY = {"Authorization": "Bearer sk-test-CANARY"}
OK = Reply(body=b"through", end="length")
LOGIN = pytest.mark.parametrize("tinyproxy", [True], indirect=True, ids=["login"])


async def fetch(url: str, proxy: Proxy) -> bytes:
    async with open_http("POST", url, headers=KEY, body=b"{}", proxy=proxy) as answer:
        return await answer.body()


async def walked(url: str, proxy: Proxy) -> dict[str, Step]:
    """The steps of a walk, by name, whether it arrived or not."""
    told: list[Step] = []
    with suppress(Fault):
        await walk(url, proxy, Terms(), told.append)
    assert "CANARY" not in repr(told)
    return {step.name: step for step in told}


@LOGIN
async def test_through_tinyproxy(tinyproxy: Real, authority: trustme.CA) -> None:
    async with Loopback(OK, tls=context(authority, "127.0.0.1")) as server:
        right = Proxy(settings(tinyproxy.port, ProxyScheme.HTTP, username=NAME), PASSWORD)
        steps = await walked(server.url, right)
        assert steps["login"].words.startswith("The proxy accepted name and password")
        assert steps["tls"].state is State.OK
        wrong = Proxy(settings(tinyproxy.port, ProxyScheme.HTTP, username=NAME), "wrong-CANARY")
        failed = (await walked(server.url, wrong))["login"]
        assert failed.state is State.FAILED
        assert "did not accept the name and password" in failed.words
    assert server.requests == []


async def test_through_microsocks(microsocks: Real, authority: trustme.CA) -> None:
    async with Loopback(OK, tls=context(authority, "localhost")) as server:
        url = f"https://localhost:{server.port}"
        right = Proxy(settings(microsocks.port, ProxyScheme.SOCKS5H, username=NAME), PASSWORD)
        steps = await walked(url, right)
        assert steps["tls"].state is State.OK
        assert f"connected to localhost:{server.port}" in microsocks.said, "looked up by the proxy"
        wrong = Proxy(settings(microsocks.port, ProxyScheme.SOCKS5H, username=NAME), "wrong-CANARY")
        failed = (await walked(url, wrong))["login"]
        assert failed.state is State.FAILED
        assert "did not accept the name and password" in failed.words


@LOGIN
async def test_a_real_https_proxy(tinyproxy: Real, authority: trustme.CA, tmp_path: Path) -> None:
    """stunnel before tinyproxy: the login goes through it, and to nobody else."""
    mine = authority.issue_cert("127.0.0.1")
    (tmp_path / "stunnel.pem").write_bytes(mine.private_key_and_cert_chain_pem.bytes())
    port, config, log = free_port(), tmp_path / "stunnel.conf", tmp_path / "stunnel.log"
    config.write_text(
        f"foreground = yes\npid =\noutput = {log}\n[proxy]\ncert = {tmp_path / 'stunnel.pem'}\n"
        f"accept = 127.0.0.1:{port}\nconnect = 127.0.0.1:{tinyproxy.port}\n"
    )
    proxy = Proxy(settings(port, ProxyScheme.HTTPS, username=NAME), PASSWORD)
    for _ in started([program("stunnel4"), str(config)], port, log, tmp_path / "stunnel.out"):
        async with Loopback(OK, tls=context(authority, "127.0.0.1")) as server:
            assert await fetch(server.url, proxy) == b"through"
            steps = await walked(server.url, proxy)
        assert [step.state for step in steps.values()] == [State.OK] * 5
        wrong = Proxy(settings(port, ProxyScheme.HTTPS, username=NAME), "wrong-CANARY")
        with pytest.raises(Fault) as caught:
            await fetch(server.url, wrong)
    fault = caught.value
    assert "did not accept the name and password" in fault.detail
    assert server.requests[0].header("proxy-authorization") is None
    assert f"CONNECT 127.0.0.1:{server.port}" in tinyproxy.said
