"""Search finds what is there, newest first, and takes any text for a query."""

import unicodedata
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status
from pizzagpt_desktop.domain.query import Query
from pizzagpt_desktop.storage.store import SqliteSessionStore

TEXTS = {
    "latin": "The Crème Brûlée was cooked in Zürich; don't tell Łukasz's naïve friend",
    "code": "int main() in C++ or C# uses foo_bar.baz(50%) and a -> b",
    "chinese": "我喜欢吃披萨饼。日本語も話します",
    "thai": "ฉันชอบกินพิซซ่า",
    "hindi": "मुझे पिज़्ज़ा पसंद है",
    "greek": "Η πίτσα ΕΊΝΑΙ καλή",
    "arabic": "أحب البيتزا كثيرا",
    "quoted": 'she said "no"',
    "emoji": "love 🍕 and 👩\u200d🍳 ++ !!",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteSessionStore]:
    with closing(SqliteSessionStore(tmp_path / "chats.db")) as store:
        store.add_conversation(Conversation(id="c", title="All of them"))
        for name, text in TEXTS.items():
            store.add_message(
                Message(id=name, conversation_id="c", parent_id=None, role=Role.USER, text=text)
            )
        yield store


def found(store: SqliteSessionStore, query: str) -> list[str]:
    return [hit.message_id for hit in store.search(query)]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("creme brulee", ["latin"]),
        ("CRÈME zur", ["latin"]),
        ("brulee creme friend", ["latin"]),
        ('"creme brulee"', ["latin"]),
        ('"brulee creme"', []),
        ('"creme brul"', []),
        ('"creme brul', ["latin"]),
        ('"brulee cre', []),
        ('"', ["quoted"]),
        ('""', []),
        ("creme pizza", []),
        ("reme", []),
        ("don't", ["latin"]),
        ("c++", ["code"]),
        ("C#", ["code"]),
        ("50%", ["code"]),
        ("%", ["code"]),
        ("foo_bar", ["code"]),
        ("foo.bar.baz", ["code"]),
        ("->", ["code"]),
        ("披萨", ["chinese"]),
        ("日本語", ["chinese"]),
        ("披萨 日本", ["chinese"]),
        ("披萨 creme", []),
        ("พิซซ่า", ["thai"]),
        ("पिज़्ज़ा", ["hindi"]),
        ("είναι", ["greek"]),
        ("البيتزا", ["arabic"]),
        ("🍕", ["emoji"]),
        ("👩\u200d🍳", ["emoji"]),
        ("++", ["emoji", "code"]),
        ("", []),
        ("   ", []),
        ("NOT OR AND NEAR(a b) text:x a* ^b {c} -d", []),
        ("and", ["emoji", "code"]),
    ],
)
def test_found(store: SqliteSessionStore, query: str, names: list[str]) -> None:
    assert found(store, query) == names


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=st.text(st.characters(), max_size=60)
    | st.text(st.sampled_from("\"*()^:-+{} aANDORNEAR%_\\\x00\ud800日🍕'é"), max_size=40)
)
@example(query="x" * 100_000)
@example(query="a " * 5000)
@example(query='" ' * 5000)
def test_any_text_is_a_legal_query(store: SqliteSessionStore, query: str) -> None:
    for hit in store.search(query):
        assert all(0 <= start < end <= len(hit.excerpt) for start, end in hit.spans)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(
        st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co", "Cf", "Mn", "Me"], exclude_characters='"'),
        min_size=1,
    )
)
def test_every_word_of_a_text_finds_it(store: SqliteSessionStore, text: str) -> None:
    id_ = f"m{len(store.messages('c'))}"
    store.add_message(Message(id=id_, conversation_id="c", parent_id=None, role=Role.USER, text=text))
    for word in text.split()[:5]:
        assert id_ in found(store, word), (word, [unicodedata.category(char) for char in word])
        assert id_ in found(store, f'"{word}"')


def test_newest_first_without_the_trash_and_within_the_limit(store: SqliteSessionStore) -> None:
    for name in ("one", "two", "gone"):
        store.add_conversation(Conversation(id=name, title=name))
        for number in range(3):
            store.add_message(
                Message(
                    id=f"{name} {number}", conversation_id=name, parent_id=None, role=Role.USER,
                    text="tomato " * (3 - number), created_at=-number,
                )
            )  # fmt: skip
    store.update_conversation(Conversation(id="gone", deleted_at=1.0))
    newest_first = ["two 2", "two 1", "two 0", "one 2", "one 1", "one 0"]
    assert found(store, "tomato") == newest_first
    assert [hit.message_id for hit in store.search("tomat", limit=2)] == newest_first[:2]
    assert list(store.search("tomato", limit=0)) == []
    assert list(store.search("tomato", limit=-5)) == []
    hit = store.search("tomato")[0]
    assert (hit.conversation_id, hit.title, hit.role, hit.created_at) == ("two", "two", Role.USER, -2.0)


def test_a_changed_text_is_found_by_its_new_words_only(store: SqliteSessionStore) -> None:
    message = store.message("latin")
    assert message is not None
    store.finish_message(
        Message(
            id="latin", conversation_id="c", parent_id=None, role=Role.USER, text="cucumber", status=Status.STOPPED
        )
    )  # fmt: skip
    assert found(store, "creme") == []
    assert found(store, "cucumber") == ["latin"]


def test_an_excerpt_is_short_and_marks_its_hits() -> None:
    text = "word " * 200 + "the Crème\nbrûlée is here, creme again " + "word " * 200
    shown, spans = Query("creme brul").excerpt(text)
    assert len(shown) <= 122
    assert "\n" not in shown
    assert [shown[start:end] for start, end in spans] == ["Crème", "brûl", "creme"]
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert Query("creme").excerpt("short creme") == ("short creme", ((6, 11),))
    assert Query("x").excerpt("x" * 500)[0] == "x" * 120 + "…"
    shown, spans = Query("本語").excerpt("日" * 300 + "本語" + "日" * 300)
    assert [shown[start:end] for start, end in spans] == ["本語"]
    assert Query("fine").excerpt("İstanbul ﬁne")[0] == "İstanbul ﬁne"
