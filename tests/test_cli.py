"""The headless twin in this process: what it prints, what it keeps, what it refuses."""

import json

import pytest

from pizzagpt_desktop import __main__, cli
from pizzagpt_desktop.chat.service import new_id
from pizzagpt_desktop.domain.conversation import Status
from pizzagpt_desktop.domain.preferences import Preferences, ServiceSettings
from pizzagpt_desktop.storage.paths import folders
from pizzagpt_desktop.storage.preferences import save
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.scripted_service import Ending, Script, ScriptedService

KEY = "sk-test-CANARY0123456789abcdef"


@pytest.fixture
def service():
    with ScriptedService() as service:
        service.script("m", Script(words=["Hel", "lo, ", "Wörld"]))
        service.script("cut", Script(words=["half a "], ending=Ending.CUT))
        service.script("limit", Script(status=429, body=b"{}", headers={"Retry-After": "0"}))
        service.script("escape", Script(words=["\x1b[31mred\x07", "\u202e"]))
        yield service


@pytest.fixture
def run(tmp_path, capsys):
    """Runs a command on an own data folder; its exit status, standard output and standard error."""

    def run(*words):
        status = cli.main([words[0], "--data-dir", str(tmp_path / "here"), *words[1:]])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


@pytest.fixture
def ask(run, service):
    def ask(text, *options, model="m"):
        return run(
            "ask", text, "--provider", "openai", "--base-url", service.base_url, "--model", model, *options
        )

    return ask


def last_object(out):
    return json.loads(out.splitlines()[-1])


def test_the_text_streams_out_and_the_exit_status_says_complete(ask):
    assert ask("hi") == (0, "Hello, Wörld\n", "")


def test_with_json_the_last_line_is_one_object(ask, service):
    status, out, err = ask("hi", "--json", "--system", "Be brief.")
    text, line = out.splitlines()
    result = json.loads(line)
    assert (status, text, err) == (0, "Hello, Wörld", "")
    assert result.pop("conversation") != result.pop("message")
    assert result == {
        "state": "complete",
        "text": "Hello, Wörld",
        "reasoning": "",
        "finish_reason": "stop",
        "tool_calls": [],
        "skipped_events": 0,
        "damaged": False,
        "usage": None,
        "error": None,
    }
    assert service.chats()[0].json["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "hi"},
    ]


def test_a_reply_without_an_end_is_interrupted_and_no_success(ask):
    status, out, err = ask("hi", "--json", model="cut")
    result = last_object(out)
    assert (status, result["state"], result["text"], result["error"]) == (1, "interrupted", "half a ", None)
    status, out, err = ask("hi", model="cut")
    assert (status, out) == (1, "half a \n")
    assert err.count("\n") == 1
    assert "Cut off" in err


def test_a_failed_reply_says_why_in_one_line_and_asks_once(ask, service):
    status, out, err = ask("hi", model="limit")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert len(service.chats()) == 1
    status, out, err = ask("hi", "--json", model="limit")
    assert last_object(out)["error"]["kind"] == "rate_limit"
    assert last_object(out)["error"]["retry_after_s"] == 0
    assert len(service.chats()) == 2


def test_retries_are_asked_for(ask, service):
    status, out, err = ask("hi", "--json", "--retries", "2", model="limit")
    assert (status, last_object(out)["state"]) == (1, "failed")
    assert len(service.chats()) == 3
    assert "asking again" in err


def test_a_conversation_goes_on_with_what_was_said(ask, service, run):
    _, out, _ = ask("one", "--json")
    conversation = last_object(out)["conversation"]
    status, out, _ = ask("two", "--json", "--conversation", conversation)
    assert (status, last_object(out)["conversation"]) == (0, conversation)
    assert [m["content"] for m in service.chats()[1].json["messages"]] == ["one", "Hello, Wörld", "two"]
    status, out, _ = run("list", "--json")
    assert [c["title"] for c in json.loads(out)] == ["one"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--conversation", "nobody"], "no conversation 'nobody'"),
        (["--proxy", "foo://proxy:1"], "foo"),
        (["--proxy", "http://"], "proxy"),
        (["--base-url", "not an address"], "no address"),
        (["--base-url", "ftp://example.invalid/"], "no address"),
        (["--base-url", "http://user:secret@127.0.0.1/v1"], "holds no login"),
        (["--provider", "nobody"], "there are: openai, local, anthropic, responses, ollama, pizzagpt"),
    ],
)
def test_wrong_usage_is_said_in_words_and_nothing_is_asked(ask, service, run, options, words):
    status, out, err = ask("hi", *options)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert words in err
    assert not service.requests
    assert run("list", "--json")[1] == "[]\n"


@pytest.mark.parametrize("text", ["", "  \n"])
def test_nothing_is_not_asked(ask, service, text):
    assert ask(text)[0] == 2
    assert not service.requests


def test_without_a_chosen_service_the_words_tell_how_to_name_one(run):
    status, _, err = run("ask", "hi")
    assert status == 2
    assert "--provider openai --base-url" in err


@pytest.mark.parametrize(
    "words", [["ask"], ["ask", "hi", "--key", KEY], ["ask", "hi", "--retries", "-1"], ["show"]]
)
def test_a_command_line_that_cannot_be_read_is_wrong_usage(words):
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 2


def test_the_key_comes_from_the_environment_and_is_shown_nowhere(tmp_path, monkeypatch, capsys):
    with ScriptedService(key=KEY) as service:
        service.script("m", Script(words=["fine"]))
        words = [
            "ask",
            "hi",
            "--provider",
            "openai",
            "--base-url",
            service.base_url,
            "--model",
            "m",
            "--temp",
            "--json",
        ]
        assert cli.main(words) == 1
        assert last_object(capsys.readouterr().out)["error"]["kind"] == "auth"
        monkeypatch.setenv(cli.KEY_VARIABLE, KEY)
        assert cli.main(words) == 0
        captured = capsys.readouterr()
        assert KEY not in captured.out + captured.err
        monkeypatch.setenv(cli.KEY_VARIABLE, KEY + "\n")
        assert cli.main(words) == 2
        captured = capsys.readouterr()
        assert "line break" in captured.err
        assert KEY not in captured.err


def test_the_preferences_name_the_service_and_options_override_them(run, service, tmp_path):
    with folders(tmp_path / "here") as places:
        settings = ServiceSettings(
            provider="openai", base_url=service.base_url, model="m", temperature=0.5, system_prompt="Be kind."
        )
        save(places.preferences, Preferences(service="work", services={"work": settings}))
    status, _, err = run("ask", "hi", "--json")
    assert (status, err) == (0, "")
    asked = service.chats()[0].json
    assert (asked["model"], asked["temperature"], asked["messages"][0]["content"]) == ("m", 0.5, "Be kind.")
    assert run("ask", "hi", "--system", "Be brief.", "--model", "cut")[0] == 1
    asked = service.chats()[1].json
    assert (asked["model"], asked["temperature"], asked["messages"][0]["content"]) == (
        "cut",
        0.5,
        "Be brief.",
    )
    (first, second) = json.loads(run("list", "--json")[1])
    assert {first["service"], second["service"]} == {"work"}


def test_list_show_search_and_export_print_the_store(ask, run, tmp_path):
    _, out, _ = ask("What is pizza?", "--json")
    conversation = last_object(out)["conversation"]
    (listed,) = json.loads(run("list", "--json")[1])
    assert (listed["id"], listed["title"]) == (conversation, "What is pizza?")
    assert listed["updated"].endswith("Z")
    assert conversation in run("list")[1]
    shown = json.loads(run("show", conversation, "--json")[1])
    assert [(m["role"], m["text"]) for m in shown["messages"]] == [
        ("user", "What is pizza?"),
        ("assistant", "Hello, Wörld"),
    ]
    assert "Hello, Wörld" in run("show", conversation)[1]
    (hit,) = json.loads(run("search", "wörld", "--json")[1])
    assert (hit["conversation"], hit["role"]) == (conversation, "assistant")
    assert json.loads(run("search", "nothing like it", "--json")[1]) == []
    titled, asked = json.loads(run("search", "pizza", "--json")[1])
    assert (titled["conversation"], titled["message"]) == (conversation, None), "the title says it too"
    assert asked["role"] == "user"
    for query, count in (
        ("wörld from:assistant", 1), ("wörld from:me", 0), ("wörld after:2020-01-01", 1),
        ("wörld before:2020-01-01", 0), ('wörld in:"what is"', 1), ("wörld in:elsewhere", 0), ("is:archived", 0),
    ):  # fmt: skip
        assert len(json.loads(run("search", query, "--best", "--json")[1])) == count, query
    assert len(json.loads(run("search", "is from:me", "--limit", "1", "--json")[1])) == 1
    with pytest.raises(SystemExit, match="2"):
        run("search", "is", "--limit", "many")
    exported = json.loads(run("export", conversation, "--format", "json")[1])
    assert [m["state"] for m in exported["messages"]] == ["complete", "complete"]
    file = tmp_path / "chat.md"
    assert run("export", conversation, "--format", "md", "--output", str(file))[:2] == (0, "")
    assert file.read_text("utf-8").startswith("# What is pizza?\n")
    for words in (["show", "nobody"], ["export", "nobody"]):
        status, out, err = run(*words)
        assert (status, out) == (2, "")
        assert "nobody" in err
    status, _, err = run("export", conversation, "--output", str(tmp_path / "no folder" / "chat.json"))
    assert (status, err.count("\n")) == (1, 1)


def test_a_terminal_gets_no_control_characters_and_a_program_gets_them_all(ask, monkeypatch):
    assert ask("hi", model="escape")[1] == "\x1b[31mred\x07\u202e\n"
    monkeypatch.setattr("_pytest.capture.CaptureIO.isatty", lambda _self: True)
    monkeypatch.setattr("_pytest.capture.EncodedFile.isatty", lambda _self: True, raising=False)
    out = ask("hi", model="escape")[1]
    assert out == "\\x1b[31mred\\x07\\u202e\n"


def test_a_store_of_a_newer_version_is_left_alone_and_said(ask, tmp_path):
    import sqlite3
    from contextlib import closing

    ask("hi")
    file = tmp_path / "here" / "data" / "chats.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 9999")
        connection.commit()
    before = file.read_bytes()
    status, out, _ = ask("hi", "--json")
    assert (status, last_object(out)["error"]["kind"]) == (1, "storage")
    assert "newer version" in last_object(out)["error"]["message"]
    assert file.read_bytes() == before


def test_what_another_program_abandoned_is_said_honestly(run, tmp_path):
    from pizzagpt_desktop.domain.conversation import Conversation, Message, Role

    with folders(tmp_path / "here") as places:
        store = SqliteSessionStore(places.chats)
        store.add_conversation(Conversation(id="c"))
        identity = new_id()
        store.add_message(
            Message(
                id=identity,
                conversation_id="c",
                parent_id=None,
                role=Role.ASSISTANT,
                text="half",
                status=Status.STREAMING,
            )
        )
        store.close()
    (message,) = json.loads(run("show", "c", "--json")[1])["messages"]
    assert (message["state"], message["text"]) == ("interrupted", "half")


def test_the_first_word_of_the_program_chooses_the_headless_half(capsys, tmp_path):
    assert __main__.main(["list", "--data-dir", str(tmp_path)]) == 0
    with pytest.raises(SystemExit) as ended:
        __main__.main(["--version"])
    assert ended.value.code == 0
    assert "0." in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        __main__.main(["lisst"])
    assert ended.value.code == 2


@pytest.mark.parametrize("before", [["--data-dir", "list"], ["--data-dir=list"], ["--temp"]])
def test_where_the_chats_are_may_be_said_before_the_command(capsys, tmp_path, monkeypatch, before):
    monkeypatch.chdir(tmp_path)
    assert __main__.main([*before, "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert (tmp_path / "list" / "data" / "chats.db").exists() is (before != ["--temp"])


def test_without_a_display_the_window_says_so_in_words(capsys, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert __main__.main([]) == 2
    assert "no display" in capsys.readouterr().err
