"""`route test` on the command line: the steps for people, or JSON, without a secret, and an honest exit status."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pizzagpt_desktop import cli
from pizzagpt_desktop.domain.preferences import Preferences, ServiceSettings
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxySettings
from pizzagpt_desktop.storage.paths import folders
from pizzagpt_desktop.storage.preferences import save
from tests.helpers.scripted_service import ScriptedService

KEY = "sk-test-CANARY-1234"


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    with ScriptedService() as service:
        yield service


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("PIZZAGPT_DESKTOP_API_KEY", KEY)

    def run(base_url: str, *arguments: str) -> tuple[int, str, str]:
        service = ServiceSettings(provider="openai", base_url=base_url, label="Mine")
        with folders(tmp_path) as places:
            chosen = Preferences(
                service="s", services={"s": service}, proxy=ProxySettings(mode=ProxyMode.NONE)
            )
            save(places.preferences, chosen)
        status = cli.main(["route", "test", *arguments, "--data-dir", str(tmp_path)])
        said = capsys.readouterr()
        assert "CANARY" not in said.out + said.err
        return status, said.out, said.err

    return run


def test_steps_for_people_and_as_json(run: Any, service: ScriptedService) -> None:
    service.key = KEY
    status, out, _ = run(service.base_url)
    assert status == 0
    assert [line.partition(":")[0] for line in out.splitlines()] == [
        "Route", "Name look-up", "Connection", "Secure connection", "Answer", "Models", "First word",
    ]  # fmt: skip
    status, out, _ = run(service.base_url, "Mine", "--json")
    assert status == 0
    facts = json.loads(out)
    assert (facts["ok"], facts["service"]) == (True, "s")
    assert [step["step"] for step in facts["steps"]][:3] == ["route", "name", "connection"]
    assert not service.chats(), "no prompt is sent unless it is wished"


def test_a_failure_is_said_and_is_the_exit_status(run: Any) -> None:
    status, out, _ = run("http://127.0.0.1:1/v1")
    assert status == 1
    assert "FAILED Nothing answers at 127.0.0.1:1. Is the server running?" in out
    status, out, _ = run("http://127.0.0.1:1/v1", "--json")
    assert status == 1
    assert json.loads(out)["ok"] is False


def test_wrong_usage(run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run("http://127.0.0.1:1/v1", "nobody")
    assert status == 2
    assert "there are: s" in err
    assert cli.main(["route", "test", "--data-dir", str(tmp_path / "empty")]) == 2
    assert "No service was chosen yet" in capsys.readouterr().err
