"""What is asked of a model comes from the nearest level that says something of its own."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.domain.asking import NAMES, NOTHING_ASKED, Asking, inherited, is_set
from pizzagpt_desktop.domain.preferences import ServiceSettings

askings = st.builds(
    Asking,
    system_prompt=st.sampled_from(["", "  ", "Be brief.", "Arr"]),
    temperature=st.none() | st.floats(0, 2),
    top_p=st.none() | st.floats(0, 1),
    max_tokens=st.none() | st.integers(1, 9),
    seed=st.none() | st.integers(),
    stop=st.sampled_from([(), ("END",), ("a", "b")]),
)


@given(st.lists(askings, max_size=4))
def test_each_is_taken_from_the_nearest_level_that_sets_it(levels: list[Asking]) -> None:
    held = inherited(*levels)
    for name in NAMES:
        said = [getattr(level, name) for level in levels if is_set(level, name)]
        assert getattr(held, name) == (said[0] if said else getattr(NOTHING_ASKED, name))


def test_zero_is_something_and_a_service_is_a_level_too() -> None:
    service = ServiceSettings(provider="x", temperature=0.9, seed=3, system_prompt="Of the service")
    held = inherited(Asking(temperature=0.0), service, Asking(top_p=0.5, seed=0))
    assert held == Asking(temperature=0.0, seed=3, system_prompt="Of the service", top_p=0.5)
    assert inherited(replace(service, seed=None), Asking(seed=0)).seed == 0
