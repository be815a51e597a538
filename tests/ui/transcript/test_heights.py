"""Prefix heights: against plain sums, for any sequence of changes."""

from bisect import bisect_right

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.ui.transcript.heights import Heights, Length, Measure

ONE = Measure(1.0, 1.0)
"""A pixel a character."""
LENGTHS = st.lists(st.tuples(st.integers(0, 5_000), st.booleans()), max_size=60)
MEASURES = st.builds(Measure, st.floats(0, 3), st.floats(0, 3), st.integers(0, 90), st.integers(0, 90))
SIZES = st.lists(st.integers(1, 500), min_size=1, max_size=60)


def of(sizes: list[int]) -> Heights:
    heights = Heights(ONE)
    for size in sizes:
        heights.append((size, size % 3 == 0))
    return heights


@given(SIZES, st.lists(st.tuples(st.integers(0, 59), st.integers(1, 900)), max_size=20), SIZES)
def test_tops_and_search_agree_with_plain_sums(
    sizes: list[int], changes: list[tuple[int, int]], more: list[int]
) -> None:
    heights = of(sizes)
    plain = list(sizes)
    for index, size in changes:
        if index < len(plain):
            assert heights.set(index, size) == size - plain[index]
            plain[index] = size
    for size in more:
        heights.append((size, False))
        plain.append(size)
    assert len(heights) == len(plain)
    assert heights.total == sum(plain)
    assert [heights.top(i) for i in range(len(plain) + 1)] == [sum(plain[:i]) for i in range(len(plain) + 1)]
    for index in range(len(plain)):
        top = heights.top(index)
        assert heights.at(top) == index
        assert heights.at(top + plain[index] - 1) == index
    assert heights.at(-5) == 0
    assert heights.at(heights.total + 5) == len(plain) - 1


@given(SIZES, st.lists(st.one_of(SIZES, st.integers(0, 300)), max_size=12), st.integers(0, 10**6))
def test_rows_come_above_and_go_below_as_in_a_plain_list(
    sizes: list[int], steps: list[list[int] | int], spot: int
) -> None:
    """A list is put above; a number is how many rows stay."""
    heights = of(sizes)
    plain = list(sizes)
    for step in steps:
        if isinstance(step, int):
            step = min(step, len(plain))
            heights.cut(step)
            del plain[step:]
        else:
            heights.prepend([(size, size % 2 == 0) for size in step])
            plain[0:0] = step
        heights.append((7, True))
        plain.append(7)
        changed = spot % len(plain)
        heights.set(changed, 50 + spot % 11)
        plain[changed] = 50 + spot % 11
    tops = [sum(plain[:i]) for i in range(len(plain) + 1)]
    assert [heights.top(i) for i in range(len(plain) + 1)] == tops
    assert [heights[i] for i in range(len(plain))] == plain
    assert heights.total == tops[-1]
    assert [heights.at(top) for top in tops[:-1]] == list(range(len(plain)))
    assert [heights.at(top - 1) for top in tops[1:]] == list(range(len(plain)))
    assert heights.at(heights.total + 5) == len(plain) - 1


@given(SIZES, st.lists(st.tuples(st.integers(0, 59), st.integers(1, 900)), max_size=9), st.integers(0, 60))
def test_what_stays_of_the_rows_above_keeps_its_own_heights(
    sizes: list[int], changes: list[tuple[int, int]], count: int
) -> None:
    heights = of([5, 6])
    heights.prepend([(size, size % 2 == 0) for size in sizes])
    plain = [*sizes, 5, 6]
    for index, size in changes:
        heights.set(index % len(plain), size)
        plain[index % len(plain)] = size
    heights.cut(min(count, len(sizes)))
    plain = plain[: min(count, len(sizes))]
    for more in ([(9, True)], [(1, False), (2, True)]):
        heights.prepend(more)
        plain[0:0] = [size for size, _ in more]
    heights.append((8, False))
    plain.append(8)
    assert [heights[i] for i in range(len(plain))] == plain
    assert heights.total == sum(plain)


def test_nothing_can_be_found_among_no_rows() -> None:
    assert Heights(ONE).total == 0
    with pytest.raises(IndexError):
        Heights(ONE).at(0)


@given(LENGTHS, LENGTHS, MEASURES, MEASURES, st.integers(0, 200), st.integers(0, 10**6))
def test_another_measure_estimates_every_row_again(
    above: list[Length], below: list[Length], before: Measure, after: Measure, own: int, spot: int
) -> None:
    heights = Heights(before)
    for length in below:
        heights.append(length)
    heights.prepend(above)
    lengths = [*above, *below]
    if lengths:
        heights.set(spot % len(lengths), own)
        assert heights[spot % len(lengths)] == own
    heights.measure(after)
    for index, length in enumerate(lengths):
        assert abs(heights[index] - after.height(length)) <= 1
    assert abs(heights.total - sum(map(after.height, lengths))) <= len(lengths) + 1
    if lengths:
        renewed = spot % len(lengths)
        heights.set(renewed, own)
        heights.renew(renewed, (777, True))
        assert abs(heights[renewed] - after.height((777, True))) <= 1
        heights.cut(spot % (len(lengths) + 1))
        assert len(heights) == spot % (len(lengths) + 1)
        for y in range(0, heights.total, 97):
            index = heights.at(y)
            assert heights.top(index) <= y < heights.top(index + 1)


CHANGES = st.one_of(
    st.tuples(st.just("append"), st.integers(1, 500)),
    st.tuples(st.just("prepend"), st.integers(1, 500)),
    st.tuples(st.just("set"), st.integers(1, 500)),
    st.tuples(st.just("renew"), st.integers(1, 500)),
    st.tuples(st.just("cut"), st.integers(0, 8)),
)


@given(st.lists(CHANGES, max_size=12), st.integers(0, 10**6))
def test_no_answer_outlives_a_change(changes: list[tuple[str, int]], spot: int) -> None:
    heights = Heights(ONE)
    plain: list[int] = []
    for kind, number in changes:
        if kind == "append":
            heights.append((number, False))
            plain.append(number)
        elif kind == "prepend":
            heights.prepend([(number, True)])
            plain.insert(0, number)
        elif kind == "cut":
            heights.cut(min(number, len(plain)))
            del plain[number:]
        elif plain:
            index = spot % len(plain)
            plain[index] = number
            if kind == "set":
                heights.set(index, number)
            else:
                heights.renew(index, (number, False))
        tops = [sum(plain[:i]) for i in range(len(plain) + 1)]
        assert heights.total == tops[-1]
        assert [heights.top(i) for i in range(len(tops))] == tops
        found = [heights.at(y) for y in range(-1, 600, 150) if plain]
        assert found == [
            max(0, min(bisect_right(tops, y) - 1, len(plain) - 1)) for y in range(-1, 600, 150) if plain
        ]
