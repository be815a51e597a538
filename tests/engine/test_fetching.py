"""Fetching a model file from a loopback server that does what real ones do to a download."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.engine import fetching
from pizzagpt_desktop.engine.catalogue import Wanted, custom, read_catalogue, safe_name
from pizzagpt_desktop.engine.fetching import Progress, drop, fetch, parts_in
from pizzagpt_desktop.network.route import refuse_beyond
from tests.helpers.gguf_bytes import whole_model
from tests.helpers.loopback import Loopback, Reply, Request

ROOT = Path(__file__).resolve().parents[2]
FILE = "small.gguf"
MODEL = whole_model() + bytes(range(256)) * 12_000
OTHER = MODEL + b"more"
SHA256 = hashlib.sha256(MODEL).hexdigest()


def straight(url: str) -> tuple[None, None]:
    return None, None


class FileServer:
    """Serves one file with ranges. cut_at: the connection ends after so many bytes of an answer, once each."""

    def __init__(self, body: bytes = MODEL, tag: str = '"one"') -> None:
        self.body = body
        self.tag = tag
        self.ranges = True
        self.cut_at: list[int] = []
        self.hold = asyncio.Event()
        self.hold_at = -1
        self.asked: list[str | None] = []

    async def __call__(self, request: Request, writer: asyncio.StreamWriter) -> None:
        span = request.header("range")
        self.asked.append(span)
        headers = {"ETag": self.tag} if self.tag else {}
        begin = 0
        whole = request.header("if-range") not in (None, self.tag)
        if span and self.ranges and not whole:
            begin = int(span.removeprefix("bytes=").rstrip("-"))
            if begin >= len(self.body):
                await Reply(status=416, end="length")(request, writer)
                return
            headers["Content-Range"] = f"bytes {begin}-{len(self.body) - 1}/{len(self.body)}"
        rest = self.body[begin:]
        headers["Content-Length"] = str(len(rest))
        if self.cut_at:
            rest = rest[: self.cut_at.pop(0)]
        pieces = [rest[at : at + 200_000] for at in range(0, len(rest), 200_000)]
        writer.write(
            Reply(
                status=206 if begin else 200, headers=headers, content_type="application/octet-stream"
            ).head()
        )
        sent = begin
        for piece in pieces:
            if 0 <= self.hold_at <= sent:
                await self.hold.wait()
            writer.write(piece)
            await writer.drain()
            sent += len(piece)


def wanted(server: Loopback, **facts: Any) -> Wanted:
    given = {"size": len(MODEL), "sha256": SHA256} | facts
    return Wanted(url=f"{server.url}/models/{FILE}", file=FILE, **given)


def names(folder: Path) -> list[str]:
    """What lies in a test's folder; "home" is every test's own."""
    return sorted(entry.name for entry in folder.iterdir() if entry.name != "home")


async def get(what: Wanted, folder: Path, tell: Callable[[Progress], None] = lambda _: None) -> Path:
    return await fetch(what, folder, straight, tell, wait_s=0.01)


async def test_a_file_comes_whole_with_its_progress_and_is_checked_before_it_has_its_name(
    tmp_path: Path,
) -> None:
    seen: list[Progress] = []
    async with Loopback(FileServer()) as server:
        path = await get(wanted(server), tmp_path, seen.append)
        await asyncio.sleep(0)
    assert path.read_bytes() == MODEL
    assert seen[-1].checking
    assert any(not progress.checking and progress.done == len(MODEL) for progress in seen)
    assert all(progress.total == len(MODEL) for progress in seen)
    assert names(tmp_path) == [FILE, FILE + ".json"]
    assert json.loads((tmp_path / (FILE + ".json")).read_text())["sha256"] == SHA256


async def test_no_key_and_no_cookie_is_in_the_request(tmp_path: Path) -> None:
    async with Loopback(FileServer()) as server:
        await get(wanted(server), tmp_path)
        names = {name for name, _ in server.requests[0].headers}
    assert names <= {"host", "user-agent", "accept", "accept-encoding", "connection"}


async def test_a_line_that_is_cut_is_taken_up_where_it_broke(tmp_path: Path) -> None:
    handler = FileServer()
    handler.cut_at = [1_000_000, 500_000]
    async with Loopback(handler) as server:
        path = await get(wanted(server), tmp_path)
    assert path.read_bytes() == MODEL
    assert handler.asked == [None, "bytes=1000000-", "bytes=1500000-"]


async def test_a_line_that_never_brings_anything_ends_in_words_and_keeps_what_came(tmp_path: Path) -> None:
    handler = FileServer()
    handler.cut_at = [1_000_000, *[0] * 20]
    async with Loopback(handler) as server:
        with pytest.raises(Fault) as caught:
            await get(wanted(server), tmp_path)
        assert caught.value.kind is FaultKind.NETWORK
        assert len(handler.asked) == 1 + fetching.TRIES
        (part,) = parts_in(tmp_path)
        assert part.done == 1_000_000
        handler.cut_at = []
        assert (await get(wanted(server), tmp_path)).read_bytes() == MODEL
    assert handler.asked[-1] == "bytes=1000000-"


async def test_a_pause_keeps_what_came_over_a_restart(tmp_path: Path) -> None:
    handler = FileServer()
    handler.hold_at = 1_200_000
    async with Loopback(handler) as server:
        came = asyncio.Event()
        task = asyncio.ensure_future(
            fetch(
                wanted(server),
                tmp_path,
                straight,
                lambda progress: came.set() if progress.done else None,
                wait_s=0.01,
            )
        )
        await asyncio.wait_for(came.wait(), 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        (part,) = parts_in(tmp_path)  # as a new start of the program finds it
        assert 0 < part.done < len(MODEL)
        assert part.wanted == wanted(server)
        assert not (tmp_path / FILE).exists()
        handler.hold.set()
        assert (await get(part.wanted, tmp_path)).read_bytes() == MODEL
    assert handler.asked[-1] == f"bytes={part.done}-"


async def test_a_file_that_changed_on_the_server_begins_anew(tmp_path: Path) -> None:
    handler = FileServer(OTHER, '"old"')
    handler.cut_at = [900_000, *[0] * 20]
    async with Loopback(handler) as server:
        with pytest.raises(Fault):
            await get(wanted(server, size=0, sha256=""), tmp_path)
        handler.body, handler.tag, handler.cut_at = MODEL, '"new"', []
        assert (await get(wanted(server, size=0, sha256=""), tmp_path)).read_bytes() == MODEL


async def test_versions_are_not_mixed_where_nothing_tells_them_apart(tmp_path: Path) -> None:
    handler = FileServer(OTHER, "")
    handler.cut_at = [900_000, *[0] * 20]
    async with Loopback(handler) as server:
        with pytest.raises(Fault):
            await get(wanted(server, size=0, sha256=""), tmp_path)
        handler.body, handler.cut_at = MODEL, []
        assert (await get(wanted(server, size=0, sha256=""), tmp_path)).read_bytes() == MODEL
    assert set(handler.asked) == {None}


async def test_a_server_without_ranges_sends_all_of_it_again(tmp_path: Path) -> None:
    handler = FileServer()
    handler.ranges = False
    handler.cut_at = [1_000_000]
    async with Loopback(handler) as server:
        assert (await get(wanted(server), tmp_path)).read_bytes() == MODEL


async def test_a_wrong_check_sum_is_never_used(tmp_path: Path) -> None:
    changed = MODEL[:-1] + b"\x01"
    async with Loopback(FileServer(changed)) as server:
        with pytest.raises(Fault) as caught:
            await get(wanted(server), tmp_path)
    assert caught.value.kind is FaultKind.DAMAGED
    assert "does not match" in caught.value.detail
    assert names(tmp_path) == []


async def test_another_size_is_seen_before_anything_is_fetched(tmp_path: Path) -> None:
    async with Loopback(FileServer(OTHER)) as server:
        with pytest.raises(Fault) as caught:
            await get(wanted(server), tmp_path)
    assert "does not match" in caught.value.detail
    assert not (tmp_path / FILE).exists()


async def test_a_web_page_in_place_of_the_file_is_no_model(tmp_path: Path) -> None:
    async with Loopback(FileServer(b"<html>Sign in</html>" * 100)) as server:
        with pytest.raises(Fault) as caught:
            await get(wanted(server, size=0, sha256=""), tmp_path)
    assert "Not a usable model file" in caught.value.detail
    assert names(tmp_path) == []


async def test_the_first_check_sum_of_an_address_is_pinned(tmp_path: Path) -> None:
    handler = FileServer()
    async with Loopback(handler) as server:
        unknown = wanted(server, size=0, sha256="")
        path = await get(unknown, tmp_path)
        handler.body, handler.tag = OTHER, '"two"'
        with pytest.raises(Fault) as caught:
            await get(unknown, tmp_path)
    assert "does not match" in caught.value.detail
    assert path.read_bytes() == MODEL


async def test_too_little_room_is_said_before_the_first_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "ROOM_LEFT", 1 << 60)
    async with Loopback(FileServer()) as server:
        with pytest.raises(Fault) as caught:
            await get(wanted(server), tmp_path)
    assert caught.value.kind is FaultKind.STORAGE
    assert "not enough room" in caught.value.detail
    assert names(tmp_path) == []


async def test_a_disk_that_does_not_say_how_much_is_free_ends_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("shutil.disk_usage", refuse)
    async with Loopback(FileServer()) as server:
        with pytest.raises(Fault, match="Input/output error") as caught:
            await get(wanted(server), tmp_path)
    assert caught.value.kind is FaultKind.STORAGE


async def test_a_redirect_is_followed_to_this_computer_or_https_and_no_further(tmp_path: Path) -> None:
    async with Loopback(FileServer()) as files:
        for target, words in (
            (f"{files.url}/cdn/x", ""),
            ("http://evil.example/x.gguf", "https only"),
            ("file:///etc/passwd", "no address"),
            ("https://name:secret@evil.example/x", "password"),
        ):
            async with Loopback(Reply(status=302, headers={"Location": target}, end="length")) as server:
                what = replace(wanted(server), url=f"{server.url}/{FILE}")
                if not words:
                    assert (await get(what, tmp_path)).read_bytes() == MODEL
                    continue
                with pytest.raises(Fault) as caught:
                    await get(what, tmp_path)
                assert caught.value.kind is FaultKind.REDIRECT
                assert words in caught.value.detail


async def test_redirects_without_end_end(tmp_path: Path) -> None:
    async with Loopback(Reply(status=302, headers={"Location": "/again"}, end="length")) as server:
        with pytest.raises(Fault) as caught:
            await get(wanted(server), tmp_path)
    assert caught.value.kind is FaultKind.REDIRECT
    assert len(server.requests) == fetching.MOST_DETOURS + 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, FaultKind.NOT_FOUND),
        (403, FaultKind.FORBIDDEN),
        (503, FaultKind.SERVER),
        (418, FaultKind.UNEXPECTED_ANSWER),
    ],
)
async def test_a_refusal_is_said_in_words(tmp_path: Path, status: int, kind: FaultKind) -> None:
    async with Loopback(Reply(status=status, end="length")) as server:
        with pytest.raises(Fault) as caught:
            await get(wanted(server), tmp_path)
    assert caught.value.kind is kind
    assert "127.0.0.1" in caught.value.detail


async def test_the_lock_on_this_computer_forbids_it(tmp_path: Path) -> None:
    def locked(url: str) -> tuple[None, None]:
        refuse_beyond(url)
        return None, None

    with pytest.raises(Fault) as caught:
        await fetch(
            Wanted(url="https://models.example/x.gguf", file="x.gguf"), tmp_path, locked, lambda _: None
        )
    assert caught.value.kind is FaultKind.SETTINGS


async def test_what_was_begun_can_be_dropped(tmp_path: Path) -> None:
    handler = FileServer()
    handler.cut_at = [1_000_000, *[0] * 20]
    async with Loopback(handler) as server:
        with pytest.raises(Fault):
            await get(wanted(server), tmp_path)
    drop(tmp_path, FILE)
    assert names(tmp_path) == []


def test_the_list_has_three_to_five_models_with_exact_facts() -> None:
    catalogue = read_catalogue(ROOT / "resources" / "models.json")
    assert len(catalogue.checked) == 10
    assert 3 <= len(catalogue.offers) <= 5
    for offer in catalogue.offers:
        assert offer.wanted.url.startswith("https://")
        assert offer.licence in ("Apache-2.0", "MIT")
        assert 300_000_000 <= offer.wanted.size <= 4_000_000_000
        assert offer.memory > offer.wanted.size
        assert offer.wanted.url.endswith("/" + offer.wanted.file)


def test_an_entry_without_a_check_sum_is_left_out(tmp_path: Path) -> None:
    document = json.loads((ROOT / "resources" / "models.json").read_text())
    document["models"][0]["sha256"] = "not known"
    (tmp_path / "models.json").write_text(json.dumps(document))
    assert len(read_catalogue(tmp_path / "models.json").offers) == len(document["models"]) - 1


@pytest.mark.parametrize(
    "address",
    ["", "models", "http://models.example/x.gguf", "file:///x.gguf", "https://a:b@models.example/x.gguf",
     "https://models.example/x.bin", "https://models.example/.gguf", "https://[bad/x.gguf", "https://m.example/con.gguf"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_in_words(address: str) -> None:
    with pytest.raises(ValueError, match=r"[A-Z].*\."):
        custom(address)


def test_a_name_in_an_address_leads_nowhere_else() -> None:
    assert custom("https://models.example/a/..%2F..%2Fx%3A.gguf").file == "-..-x-.gguf"


@given(st.text(max_size=40))
def test_a_safe_name_is_one_part_of_a_path(text: str) -> None:
    try:
        name = safe_name(text + ".gguf")
    except ValueError:
        return
    assert Path(name).name == name
    assert "/" not in name
    assert "\\" not in name
    assert name.isprintable()
    assert not name.startswith(".")
