"""A tree, not a tape: messages that wait, branches that come back, and a reply that a kill cut off; all by keyboard."""

import pytest

from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.scripted_service import Script, ScriptedService, numbered
from tests.journeys.hands import User, write_preferences

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]


def said(user: User) -> list[str]:
    return [message.text for message in user.messages("user")]


def waiting(user: User) -> list[str]:
    """The queued messages as they stand on the screen."""
    found = (user.program.find(f"queued_{number}") for number in range(1, 6))
    return [chip.accessible.partition(": ")[2] for chip in found if chip is not None]


def wait_for_queue(user: User, *texts: str) -> None:
    user.program.wait(lambda: waiting(user) == list(texts), f"the queue {texts}, which is {waiting(user)}")


def test_three_messages_wait_are_put_in_order_and_survive_a_kill(
    user: User, service: ScriptedService
) -> None:
    service.script("steady", Script(words=numbered(3), paced=True))
    write_preferences(user.data, service.base_url, "steady")
    user.start()
    program = user.program
    user.send("First")
    service.wait_requests(1)
    for text in ("Second", "Third", "Fourth"):
        user.send(text)
    wait_for_queue(user, "Second", "Third", "Fourth")

    # From the empty text up to the last chip, and with it to the top.
    program.key("Up")
    program.wait(lambda: program.has_keyboard("queued_3"), "the keyboard in the last chip")
    program.key("alt+Up", "alt+Up")
    wait_for_queue(user, "Fourth", "Second", "Third")

    # Edited: back into the text, changed, and back at its place.
    program.key("Return")
    program.wait(lambda: program.find("composer_text").text == "Fourth", "the message in the composer")
    program.type(" thing")
    program.key("Return")
    wait_for_queue(user, "Fourth thing", "Second", "Third")

    # A complete reply sends the next; a stopped one does not.
    service.permit(3)
    service.wait_requests(2)
    wait_for_queue(user, "Second", "Third")
    assert said(user) == ["First", "Fourth thing"]
    user.wait_page("word3")
    program.key("Escape")
    user.wait_reply("stopped", 1)
    program.wait(lambda: program.find("send_next"), "the offer to go on")
    assert len(service.chats()) == 2

    # Killed: what waited is there, and is not sent by itself.
    program.kill()
    user.start()
    program = user.program
    program.wait(lambda: user.conversations(), "the conversation in the sidebar")
    user.open("First")
    wait_for_queue(user, "Second", "Third")
    assert len(service.chats()) == 2
    program.key("ctrl+shift+Return")
    service.wait_requests(3)
    service.permit(3)
    service.wait_requests(4)
    service.permit(3)
    user.wait_reply("complete", 3)
    assert said(user) == ["First", "Fourth thing", "Second", "Third"]
    wait_for_queue(user)
    user.quit()


def test_edit_switch_delete_the_branch_and_undo(user: User, service: ScriptedService) -> None:
    service.script("steady", Script(words=numbered(3)))
    write_preferences(user.data, service.base_url, "steady")
    user.start()
    program = user.program
    user.send("Tyops in here")
    user.wait_reply("complete", 0)
    program.key("Up")
    program.wait(lambda: program.find("composer_text").text == "Tyops in here", "the message in the composer")
    program.key("ctrl+a")
    program.type("Typos in here")
    program.key("Return")
    user.wait_reply("complete", 1)
    user.wait_page("Typos in here")
    assert "Tyops" not in user.page()

    # The message has two versions: the older one is a key press away, the newer one is back with another.
    program.key("alt+Left")
    user.wait_page("Tyops in here")
    program.key("alt+Right")
    user.wait_page("Typos in here")

    # The branch is deleted from the keyboard, and the notice brings it back.
    program.click("transcript")
    program.key("Up", "Up", "Delete")
    user.wait_page("Tyops in here")
    assert "Typos" not in user.page()
    program.click("Undo")
    user.wait_page("Typos in here")
    assert said(user) == ["Tyops in here", "Typos in here"]
    user.quit()

    user.start()
    user.program.wait(lambda: user.conversations(), "the conversation in the sidebar")
    user.open("Tyops in here")
    user.wait_page("Typos in here")
    user.quit()


def test_a_reply_that_a_kill_cut_off_says_when_and_goes_on(user: User, service: ScriptedService) -> None:
    service.script("steady", Script(words=numbered(6), paced=True))
    write_preferences(user.data, service.base_url, "steady")
    user.start()
    user.send("Count, please")
    service.wait_requests(1)
    service.permit(4)
    user.wait_stored("word4", 0)
    user.write("half a thought")
    user.program.wait(lambda: drafts(user) == ["half a thought"], "the stored draft")
    user.program.kill()

    user.start()
    program = user.program
    program.wait(lambda: user.conversations(), "the conversation in the sidebar")
    user.open("Count, please")
    user.wait_page("Cut off at ")
    program.wait(lambda: program.find("composer_text").text == "half a thought", "the draft")
    for offer in ("Let the reply go on", "Try again", "Keep the reply as it is"):
        assert program.find(offer) is not None, offer
    program.click("Let the reply go on")
    service.wait_requests(2)
    assert service.chats()[1].json["messages"][1] == {
        "role": "assistant",
        "content": user.messages()[0].text,
    }
    service.permit(6)
    reply = user.wait_reply("complete", 0)
    assert reply.text.split()[:4] == ["word1", "word2", "word3", "word4"]
    assert reply.text.split()[-1] == "word6"
    assert len(user.messages()) == 1
    user.quit()


def drafts(user: User) -> list[str]:
    (path,) = user.data.rglob("chats.db")
    store = SqliteSessionStore(path)
    try:
        return [conversation.draft for conversation in store.conversations()]
    finally:
        store.close()
