"""A service's own authority, client certificates and pins: what each lets through, and what it never does."""

import hashlib
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxyScheme, ProxySettings
from pizzagpt_desktop.domain.trust import Trust, shown_fingerprint
from pizzagpt_desktop.network.http import open_http
from pizzagpt_desktop.network.route import Proxy
from pizzagpt_desktop.network.tls import Terms, context_for, system_context
from tests.helpers.certificates import Signed, self_signed
from tests.helpers.loopback import Loopback, Reply
from tests.helpers.relay import Relay

OK = Reply(body=b"ok", end="length")
KEY = {"Authorization": "Bearer sk-CANARY"}


async def fetch(url: str, trust: Trust, passphrase: str = "", proxy: Proxy | None = None) -> bytes:
    terms = Terms(trust=trust, passphrase=passphrase)
    async with open_http("POST", url, headers=KEY, body=b"{}", terms=terms, proxy=proxy) as answer:
        return await answer.body()


async def fault_from(url: str, trust: Trust, passphrase: str = "", proxy: Proxy | None = None) -> Fault:
    with pytest.raises(Fault) as caught:
        await fetch(url, trust, passphrase, proxy)
    assert "CANARY" not in f"{caught.value.detail} {caught.value.hint}"
    return caught.value


def served(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


@pytest.fixture
def own(tmp_path: Path) -> tuple[trustme.CA, Trust]:
    """An authority that the system does not know, and the trust that names its file."""
    authority = trustme.CA()
    path = tmp_path / "own authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return authority, Trust(authority=str(path))


class TestAnOwnAuthority:
    async def test_counts_for_the_service_that_names_it_and_for_no_other(
        self, own: tuple[trustme.CA, Trust]
    ) -> None:
        authority, trust = own
        async with Loopback(OK, tls=served(authority, "127.0.0.1")) as server:
            assert await fetch(server.url, trust) == b"ok"
            assert (await fault_from(server.url, Trust())).kind is FaultKind.TLS
            assert len(server.requests) == 1

    async def test_does_not_replace_the_check_of_the_name(self, own: tuple[trustme.CA, Trust]) -> None:
        authority, trust = own
        async with Loopback(OK, tls=served(authority, "other.example")) as server:
            assert "another name" in (await fault_from(server.url, trust)).detail
        assert server.requests == []

    async def test_stands_beside_the_systems_store(
        self, own: tuple[trustme.CA, Trust], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = trustme.CA()
        known.cert_pem.write_to_path(str(tmp_path / "system.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "system.pem"))
        async with Loopback(OK, tls=served(known, "127.0.0.1")) as server:
            assert await fetch(server.url, own[1]) == b"ok"

    @pytest.mark.parametrize(
        ("content", "words"), [(None, "cannot be read: No such file"), (b"nonsense", "no certificate")]
    )
    async def test_a_file_that_cannot_be_used_is_said_before_anything_is_sent(
        self, tmp_path: Path, content: bytes | None, words: str
    ) -> None:
        path = tmp_path / "authority.pem"
        if content is not None:
            path.write_bytes(content)
        async with Loopback(OK) as server:
            url = server.url.replace("http:", "https:")
            fault = await fault_from(url, Trust(authority=str(path)))
        assert fault.kind is FaultKind.SETTINGS
        assert "“authority.pem”" in fault.detail
        assert words in fault.detail
        assert server.connections == 0

    def test_a_name_no_file_can_have(self) -> None:
        with pytest.raises(Fault, match="its name cannot be used"):
            context_for("https://x.example", Terms(trust=Trust(authority="a\0b")))


class TestClientCertificates:
    PASSPHRASE = "margh3rita-CANARY"

    @pytest.fixture
    def wanting(self, own: tuple[trustme.CA, Trust]) -> ssl.SSLContext:
        """A server that takes nobody without a certificate of the authority."""
        authority, _ = own
        context = served(authority, "127.0.0.1")
        context.verify_mode = ssl.CERT_REQUIRED
        authority.configure_trust(context)
        return context

    @pytest.fixture
    def mine(self, own: tuple[trustme.CA, Trust], tmp_path: Path) -> Trust:
        authority, trust = own
        made = authority.issue_cert("me@example.org")
        (tmp_path / "me.pem").write_bytes(made.cert_chain_pems[0].bytes())
        (tmp_path / "me.key").write_bytes(made.private_key_pem.bytes())
        (tmp_path / "both.pem").write_bytes(made.private_key_and_cert_chain_pem.bytes())
        key = serialization.load_pem_private_key(made.private_key_pem.bytes(), None)
        locked = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(self.PASSPHRASE.encode()),
        )
        (tmp_path / "locked.key").write_bytes(locked)
        (tmp_path / "other.key").write_bytes(authority.issue_cert("x@example.org").private_key_pem.bytes())
        (tmp_path / "junk.pem").write_bytes(b"junk")
        return trust

    @pytest.mark.parametrize(
        ("certificate", "key", "passphrase"),
        [("me.pem", "me.key", ""), ("both.pem", "", ""), ("me.pem", "locked.key", PASSPHRASE)],
    )
    async def test_are_shown_to_who_asks(
        self,
        wanting: ssl.SSLContext,
        mine: Trust,
        tmp_path: Path,
        certificate: str,
        key: str,
        passphrase: str,
    ) -> None:
        trust = Trust(
            authority=mine.authority,
            certificate=str(tmp_path / certificate),
            certificate_key=str(tmp_path / key) if key else "",
        )
        async with Loopback(OK, tls=wanting) as server:
            assert await fetch(server.url, trust, passphrase) == b"ok"
            refused = await fault_from(server.url, mine)
            assert refused.kind in (FaultKind.TLS, FaultKind.NETWORK)
            if refused.kind is FaultKind.TLS:  # else the other side was gone before it could say why
                assert "wants a certificate of yours" in refused.detail
            assert len(server.requests) == 1

    @pytest.mark.parametrize(
        ("certificate", "key", "passphrase", "words"),
        [
            ("me.pem", "locked.key", "", "passphrase of the certificate's key is missing"),
            ("me.pem", "locked.key", "wrong-CANARY", "passphrase of the certificate's key is wrong"),
            ("me.pem", "other.key", "", "do not belong together"),
            ("me.pem", "", "", "hold no certificate with a key"),
            ("junk.pem", "me.key", "", "hold no certificate with a key"),
            ("nosuch.pem", "", "", "The certificate's file “nosuch.pem” cannot be read"),
            ("me.pem", "nosuch.key", "", "The key's file “nosuch.key” cannot be read"),
        ],
    )
    async def test_that_cannot_be_used_are_said(
        self, mine: Trust, tmp_path: Path, certificate: str, key: str, passphrase: str, words: str
    ) -> None:
        trust = Trust(
            certificate=str(tmp_path / certificate), certificate_key=str(tmp_path / key) if key else ""
        )
        fault = await fault_from("https://127.0.0.1:1", trust, passphrase)
        assert fault.kind is FaultKind.SETTINGS
        assert words in fault.detail
        assert str(tmp_path) not in fault.detail


class TestPins:
    @pytest.fixture
    def signed(self) -> Signed:
        return self_signed("llm.home")

    def test_a_fingerprint_is_shown_as_other_programs_show_it(self, signed: Signed) -> None:
        assert shown_fingerprint(hashlib.sha256(signed.der).digest()) == signed.fingerprint

    async def test_a_pinned_certificate_is_taken_whatever_its_name(self, signed: Signed) -> None:
        async with Loopback(OK, tls=signed.context()) as server:
            fault = await fault_from(server.url, Trust())
            assert fault.kind is FaultKind.TLS
            assert "test the route" in fault.hint
            assert server.requests == []
            trust = Trust().with_pin(server.url, signed.fingerprint)
            assert await fetch(server.url, trust) == b"ok"

    async def test_another_certificate_is_refused_in_words_and_gets_nothing(self, signed: Signed) -> None:
        other = self_signed("llm.home")
        async with Loopback(OK, tls=other.context()) as server:
            fault = await fault_from(server.url, Trust().with_pin(server.url, signed.fingerprint))
        assert fault.kind is FaultKind.TLS
        assert "not the one you trusted" in fault.detail
        assert server.requests == []

    async def test_a_good_certificate_in_its_place_is_refused_too(
        self, signed: Signed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = trustme.CA()
        known.cert_pem.write_to_path(str(tmp_path / "system.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "system.pem"))
        async with Loopback(OK, tls=served(known, "127.0.0.1")) as server:
            fault = await fault_from(server.url, Trust().with_pin(server.url, signed.fingerprint))
        assert "not the one you trusted" in fault.detail

    async def test_a_pin_holds_for_its_port_and_host_alone(self, signed: Signed) -> None:
        async with Loopback(OK, tls=signed.context()) as server, Loopback(OK, tls=signed.context()) as other:
            trust = Trust().with_pin(server.url, signed.fingerprint)
            assert (await fault_from(other.url, trust)).kind is FaultKind.TLS
            named = server.url.replace("127.0.0.1", "localhost")
            assert (await fault_from(named, trust)).kind is FaultKind.TLS
        assert server.requests == other.requests == []

    @pytest.mark.parametrize("scheme", [ProxyScheme.HTTP, ProxyScheme.SOCKS4A, ProxyScheme.HTTPS])
    async def test_a_pin_holds_through_a_proxy_which_is_checked_as_usual(
        self,
        signed: Signed,
        scheme: ProxyScheme,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        known = trustme.CA()
        known.cert_pem.write_to_path(str(tmp_path / "system.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "system.pem"))
        outer = served(known, "localhost") if scheme is ProxyScheme.HTTPS else None
        async with Relay(tls=outer) as relay, Loopback(OK, tls=signed.context()) as server:
            settings = ProxySettings(
                mode=ProxyMode.MANUAL, scheme=scheme, host="localhost", port=relay.port, for_loopback=True
            )
            trust = Trust().with_pin(server.url, signed.fingerprint)
            assert await fetch(server.url, trust, proxy=Proxy(settings)) == b"ok"
            wrong = Trust().with_pin(server.url, "00" * 32)
            fault = await fault_from(server.url, wrong, proxy=Proxy(settings))
        caplog.clear()  # asyncio's words for a handshake in a handshake that is cut
        assert "not the one you trusted" in fault.detail
        assert len(server.requests) == 1

    def test_no_other_door_leads_round_the_comparison(self, signed: Signed) -> None:
        url = "https://127.0.0.1:8443"
        context = context_for(url, Terms(trust=Trust().with_pin(url, signed.fingerprint)))
        with pytest.raises(NotImplementedError):
            context.wrap_socket(None)  # type: ignore[arg-type]
        assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_without_trust_of_its_own_a_service_has_the_systems() -> None:
    trust = Trust().with_pin("https://a.example", "ab" * 32)
    assert context_for("https://a.example", Terms()) is system_context()
    assert context_for("http://a.example", Terms(trust=trust)) is system_context()
    assert context_for("https://b.example", Terms(trust=trust)) is system_context()
    assert context_for("https://a.example", Terms(trust=trust)) is not system_context()


def test_a_passphrase_is_never_shown() -> None:
    assert "CANARY" not in repr(Terms(passphrase="margh3rita-CANARY"))


def test_verification_is_turned_off_nowhere_but_where_a_pin_takes_its_place() -> None:
    root = Path(__file__).parents[2] / "pizzagpt_desktop"
    words = (
        "CERT_NONE",
        "CERT_OPTIONAL",
        "check_hostname = False",
        "_create_unverified_context",
        "ssl=False",
    )
    found: dict[str, list[Any]] = {}
    for module in sorted(root.rglob("*.py")):
        hits = [word for word in words if word in module.read_text("utf-8")]
        if hits:
            found[module.relative_to(root).as_posix()] = hits
    assert found == {"network/tls.py": ["CERT_NONE", "check_hostname = False"]}
