"""Services as people know them: added by an address alone, two accounts of one, and a route that fails and then works."""

import pytest

from tests.helpers.scripted_service import Script, ScriptedService, numbered
from tests.journeys.hands import User, write_preferences

FIRST, SECOND = "sk-first-CANARY", "sk-second-CANARY"

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]


def test_an_address_is_enough_and_two_accounts_are_kept_apart(user: User, service: ScriptedService) -> None:
    service.script("steady", Script(words=numbered(3)))
    host = service.base_url.partition("//")[2].partition("/")[0]
    user.start()
    program = user.program

    # The address alone: what speaks there is found out, and nothing was asked of a model.
    program.click("Choose a service", "CutButton")
    user.fill("add_address", host)
    program.key("Return")
    program.wait(lambda: program.find("base_url"), "the form of the service that was found")
    assert program.find("base_url").text == service.base_url
    assert not service.chats()
    user.fill("model", "steady")
    user.say_ok()
    user.send("Count, please")
    user.wait_page("word3")
    user.wait_reply("complete")

    # A second account of the same service, with a key of its own; the first one has none.
    service.key = SECOND
    program.key("ctrl+comma")
    program.wait(lambda: program.find("services_duplicate"), "the list of services")
    program.click("services_duplicate")
    user.fill("service_label", "Work")
    user.fill("key", SECOND)
    program.click("services_use")
    user.say_ok()
    program.key("ctrl+n")
    user.send("With the other account")
    user.wait_page("word3")
    user.wait_reply("complete", 1)
    asked = [chat.headers.get("authorization") for chat in service.chats()]
    assert asked == [None, f"Bearer {SECOND}"]

    # The lock is seen, and this computer may still be asked.
    program.key("ctrl+k")
    program.type("local only")
    program.key("Return")
    program.wait(
        lambda: program.find("status_line").text.startswith("Local only. "), "the lock in the status line"
    )
    user.quit()
    for path in user.data.rglob("*"):
        assert not path.is_file() or SECOND.encode() not in path.read_bytes(), path


def test_a_route_that_fails_is_explained_and_mended(user: User, service: ScriptedService) -> None:
    service.key = FIRST
    service.script("steady", Script(words=numbered(3)))
    write_preferences(user.data, "http://127.0.0.1:1/v1", "steady")
    user.start()
    program = user.program
    program.key("ctrl+comma")
    program.wait(lambda: program.find("base_url"), "the form of the service")

    def test() -> None:
        program.click("model")
        program.key("Tab", "Tab")
        program.key("space")

    # Nobody is there: the connection fails, in words.
    test()
    program.wait(
        lambda: (found := program.find("step_connection")) and "Nothing answers" in found.text, "the step"
    )

    # Somebody is there and wants a key: the step of the models fails.
    user.fill("base_url", service.base_url)
    test()
    program.wait(lambda: (found := program.find("step_models")) and "key" in found.text.lower(), "the step")
    assert not program.find("step_connection") or "takes connections" in program.find("step_connection").text

    # With the key all is well, and the route is used.
    user.fill("key", FIRST)
    test()
    program.wait(
        lambda: (found := program.find("test_outcome")) and found.text.startswith("Works."),
        "the route to work",
    )
    user.say_ok()
    user.send("Count, please")
    user.wait_page("word3")
    user.quit()
