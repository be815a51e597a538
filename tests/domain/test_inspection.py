"""What a reply shows, as facts: every hostile text of the corpus, whole and as it arrives in pieces."""

import json
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.domain.blocks import CodeBlock, Raw
from pizzagpt_desktop.domain.inspection import Inspection, inspection_of
from pizzagpt_desktop.domain.links import Verdict, judge
from pizzagpt_desktop.domain.markdown import MarkdownStream, inspect
from pizzagpt_desktop.domain.marks import HIDDEN, STACK, TURNED, flags, marked, rises

CORPUS = Path(__file__).parent.parent / "corpus" / "markdown"
CASES = sorted(path.stem for path in CORPUS.glob("*.md"))
EVERY_PIECE = 300
"""Characters after which a text is no longer read again at every piece: a bomb's end differs in nothing from its middle."""


def source(name: str) -> str:
    return (CORPUS / f"{name}.md").read_bytes().decode("utf-8", "replace")


def expected(name: str) -> dict:
    return json.loads((CORPUS / f"{name}.json").read_text("utf-8"))["expect"]


@cache
def whole(name: str) -> Inspection:
    return inspect(source(name))


def streamed(text: str, size: int) -> Inspection:
    stream = MarkdownStream()
    for at in range(0, len(text), size):
        stream.feed(text[at : at + size])
        if at < EVERY_PIECE or at // size % 256 == 0:
            stream.advance()
    stream.end()
    return inspection_of(stream.blocks)


def check(shown: Inspection, expect: dict, is_bomb: bool) -> None:
    assert all(words in shown.visible for words in expect["visible"])
    assert not any(words in shown.visible for words in expect["not_visible"])
    assert list(shown.flags) == expect["flags"]
    for name in ("links", "images", "code"):
        found = [dict(zip(one._fields, one, strict=True)) for one in getattr(shown, name)]
        wanted = expect[name]
        if isinstance(wanted, dict):
            assert len(found) == wanted["count"]
            assert all(one == wanted["all_equal"] for one in found)
        elif not is_bomb or wanted:  # a bomb says of its parts only what its limits say
            assert found == wanted


@pytest.mark.parametrize("name", CASES)
def test_the_corpus_shows_what_it_must(name: str) -> None:
    assert len(CASES) >= 77
    shown = whole(name)
    check(shown, expected(name), name.startswith("b"))
    assert all(link.verdict in ("open", "confirm") for link in shown.bare)
    assert all(link.verdict == judge(link.href, link.text).verdict for link in shown.links)


@pytest.mark.parametrize("size", [1, 3, 16, 64])
@pytest.mark.parametrize("name", CASES)
def test_in_pieces_it_shows_the_same(name: str, size: int) -> None:
    assert streamed(source(name), size) == whole(name)


def test_bare_addresses_are_told_apart_and_judged_alike() -> None:
    shown = inspect(source("l19-bare"))
    assert ("https://example.org/a", "https://example.org/a", "open") in shown.bare
    assert not any(link.href.startswith(("javascript", "file")) for link in shown.bare)
    assert [link.verdict for link in inspect("http://127.0.0.1/x").bare] == ["confirm"]


def test_a_link_without_text_is_inspected_as_one() -> None:
    shown = inspect("[](https://a.example/x) and [](relative) here")
    assert shown.links == (
        ("", "https://a.example/x", Verdict.CONFIRM),
        ("", "relative", Verdict.DEAD),
    )
    assert shown.visible == "https://a.example/x and  here"


def test_an_international_host_is_confirmed_in_its_form_on_the_wire() -> None:
    (link,) = inspect("[y](https://ру.example/)").links
    assert link == ("y", "https://xn--p1ag.example/", "confirm")
    asked = judge("https://ру.example/a", "y")
    assert asked.address == "https://xn--p1ag.example/a"
    assert "xn--p1ag.example" in asked.why


HIDING = {
    "bidi": ("\u202e", "\u2066", "\u200f", "\u061c"),
    "tags": ("\U000e0073",),
    "invisible": ("\u200b", "\u2060", "\ufeff", "\xad", "\u2028", "\U000e0101"),
    "control": ("\x1b", "\x07", "\x7f", "\x85"),
}


@pytest.mark.parametrize(("flag", "character"), [(f, c) for f, cs in HIDING.items() for c in cs])
def test_what_hides_in_code_and_links_is_seen_and_the_copy_is_exact(flag: str, character: str) -> None:
    code = f"pass{character}word\n"
    for text in (f"```\n{code}```", f"a `x{character}y` b", f"[x{character}y](https://a.example)"):
        shown = inspect(text)
        assert flag in shown.flags
        assert character not in shown.visible
        assert shown.visible.isprintable()
    assert inspect(f"```\n{code}```").code == (("", code),)
    assert inspect(f"[x{character}y](https://a.example)").links[0].text == f"x{character}y"


@pytest.mark.parametrize(("flag", "character"), [(f, c) for f, cs in HIDING.items() for c in cs])
def test_what_hides_anywhere_is_reported(flag: str, character: str) -> None:
    for text in (
        "a{}b", "# a{}b", "> - a{}b", "|h|\n|-|\n|a{}b|", "![a{}b](x)", "<b>a{}b</b>", "```py{}x\ny\n```", "[^a{}b]: note"
    ):  # fmt: skip
        if character not in "\u2028\x85" or "^" not in text:
            assert flag in inspect(text.format(character)).flags, text


def test_a_hidden_order_can_be_read_letter_by_letter() -> None:
    hidden = "".join(chr(0xE0000 + ord(c)) for c in "ab c")
    shown = inspect(f"Hello{hidden} world").visible
    assert shown == f"Hello{HIDDEN}a{HIDDEN}b{HIDDEN} {HIDDEN}c world"


@pytest.mark.parametrize(
    "text",
    [
        "👩\u200d💻 ❤\ufe0f 1\ufe0f\u20e3 🏳\ufe0f\u200d🌈",
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "می\u200cخواهم",
        "क्\u200dष",
        "葛\U000e0100飾",
        "été ﬁn naïve — “q” … ½",
        "שלום עולם abc",
    ],
)
def test_what_scripts_and_pictures_need_is_left_alone(text: str) -> None:
    for around in (text, f"`{text}`", f"[{text}](https://a.example)"):
        shown = inspect(around)
        assert not shown.flags
        assert shown.visible == text


def test_direction_marks_belong_to_right_to_left_prose_only() -> None:
    prose = "שלום \u2067abc\u2069 \u200eעולם"
    assert inspect(prose).visible == prose
    assert not inspect(prose).flags
    assert inspect(f"`{prose}`").flags == ("bidi",)
    assert inspect("שלום \u202eabc").visible == f"שלום {TURNED}abc"
    assert inspect("see \u2067abc\u2069").visible == f"see {TURNED}abc{TURNED}"


@pytest.mark.parametrize(
    ("code", "is_mixed"),
    [
        ("pаypal", True),
        ("curl https://аррӏе.com/x", True),
        ("привет = 1  # hello", False),
        ("Δx, σ2, λmax, ρ0", False),
        ("curl https://пример.рф/", False),
    ],
)
def test_letters_of_two_scripts_in_one_word_are_reported(code: str, is_mixed: bool) -> None:
    assert ("mixed-script" in inspect(f"`{code}`").flags) is is_mixed
    assert not inspect(code.replace("://", "")).flags


def test_at_most_so_many_marks_stand_on_one_letter() -> None:
    shown = inspect("b" + "\u0301" * 100).visible
    assert max(map(len, shown.replace("b", "◌").split("◌"))) == STACK


@pytest.mark.parametrize(
    "marks",
    [
        "\u0301",
        "\u0301\u034f",
        "\u0323\ufe0f",
        "\u0301\u200d\u200b",
        "\u0730",
        "\u20dd",
        "\U0001e944",
        "\u05c2\u200e",
    ],
)
def test_nothing_unseen_among_marks_has_more_of_them_stand_on_one_letter(marks: str) -> None:
    text = "b" + marks * 100
    shown = marked(text, False)
    assert len(shown.encode("utf-16-le")) == len(text.encode("utf-16-le"))
    assert max(part.count(marks[0]) for part in shown.split("◌")) == STACK
    assert flags(text, False) == {"invisible", "bidi"} & flags(marks, False)


def test_it_is_known_where_marks_rise_out_of_their_line() -> None:
    assert rises("a\u0301\u0302\u0303")
    assert rises("a\u0301\ufe0f\u0302\u200d\u0303")
    assert not rises("Việt Nam ế ä\u0301\u0302 שָׁלוֹם")


@given(st.text(max_size=40), st.booleans())
def test_a_sign_takes_the_place_of_what_it_stands_for(text: str, strict: bool) -> None:
    text = text.encode("utf-8", "replace").decode("utf-8")
    shown = marked(text, strict)
    assert len(shown.encode("utf-16-le")) == len(text.encode("utf-16-le"))
    assert marked(shown, strict) == shown
    if strict:
        assert "bidi" not in flags(shown, strict)
        assert "tags" not in flags(shown, strict)
        assert "control" not in flags(shown, strict)
    else:
        assert flags(shown, False) <= {"bidi", "invisible"}


def test_code_and_plain_lines_are_inspected_as_they_are() -> None:
    shown = inspection_of([Raw("a\tb\x01\n"), CodeBlock("x y", "\n\nc\r\n")])
    assert shown.visible == "a\tb␁\n\n\nc␍"
    assert shown.code == (("x y", "\n\nc\r\n"),)
