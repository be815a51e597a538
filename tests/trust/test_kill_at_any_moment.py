"""kill -9 at many moments of a day's use: whatever the page had shown a moment before is there again. Slow, so not in the gate."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.desktop import Desktop, display
from tests.helpers.scripted_service import Script, ScriptedService, numbered
from tests.journeys.hands import User, write_preferences

MOMENTS = (0, 1, 2, 3, 5, 8, 13, 21)
"""After so many words of the reply the process is killed."""

pytestmark = [pytest.mark.timeout(600), pytest.mark.long]


@pytest.fixture
def user(tmp_path: Path) -> Iterator[User]:
    folder = tmp_path / "desktop"
    folder.mkdir()
    with display() as screen:
        desktop = Desktop(screen, folder)
        yield User(desktop, tmp_path / "data")
        desktop.end()


def test_nothing_stored_is_ever_lost(user: User) -> None:
    with ScriptedService() as service:
        write_preferences(user.data, service.base_url, "steady")
        for number, words in enumerate(MOMENTS):
            service.script("steady", Script(words=numbered(30), paced=True))
            user.start()
            user.program.key("ctrl+n")
            user.send(f"Question {number}")
            service.wait_requests(number + 1)
            service.permit(words)
            if words:
                user.wait_stored(f"word{words} ", number)
            user.program.kill()
            service.wait_closed(number + 1)

        user.start()
        questions, replies = user.messages("user"), user.messages()
        assert [message.text for message in questions] == [
            f"Question {number}" for number in range(len(MOMENTS))
        ]
        assert [len(reply.text.split()) for reply in replies] == list(MOMENTS)
        assert {reply.status for reply in replies} == {"interrupted"}
        user.quit()
