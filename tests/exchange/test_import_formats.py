"""Each format that is read: whose words they are, their tree, their times; and our own, there and back."""

import io
import json
import zipfile
from dataclasses import replace

import pytest

from pizzagpt_desktop.domain.arrival import Whole
from pizzagpt_desktop.domain.asking import NOTHING_ASKED, Asking
from pizzagpt_desktop.domain.conversation import Conversation, FaultNote, Message, Role, Status
from pizzagpt_desktop.domain.faults import FaultKind
from pizzagpt_desktop.exchange import export
from pizzagpt_desktop.exchange.reading import Reading
from pizzagpt_desktop.exchange.refusal import DAMAGED, NEWER, NONE, NOT_CONVERSATIONS, Refused
from pizzagpt_desktop.storage.arriving import Arriving
from pizzagpt_desktop.storage.store import SqliteSessionStore

NOW = 1.8e9


def read(value):
    return list(Reading(io.BytesIO(json.dumps(value).encode()), NOW).conversations())


def tree(found):
    """Text -> the text above it."""
    texts = {message.id: message.text for message in found.whole.messages}
    return {message.text: texts.get(message.parent_id) for message in found.whole.messages}


def active(found):
    return next(m.text for m in found.whole.messages if m.id == found.whole.conversation.active_leaf_id)


CLAUDE = {
    "uuid": "c-1",
    "name": "A talk",
    "created_at": "2026-01-01T10:00:00.000000Z",
    "updated_at": "2026-01-01T11:00:00.000000+00:00",
    "account": {"uuid": "me"},
    "chat_messages": [
        {"uuid": "1", "sender": "human", "text": "old text", "content": [{"type": "text", "text": "ask"}],
         "created_at": "2026-01-01T10:00:01Z", "attachments": [{"file_name": "a.txt", "extracted_content": "kept"}]},
        {"uuid": "2", "sender": "assistant", "text": "", "parent_message_uuid": "1",
         "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "one"}, {"type": "tool_use"},
                     {"type": "text", "text": "two"}]},
        {"uuid": "3", "sender": "assistant", "text": "other", "parent_message_uuid": "1"},
    ],
}  # fmt: skip


def test_claude():
    (found,) = read([CLAUDE])
    assert tree(found) == {"ask\n\na.txt:\n\n```\nkept\n```": None} | dict.fromkeys(
        ["one\n\ntwo", "other"], "ask\n\na.txt:\n\n```\nkept\n```"
    )
    assert [m.role for m in found.whole.messages] == [Role.USER, Role.ASSISTANT, Role.ASSISTANT]
    assert found.whole.messages[1].reasoning == "hm"
    assert found.whole.conversation.title == "A talk"
    assert found.whole.conversation.updated_at - found.whole.conversation.created_at == 3600
    assert not found.partly
    assert active(found) == "other"


def test_claude_without_parents_is_a_row_and_files_are_missed():
    first = {"sender": "human", "text": "a", "files": [{"file_name": "x.png"}]}
    (found,) = read([{"chat_messages": [first, {"sender": "assistant", "text": "b"}]}])
    assert tree(found) == {"a": None, "b": "a"}
    assert found.partly


OPEN_WEBUI = {
    "id": "w-1",
    "title": "Shop",
    "created_at": 1700000000,
    "updated_at": 1700000100,
    "chat": {
        "title": "other",
        "history": {
            "currentId": "r1",
            "messages": {
                "q": {"parentId": None, "childrenIds": ["r1", "r2"], "role": "user", "content": "ask", "timestamp": 1700000001},
                "r1": {"parentId": "q", "childrenIds": [], "role": "assistant", "content": "one", "model": "m:1"},
                "r2": {"parentId": "q", "childrenIds": [], "role": "assistant", "content": "two"},
            },
        },
        "messages": [{"role": "user", "content": "not this"}],
    },
}  # fmt: skip


def test_open_webui_keeps_branches_and_the_one_that_lay_open():
    (found,) = read([OPEN_WEBUI])
    assert tree(found) == {"ask": None, "one": "ask", "two": "ask"}
    assert active(found) == "one"
    assert found.whole.messages[1].model == "m:1"
    assert found.whole.conversation.title == "Shop"
    assert not found.partly
    assert not found.repaired


@pytest.mark.parametrize("nested", [False, True])
def test_librechat_flat_and_nested(nested):
    ask = {
        "messageId": "1",
        "parentMessageId": "00000000-0000-0000-0000-000000000000",
        "isCreatedByUser": True,
        "text": "ask",
    }
    one = {"messageId": "2", "parentMessageId": "1", "isCreatedByUser": False, "text": "one", "model": "m"}
    two = {
        "messageId": "3",
        "parentMessageId": "1",
        "isCreatedByUser": False,
        "content": [{"type": "text", "text": "two"}],
    }
    messages = [ask | {"children": [one, two]}] if nested else [ask, one, two]
    value = {
        "conversationId": "l-1",
        "title": "Shop",
        "exportAt": "10:00",
        "recursive": nested,
        "messages": messages,
    }
    (found,) = read(value)
    assert tree(found) == {"ask": None, "one": "ask", "two": "ask"}
    assert not found.partly


LM_STUDIO = {
    "name": "Shop",
    "createdAt": 1700000000000,
    "systemPrompt": "not a message",
    "messages": [
        {"currentlySelected": 0, "versions": [
            {"type": "singleStep", "role": "user", "content": [{"type": "text", "text": "ask"}]}]},
        {"currentlySelected": 0, "versions": [
            {"type": "multiStep", "role": "assistant", "senderInfo": {"senderName": "m:1"}, "steps": [
                {"type": "contentBlock", "style": {"type": "thinking"}, "content": [{"type": "text", "text": "hm"}]},
                {"type": "debugInfoBlock", "debugInfo": "x"},
                {"type": "contentBlock", "content": [{"type": "text", "text": "one"}]}]},
            {"type": "multiStep", "role": "assistant", "steps": [
                {"type": "contentBlock", "content": [{"type": "text", "text": "two"}]}]}]},
        {"currentlySelected": 0, "versions": [
            {"type": "singleStep", "role": "user", "content": [{"type": "text", "text": "more"}]}]},
    ],
}  # fmt: skip


def test_lm_studio_keeps_every_version_and_goes_on_from_the_chosen_one():
    (found,) = read(LM_STUDIO)
    assert tree(found) == {"ask": None, "one": "ask", "two": "ask", "more": "one"}
    assert active(found) == "more"
    (one,) = (message for message in found.whole.messages if message.text == "one")
    assert (one.role, one.reasoning, one.model) == (Role.ASSISTANT, "hm", "m:1")
    assert (found.whole.conversation.title, found.whole.conversation.created_at) == ("Shop", 1.7e9)
    assert not found.partly
    odd = json.loads(json.dumps(LM_STUDIO))
    odd["messages"][1] |= {"currentlySelected": 7}
    odd["messages"] += [None, {"versions": 5}, {"versions": [None]}]
    (found,) = read(odd)
    assert tree(found)["more"] == "two"
    assert found.partly


def test_texts_that_stand_deeper_are_found():
    within = {"type": "text", "text": {"value": "hi", "annotations": []}}
    thought = {"type": "think", "think": "hm"}
    (thread,) = read({"id": "j", "messages": [{"role": "user", "content": [within]}]})
    (parts,) = read(
        [
            {
                "mapping": {
                    "a": {
                        "message": {
                            "author": {"role": "user"},
                            "content": {"content_type": "text", "parts": "hi"},
                        }
                    }
                }
            }
        ]
    )
    (libre,) = read({"conversationId": "l", "messages": [
        {"messageId": "1", "isCreatedByUser": False, "text": "", "content": [thought, within]}]})  # fmt: skip
    (older,) = read(
        [
            {
                "id": "w",
                "chat": {
                    "messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yo"}]
                },
            }
        ]
    )
    for found in (thread, parts, libre, older):
        assert found.whole.messages[0].text == "hi"
        assert not found.partly
    assert libre.whole.messages[0].reasoning == "hm"
    assert tree(older) == {"hi": None, "yo": "hi"}


def test_one_conversation_a_line():
    lines = "\r\n".join(json.dumps(value) for value in (CLAUDE, OPEN_WEBUI, {"x": 1}, LM_STUDIO))
    found = list(Reading(io.BytesIO(lines.encode()), NOW).conversations())
    assert [one and one.whole.conversation.title for one in found] == ["A talk", "Shop", None, "Shop"]
    for end in ("\n[]", "\n{", "\nend", '\n{"a": 1'):
        with pytest.raises(Refused, match=DAMAGED):
            list(Reading(io.BytesIO((lines + end).encode()), NOW).conversations())


@pytest.mark.parametrize("between", ["\n", ","])
def test_messages_without_a_conversation_around_them_are_one(between):
    said = [{"role": "system", "content": "be"}, {"role": "user", "content": "hi"}, {"role": "assistant", "content": "yo"}]  # fmt: skip
    text = between.join(json.dumps(one) for one in said)
    text = f"[{text}]" if between == "," else text
    (found,) = Reading(io.BytesIO(text.encode()), NOW).conversations()
    assert [m.role for m in found.whole.messages] == [Role.SYSTEM, Role.USER, Role.ASSISTANT]
    assert tree(found) == {"be": None, "hi": "be", "yo": "hi"}
    with pytest.raises(Refused, match=NOT_CONVERSATIONS):
        read(said[0])


def test_a_single_conversation_needs_no_list_around_it():
    for value in (CLAUDE, OPEN_WEBUI, {"messages": [{"role": "user", "content": "hi"}]}):
        assert len(read(value)) == 1


def test_chatgpt_nodes_without_words_are_left_out_and_their_children_move_up():
    mapping = {
        "r": {"message": None, "parent": None, "children": ["s"]},
        "s": {"message": {"author": {"role": "system"}, "content": {"content_type": "text", "parts": [""]}}, "parent": "r"},
        "q": {"message": {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["ask"]}}, "parent": "s"},
        "t": {"message": {"author": {"role": "assistant"}, "content": {"content_type": "thoughts", "thoughts": [
            {"summary": "Sum", "content": "All"}]}}, "parent": "q"},
        "a": {"message": {"author": {"role": "tool"}, "content": {"content_type": "execution_output", "text": "``x``"},
                          "metadata": {"model_slug": "m-1"}}, "parent": "t"},
    }  # fmt: skip
    (found,) = read([{"mapping": mapping, "current_node": "a"}])
    assert tree(found) == {"ask": None, "": "ask", "```\n``x``\n```": ""}
    assert [m.reasoning for m in found.whole.messages] == ["", "Sum\n\nAll", ""]
    assert found.whole.messages[2].model == "m-1"
    assert not found.partly


RINGS = {
    "itself": {"a": ("a", [])},
    "two": {"a": ("b", []), "b": ("a", [])},
    "three by children": {"a": (None, ["b"]), "b": (None, ["c"]), "c": (None, ["a"])},
    "a parent that is not there": {"a": ("gone", [])},
    "two parents": {"a": (None, ["c"]), "b": (None, ["c"]), "c": ("a", [])},
}


@pytest.mark.parametrize("name", RINGS)
def test_what_is_no_tree_becomes_one_and_is_called_repaired(name):
    mapping = {
        key: {
            "message": {"author": {"role": "user"}, "content": {"parts": [key]}},
            "parent": parent,
            "children": below,
        }
        for key, (parent, below) in RINGS[name].items()
    }
    (found,) = read([{"mapping": mapping}])
    assert found.repaired
    assert sorted(m.text for m in found.whole.messages) == sorted(mapping)
    seen = set()
    for message in found.whole.messages:
        assert message.parent_id is None or message.parent_id in seen
        seen.add(message.id)


def test_a_version_to_come_is_refused_with_words_and_before_anything_is_taken():
    some = [{"messages": [{"role": "user", "content": "hi"}]}]
    for value in (
        {"format": export.FORMAT, "version": 2, "conversations": some},
        {"conversations": some, "format": export.FORMAT, "version": 99},
        {"format": "chat-export", "version": "2", "conversations": some},
        {"format": "chat-export", "version": 2.0, "conversations": some},
    ):
        with pytest.raises(Refused, match=NEWER):
            read(value)


# our own, there and back


def message(key, parent, role=Role.USER, **facts):
    given = {"text": f"say {key}", "created_at": 1.7e9 + len(key) / 8} | facts
    return Message(
        id=f"message-{key}", conversation_id="c", parent_id=parent and f"message-{parent}", role=role, **given
    )


OWN = Whole(
    Conversation(
        id="c", title="Straße \u200fשלום", title_is_custom=True, created_at=1.7e9 + 0.001, updated_at=1.7e9 + 60.999,
        active_leaf_id="message-1a", service="mine", model="m", pinned=True, archived=True, tags=("work", "größe"),
        persona="pirate", when_full="summarise",
        asking=Asking(system_prompt="Be brief.\r\n\tArr.", temperature=0.0, top_p=1.0, max_tokens=1, seed=-7, stop=("\n\n", "END")),
    ),
    [
        message("1", None, text="\r\n first \t\u2028 line\u0001"),
        message("1a", "1", Role.ASSISTANT, status=Status.STOPPED, ended_at=1.7e9 + 9, reasoning="why", provider="openai",
                model="m", finish_reason="stop", usage={"total_tokens": 9}, kept=True,
                thought_ms=1500, bytes_sent=7, bytes_received=8),
        message("1b", "1", Role.ASSISTANT, status=Status.FAILED, skipped_events=3, text="",
                fault=FaultNote(FaultKind.RATE_LIMIT, "Too many.", "Wait.", 2.5), tool_calls=({"name": "f", "x": [1, None]},)),
        message("2", None, text="another beginning"),
        message("1bb", "1b", Role.SYSTEM),
        message("2a", "2", Role.ASSISTANT, status=Status.INTERRUPTED, text="😀" * 3),
    ],
)  # fmt: skip


def store_at(path):
    return SqliteSessionStore(path / "chats.db")


def take_in(store, found):
    return Arriving(store.database, store.making).take_in(found)


def exported(store, key="c"):
    return export.as_json(store.conversation(key), store.messages(key))


@pytest.mark.parametrize("packed", [False, True])
def test_our_export_comes_back_the_same_in_every_part(tmp_path, packed):
    first = export.as_json(*OWN)
    data = json.dumps(first).encode()
    if packed:
        pack = io.BytesIO()
        with zipfile.ZipFile(pack, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("my chats.json", data)
        data = pack.getvalue()
    store = store_at(tmp_path)
    assert take_in(store, list(Reading(io.BytesIO(data), NOW).conversations())) == ["c"]
    assert json.dumps(exported(store)) == json.dumps(first)
    stored, own = store.conversation("c"), OWN.conversation
    assert (stored.persona, stored.when_full, stored.asking) == (own.persona, own.when_full, own.asking)
    assert [m.id for m in store.path("c")] == ["message-1", "message-1a"]
    store.close()


def test_parameters_that_cannot_be_are_left_out_and_older_files_have_none():
    older = export.as_json(*OWN)
    for name in ("persona", "when_full", "asking"):
        del older["conversation"][name]
    (found,) = read(older)
    assert not found.partly
    assert found.whole.conversation.asking == NOTHING_ASKED
    assert (found.whole.conversation.persona, found.whole.conversation.when_full) == ("", "")
    odd = export.as_json(*OWN)
    odd["conversation"] |= {"persona": ["x"], "when_full": "burn", "asking": {
        "system_prompt": 5, "temperature": 2.5, "top_p": True, "max_tokens": 0, "seed": 2**64, "stop": [None, "", "ok"],
    }}  # fmt: skip
    (found,) = read(odd)
    assert found.whole.conversation.asking == Asking(stop=("ok",))
    assert (found.whole.conversation.persona, found.whole.conversation.when_full) == ("", "")
    for worthless in (None, [], "x", {"temperature": float("nan"), "stop": "END"}):
        (found,) = read({**odd, "conversation": {**odd["conversation"], "asking": worthless}})
        assert found.whole.conversation.asking == NOTHING_ASKED


def test_several_in_one_file_come_back_too(tmp_path):
    others = [
        Whole(replace(OWN.conversation, id=f"c{n}"), [replace(m, id=f"{m.id}-{n}", parent_id=m.parent_id and f"{m.parent_id}-{n}") for m in OWN.messages])
        for n in range(3)
    ]  # fmt: skip
    text = "".join(export.as_one_json(others))
    json.loads(text)
    store = store_at(tmp_path)
    assert take_in(store, list(Reading(io.BytesIO(text.encode()), NOW).conversations())) == ["c0", "c1", "c2"]
    for other in others:
        known = replace(
            other.conversation, active_leaf_id=store.conversation(other.conversation.id).active_leaf_id
        )
        assert exported(store, known.id) == export.as_json(known, other.messages)
    store.close()
    with pytest.raises(Refused, match=NONE):
        list(Reading(io.BytesIO("".join(export.as_one_json([])).encode()), NOW).conversations())


def test_a_reply_that_was_being_written_is_cut_off_here():
    growing = [replace(OWN.messages[0], status=Status.STREAMING)]
    (found,) = read(export.as_json(OWN.conversation, growing))
    assert found.whole.messages[0].status is Status.INTERRUPTED
