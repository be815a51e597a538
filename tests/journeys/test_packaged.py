"""One journey with the built program: nothing looks inside it, so keys and the store are all there is."""

import pytest

from tests.helpers.desktop import ROOT
from tests.helpers.scripted_service import Script, ScriptedService, numbered
from tests.journeys.hands import User, write_preferences

PROGRAM = ROOT / "dist" / "pizzagpt-desktop" / "pizzagpt-desktop"

pytestmark = [pytest.mark.journey, pytest.mark.package, pytest.mark.timeout(120)]


def test_the_packaged_program_chats_keeps_and_quits(
    user: User, service: ScriptedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert PROGRAM.exists(), "the package is not built; run: make package"
    monkeypatch.setenv("PIZZAGPT_EXECUTABLE", str(PROGRAM))
    service.script("steady", Script(words=numbered(4)))
    write_preferences(user.data, service.base_url, "steady")
    for number in (1, 2):  # the second start finds the store of the first
        user.start_unseen()
        user.program.key("ctrl+n")
        user.program.type(f"Hello from the package {number}")
        user.program.key("Return")
        service.wait_requests(number)
        user.wait_reply("complete", number - 1)
        user.quit()
    assert [m.text for m in user.messages("user")] == ["Hello from the package 1", "Hello from the package 2"]
    assert [m.text.split() for m in user.messages()] == [["word1", "word2", "word3", "word4"]] * 2
