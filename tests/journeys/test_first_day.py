"""The main job from the first start to the second: choose, send, read, stop, retry, switch, quit, find everything."""

from itertools import count

import pytest

from tests.helpers.scripted_service import Script, ScriptedService, numbered
from tests.journeys.hands import User

KEY = "sk-journey-CANARY"

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]


def test_from_the_first_start_to_the_second(user: User, service: ScriptedService) -> None:
    service.key = KEY
    service.script("steady", Script(words=numbered(12), paced=True))
    requests = count(1)

    # First start: nothing is chosen, the window says what to do, and nothing was sent anywhere.
    user.start()
    program = user.program
    assert program.widget("main_window").icon, "the window has the program's mark"
    program.click("Choose a service", "CutButton")
    user.choose_service(service.base_url, key=KEY)
    program.click("fetch_models")
    user.fill("model", "steady")
    program.key("Tab", "Tab")  # the button comes into view
    program.click("test_connection")
    program.wait(lambda: program.find("test_outcome").text.startswith("Works."), "the test of the connection")
    user.say_ok()
    assert not service.chats()

    # The text arrives piece by piece.
    user.send("Count to twelve, please")
    service.wait_requests(next(requests))
    service.permit(3)
    user.wait_page("word3")
    assert "word4" not in user.page()
    assert user.messages()[0].status == "streaming"
    assert service.chats()[0].headers["authorization"] == f"Bearer {KEY}"
    assert service.chats()[0].json["messages"] == [{"role": "user", "content": "Count to twelve, please"}]

    # Stop keeps the text and hangs up.
    program.key("Escape")
    service.wait_closed()
    assert user.wait_reply("stopped", 0).text.split() == ["word1", "word2", "word3"]
    assert "word3" in user.page()

    # Retry asks anew for the same message; the first try stays in the store.
    program.key("ctrl+r")
    service.wait_requests(next(requests))
    service.permit(12)
    user.wait_page("word12")
    assert user.wait_reply("complete", 1).text.split() == [f"word{n}" for n in range(1, 13)]
    assert service.chats()[1].json["messages"] == [{"role": "user", "content": "Count to twelve, please"}]

    # A second conversation; while it answers, the first is read and written in.
    program.key("ctrl+n")
    user.send("Another matter")
    service.wait_requests(next(requests))
    service.permit(2)
    user.wait_page("word2")
    assert "Count to twelve" not in user.page()
    user.open("Count to twelve")
    user.write("half a draft")
    service.permit(3)
    user.wait_stored("word5", 2)
    assert "Another matter" not in user.page()
    user.open("Another matter")
    user.wait_page("word5")
    assert program.find("composer_text").text == ""

    # Quit in mid-reply: what arrived is kept, with an honest state.
    user.quit()
    last = user.messages()[2]
    assert last.status in ("stopped", "interrupted")
    assert last.text.split() == [f"word{n}" for n in range(1, 6)]

    # The second start finds everything, and sends nothing by itself.
    user.start()
    user.program.wait(lambda: len(user.conversations()) >= 2, "both conversations in the sidebar")
    user.open("Another matter")
    user.wait_page("word5")
    user.open("Count to twelve")
    user.wait_page("word12")
    user.program.wait(lambda: user.program.find("composer_text").text == "half a draft", "the draft")
    assert len(service.chats()) == 3

    # Any word that was ever said is found from anywhere, and the page shows it.
    user.open("Another matter")
    program = user.program
    program.key("ctrl+shift+f")
    program.wait(lambda: program.has_keyboard("search_field"), "the keyboard in the search field")
    program.type("word11")
    program.wait(lambda: (found := program.find("search_summary")) and found.text == "1 message", "the hit")
    program.key("Return")
    program.wait(lambda: "Count to twelve" in user.shown_title(), "the conversation of the hit")
    program.wait(lambda: (found := program.find("find_count")) and found.text == "1 of 1", "the hit, marked")
    program.key("ctrl+f")
    program.wait(lambda: program.has_keyboard("find_field"), "the keyboard in the bar")
    program.type("word2")
    program.wait(lambda: program.find("find_count").text == "2 of 2", "the word in both branches")
    program.key("shift+F3")
    program.wait(lambda: program.find("find_count").text == "1 of 2", "the one before")
    program.key("Escape")
    program.wait(lambda: not program.find("find_bar"), "the bar to go")
    user.quit()

    # The key was for one run only and stands in no file.
    for path in user.data.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path
