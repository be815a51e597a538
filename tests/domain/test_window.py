"""What fits a model's context: estimates, what is left out, and the size that a refusal tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.domain.window import corrected, cut, estimated, full_told, held_after, room_of, weight

WEIGHTS = st.lists(st.integers(1, 500), max_size=60)


@given(WEIGHTS, st.integers(0, 5000), st.integers(1, 5))
def test_as_little_as_possible_is_left_out_and_the_newest_always_stay(
    weights: list[int], room: int, kept: int
) -> None:
    first = cut(weights, room, kept)
    most = max(0, len(weights) - kept)
    assert 0 <= first <= most
    assert sum(weights[first:]) <= room or first == most
    if first:
        assert sum(weights[first - 1 :]) > room, "one more would have fitted"


@given(WEIGHTS, st.integers(0, 5000), st.integers(0, 500))
def test_more_room_never_leaves_out_more(weights: list[int], room: int, more: int) -> None:
    assert cut(weights, room + more) <= cut(weights, room)


@given(st.text(), st.text())
def test_an_estimate_is_about_what_its_parts_are(one: str, two: str) -> None:
    assert 0 <= estimated(one) <= 2 * len(one) + 1
    assert (estimated(one) == 0) is (one == "")
    assert estimated(one * 3) >= estimated(one)
    assert weight({"content": one + two}) > estimated(one + two)


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("The quick brown fox jumps over the lazy dog and sleeps. " * 20, 220, 340),
        ("日本語の文章はだいたい一文字が一つの符号になります。" * 20, 400, 600),
        ("Съешь же ещё этих мягких французских булок. " * 20, 300, 600),
        ("for (int i = 0; i < n; i++) { a[i] = b[i] + c; }\n" * 20, 250, 500),
    ],
)
def test_scripts_and_code_are_told_apart(text: str, least: int, most: int) -> None:
    assert least <= estimated(text) <= most


@pytest.mark.parametrize("text", ["words and more words, ", "x=[1];", "漢字", "слово "])
def test_a_long_text_is_estimated_from_parts_of_it(text: str) -> None:
    few, many = estimated(text * 500), estimated(text * 50_000)
    assert abs(many / few - 100) < 5


@given(st.integers(128, 10**8), st.none() | st.integers(1, 10**9))
def test_there_is_always_room_for_an_answer_and_for_a_question(context: int, longest: int | None) -> None:
    room = room_of(context, longest)
    assert context // 2 <= room < context
    if longest is not None and longest <= context // 2:
        assert room == context - longest


def test_without_a_longest_answer_a_quarter_is_kept_for_it() -> None:
    assert room_of(8192) == 6144
    assert room_of(8192, 1000) == 7192
    assert room_of(8192, 100_000) == 4096


def test_a_count_makes_estimates_true() -> None:
    assert corrected([10, 20, 30], 45, 1, 1, 10) == [15.0, 30.0, 45.0]
    assert corrected([10, 20], None, 0, 1) == [10.0, 20.0]
    assert corrected([10, 20], 10**9, 0, 1) == [40.0, 80.0], "nonsense is not believed"
    assert corrected([], 5, 0, -1) == []


def test_thoughts_are_not_held() -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 50, "completion_tokens_details.reasoning_tokens": 30}
    assert held_after(usage) == 120
    assert held_after({"prompt_tokens": 100}) is None
    assert held_after(None) is None


@pytest.mark.parametrize(
    ("error", "words", "size"),
    [
        ({"error": {"code": 400, "type": "exceed_context_size_error", "n_prompt_tokens": 900, "n_ctx": 512}}, "", 512),
        ({}, "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.", 8192),
        ({}, "prompt is too long: 215,000 tokens > 200,000 maximum", 200_000),
        ({}, "the request exceeds the available context size (4096 tokens), try increasing it", 4096),
        ({}, "context window of 32768 tokens", 32768),
        ({}, "max_tokens must be at most 4096", None),
        ({"error": {"n_ctx": True}}, "", None),
        ({"error": {"n_ctx": 3}}, "", None),
        ({"n_ctx": 10**12}, "maximum context length is 999,999,999,999 tokens", None),
        ([], "", None),
        (None, "The context length was exceeded.", None),
    ],
)  # fmt: skip
def test_a_refusal_tells_how_much_the_model_can_look_at(error: object, words: str, size: int | None) -> None:
    told = full_told(error, words)
    assert (told.size if told else None) == size


@pytest.mark.parametrize(
    ("error", "words", "needed"),
    [
        ({"error": {"n_prompt_tokens": 900, "n_ctx": 512}}, "", 900),
        ({}, "maximum context length is 8192 tokens. However, your messages resulted in 9,001 tokens", 9001),
        (
            {},
            "maximum context length is 8192 tokens. However, you requested 9001 tokens (8001 in the messages",
            9001,
        ),
        ({}, "prompt is too long: 215000 tokens > 200000 maximum", 215_000),
        ({}, "request (544 tokens) exceeds the available context size (512 tokens), try increasing it", 544),
        ({}, "the context size is 512", None),
    ],
)
def test_a_refusal_may_tell_what_was_needed(error: object, words: str, needed: int | None) -> None:
    told = full_told(error, words)
    assert told is not None
    assert told.needed == needed
