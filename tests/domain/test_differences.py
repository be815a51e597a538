"""Where two texts differ: nothing is lost, changes are words, and no text takes long."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.domain import differences as module
from pizzagpt_desktop.domain.differences import Piece, Stopped, differences

WORDY = st.lists(
    st.sampled_from(["one", "two", " ", "  ", "\n", ". ", "! ", "日本", "語", "é", "\u2029", "🙂", "- "]),
    max_size=40,
).map("".join)


@given(WORDY | st.text(max_size=60), WORDY | st.text(max_size=60))
def test_the_pieces_are_the_texts(left: str, right: str) -> None:
    pieces = differences(left, right)
    assert "".join(piece.left for piece in pieces) == left
    assert "".join(piece.right for piece in pieces) == right
    assert all(piece.left or piece.right for piece in pieces)
    for one, other in pairwise(pieces):
        assert not (one.same and other.same), "what is the same is one piece"


def test_a_changed_word_is_found_among_many() -> None:
    left = "The sky is blue because of scattering. It is simple."
    right = "The sky is blue because of Rayleigh scattering. It is simple."
    changed = [piece for piece in differences(left, right) if not piece.same]
    assert [(piece.left.strip(), piece.right.strip()) for piece in changed] == [("", "Rayleigh")]


def test_several_changed_words_beside_each_other_are_one_change() -> None:
    pieces = differences("I like very old wine most of all.", "I like quite new beer most of all.")
    assert pieces[1] == Piece("very old wine", "quite new beer")


def test_a_new_line_is_a_change_of_its_own() -> None:
    pieces = differences("one\ntwo\nthree\n", "one\ntwo\nand a half\nthree\n")
    assert pieces == [
        Piece("one\ntwo\n", "one\ntwo\n"),
        Piece("", "and a half\n"),
        Piece("three\n", "three\n"),
    ]


def test_two_sentences_with_little_in_common_are_replaced_as_a_whole() -> None:
    left, right = "Rome is the capital of Italy.", "Bake it at four hundred degrees."
    assert differences(left, right) == [Piece(left, right)]


def test_single_characters_are_words_where_words_have_no_blanks() -> None:
    changed = [piece for piece in differences("我今天吃比萨饼", "我今天吃意大利面") if not piece.same]
    assert changed == [Piece("比萨饼", "意大利面")]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("a\n" * 100_000, "a\nb\n" * 50_000),
        ("word " * 40_000, "word, " * 40_000),
        (" ".join(map(str, range(30_000))), " ".join(map(str, range(0, 60_000, 2)))),
        ("x" * 200_000, "x" * 100_000 + "y" + "x" * 100_000),
        ("\n".join(f"{n % 150}" for n in range(60_000)), "\n".join(f"{n % 149}" for n in range(60_000))),
    ],
    ids=["one line again and again", "one word", "numbers", "one letter", "many lines of many kinds"],
)
def test_no_text_costs_more_than_its_bound(left: str, right: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = []
    real = module._Matcher.find_longest_match
    monkeypatch.setattr(
        module._Matcher,
        "find_longest_match",
        lambda self, *where: steps.append(1) or real(self, *where),
    )
    pieces = differences(left, right)
    assert "".join(piece.left for piece in pieces) == left
    assert "".join(piece.right for piece in pieces) == right
    assert len(steps) < 50_000, "each step costs at most COSTLIEST; unbounded these take minutes"


def test_a_comparison_nobody_waits_for_ends() -> None:
    with pytest.raises(Stopped):
        differences("one two three. " * 50, "one two four. " * 60, lambda: True)
