"""What people see when things go wrong: killed, wrong key, server gone, proxy wrong. Nothing is ever lost."""

import socket

import pytest

from tests.helpers.scripted_service import HTML_PAGE, Ending, Script, ScriptedService, numbered
from tests.journeys.hands import User, write_preferences

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]


def test_kill_9_in_mid_reply_keeps_the_text_so_far(user: User, service: ScriptedService) -> None:
    service.script("steady", Script(words=numbered(8), paced=True))
    write_preferences(user.data, service.base_url, "steady")
    user.start()
    user.send("Please go on")
    service.wait_requests(1)
    service.permit(4)
    user.wait_stored("word4", 0)
    user.program.kill()

    user.start()
    reply = user.wait_reply("interrupted")
    assert reply.text.split() == ["word1", "word2", "word3", "word4"]
    assert [message.text for message in user.messages("user")] == ["Please go on"]
    user.open("Please go on")
    user.wait_page("word4")
    assert len(service.chats()) == 1, "nothing is asked again by itself"
    user.quit()


def test_a_wrong_key_is_named_and_put_right(user: User, service: ScriptedService) -> None:
    service.key = "sk-right"
    service.script("steady", Script(words=numbered(3)))
    user.start()
    user.program.key("ctrl+comma")
    user.choose_service(service.base_url, key="sk-wrong-CANARY", model="steady")
    user.say_ok()
    user.send("Is anybody there")
    reply = user.wait_reply("failed")
    assert reply.fault.kind == "auth"
    assert reply.text == ""
    user.wait_page("key")
    assert "CANARY" not in user.page()

    user.program.key("ctrl+comma")
    user.program.widget("key")
    user.fill("key", "sk-right")
    user.say_ok()
    user.program.click("composer_text")
    user.program.key("ctrl+r")
    user.wait_page("word3")
    assert user.wait_reply("complete").text.split() == ["word1", "word2", "word3"]
    assert service.chats()[-1].json["messages"] == [{"role": "user", "content": "Is anybody there"}]
    user.quit()


def test_a_server_that_is_gone_and_comes_back(user: User, service: ScriptedService) -> None:
    service.script("steady", Script(words=numbered(2)))
    write_preferences(user.data, service.base_url, "steady")
    service.stop_listening()
    user.start()
    user.send("Hello out there")
    reply = user.wait_reply("failed")
    assert reply.fault.kind == "network"
    user.wait_page("Hello out there")

    service.listen_again()
    user.program.key("ctrl+r")
    user.wait_page("word2")
    user.wait_reply("complete")
    user.quit()


@pytest.mark.parametrize(
    ("script", "status", "kind", "kept"),
    [
        (Script(words=numbered(3), ending=Ending.CUT), "interrupted", None, "word1 word2 word3"),
        (Script(words=numbered(3), ending=Ending.RESET), "interrupted", None, "word1 word2 word3"),
        (Script(body=HTML_PAGE, headers={"Content-Type": "text/html"}), "failed", "not_the_api", ""),
        (
            Script(status=302, body=b"", headers={"Location": "http://evil.invalid/"}),
            "failed",
            "redirect",
            "",
        ),
        (Script(), "failed", "empty", ""),
    ],
    ids=["half a reply", "reset", "an HTML page", "a redirect", "nothing"],
)
def test_an_answer_that_is_none(
    user: User, service: ScriptedService, script: Script, status: str, kind: str | None, kept: str
) -> None:
    service.script("odd", script)
    write_preferences(user.data, service.base_url, "odd")
    user.start()
    user.send("What do you say")
    reply = user.wait_reply(status)
    assert reply.text.strip() == kept
    if kind is not None:
        assert reply.fault.kind == kind
    user.wait_page("What do you say")
    assert len(service.chats()) == 1
    user.quit()


def test_a_proxy_that_is_not_there(user: User, service: ScriptedService) -> None:
    service.script("steady", Script(words=numbered(2)))
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        port = nobody.getsockname()[1]
        write_preferences(
            user.data,
            service.base_url,
            "steady",
            mode="manual",
            host="127.0.0.1",
            port=port,
            for_loopback=True,
        )
        user.start()
        user.program.wait(
            lambda: "via" in user.program.find("status_line").text, "the route in the status line"
        )
        user.send("Through the proxy")
        reply = user.wait_reply("failed")
        assert reply.fault.kind == "proxy"
        assert not service.chats(), "nothing goes round the proxy"
        user.wait_page("proxy")

    # The next step: switch the proxy off, then try again.
    user.program.key("ctrl+comma")
    user.program.click_part("preference_pages", "Network")
    user.program.click("proxy_mode")
    user.program.click_row("No proxy")
    user.say_ok()
    user.program.click("composer_text")
    user.program.key("ctrl+r")
    user.wait_page("word2")
    user.quit()


def test_blank_messages_are_not_sent(user: User, service: ScriptedService) -> None:
    service.script("steady", Script(words=numbered(2)))
    write_preferences(user.data, service.base_url, "steady")
    user.start()
    user.program.type("   ")
    user.program.key("shift+Return", "Return")
    user.send("now words")
    user.wait_page("word2")
    assert [message.text.strip() for message in user.messages("user")] == ["now words"]
    assert len(service.chats()) == 1
    user.quit()
