"""A third-party provider, written for the seed's interface alone, is chosen and talked to like any other."""

import pytest

from tests.helpers.desktop import ROOT
from tests.journeys.hands import User

PARROT = ROOT / "tests" / "plugins" / "parrot"

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]


def test_a_plug_in_is_chosen_answers_and_fails_like_any_service(user: User) -> None:
    user.start(plugins=PARROT)
    program = user.program
    program.key("ctrl+comma")
    user.pick("service", "Parrot")
    program.click("add_known")
    user.say_ok()

    user.send("Polly wants a cracker")
    user.wait_page("Polly wants a cracker (grey)")
    assert user.wait_reply("complete").text == "Polly wants a cracker (grey)"

    # An exception of the plug-in is a failed reply with words, and the secret in it is not for the page.
    user.send("fail")
    reply = user.wait_reply("failed")
    assert reply.text.strip() == "before"
    user.wait_page("before")

    # Stop works although the plug-in knows nothing of stopping.
    user.send("wait")
    user.wait_page("waiting")
    program.key("Escape")
    assert user.wait_reply("stopped").text == "waiting"
    user.quit()
