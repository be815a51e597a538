"""What is learned of how much models can look at lasts, for a while and under names that tell nothing."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pizzagpt_desktop.domain.conversation import Conversation
from pizzagpt_desktop.domain.models import ModelName
from pizzagpt_desktop.domain.preferences import Live, Preferences, ServiceSettings
from pizzagpt_desktop.providers.registry import Registry
from pizzagpt_desktop.providers.sizes import DAY_S, LATELY_S, Sizes
from pizzagpt_desktop.providers.sources import Sources
from pizzagpt_desktop.storage.learned import MOST, LearnedFile

SERVICE = ServiceSettings(provider="openai", base_url="https://llm.example/v1", model="a-model")


class Runs:
    """Runs of the program on one file, at a time that the test sets."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "learned.json"
        self.now = 1_700_000_000.0

    def run(self) -> Sizes:
        return Sizes(LearnedFile(self.path), lambda: self.now)


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def test_what_a_refusal_showed_is_known_in_the_next_run_and_forgotten_after_a_while(runs: Runs) -> None:
    runs.run().learn(SERVICE, "a-model", 4096, 8000, 4000, lasting=True)
    later = runs.run()
    assert (later.of(SERVICE, "a-model"), later.ratio(SERVICE, "a-model")) == (4096, 2.0)
    assert later.now(SERVICE, "a-model") is None, "a server that can be asked is asked again"
    assert later.of(SERVICE, "another") is None
    assert later.of(replace(SERVICE, base_url="https://other.example/v1"), "a-model") is None
    runs.now += LATELY_S
    assert runs.run().of(SERVICE, "a-model") is None, "the server may have been given more since"
    assert runs.run().ratio(SERVICE, "a-model") == 1.0
    runs.now -= 2 * LATELY_S
    assert runs.run().of(SERVICE, "a-model") is None, "a clock that was set back makes nothing last for ever"


def test_what_this_run_shows_and_what_the_user_enters_go_before_it(runs: Runs) -> None:
    runs.run().learn(SERVICE, "a-model", 4096, lasting=True)
    later = runs.run()
    later.note(SERVICE, [ModelName("a-model", 128_000)])
    assert later.of(SERVICE, "a-model") == 4096, (
        "a list tells what a model could, not what its server gives it"
    )
    assert later.of(replace(SERVICE, context=32_768), "a-model") == 32_768
    later.learn(SERVICE, "a-model", 16_384)
    assert later.of(SERVICE, "a-model") == 16_384


def test_nothing_lasts_of_what_is_not_to_last_and_no_name_is_to_be_read(runs: Runs) -> None:
    runs.run().learn(SERVICE, "a-model", 4096)
    assert not runs.path.exists()
    runs.run().learn(SERVICE, "a-model", 4096, lasting=True)
    written = runs.path.read_text("utf-8")
    assert "a-model" not in written
    assert "llm.example" not in written
    assert runs.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("temporary", [True, False])
def test_a_temporary_conversation_teaches_this_run_only(runs: Runs, temporary: bool) -> None:
    preferences = Live(Preferences(service="s", services={"s": SERVICE}))
    sources = Sources(Registry(), preferences, lambda _name: None, sizes=runs.run())
    sources.choose(Conversation(id="c", temporary=temporary)).learn(4096)
    assert sources.sizes.of(SERVICE, "a-model") == 4096
    assert runs.path.exists() is not temporary


def test_the_file_is_written_once_a_day_for_what_every_reply_shows(runs: Runs) -> None:
    sizes = runs.run()
    for _ in range(3):
        sizes.learn(SERVICE, "a-model", 4096, lasting=True)
        runs.now += 60
    (kept,) = LearnedFile(runs.path).read().values()
    assert kept[2] == 1_700_000_000.0
    runs.now += DAY_S
    sizes.learn(SERVICE, "a-model", 4096, lasting=True)
    (kept,) = LearnedFile(runs.path).read().values()
    assert kept[2] == runs.now


def test_two_programs_keep_what_both_learned_and_the_newest_stay(runs: Runs) -> None:
    one, two = runs.run(), runs.run()
    assert one.of(SERVICE, "a-model") is two.of(SERVICE, "a-model") is None
    one.learn(SERVICE, "one", 4096, lasting=True)
    two.learn(SERVICE, "two", 8192, lasting=True)
    third = runs.run()
    assert (third.of(SERVICE, "one"), third.of(SERVICE, "two")) == (4096, 8192)
    file = LearnedFile(runs.path)
    for number in range(MOST):
        file.put(str(number), (1.0, 1.0, 1.0))
    assert len(file.read()) == MOST
    assert runs.run().of(SERVICE, "one") is None


JUNK = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=25)
@given(JUNK, JUNK)
def test_a_file_with_anything_in_it_teaches_nothing_wrong(
    tmp_path_factory: pytest.TempPathFactory, whole: object, facts: object
) -> None:
    runs = Runs(tmp_path_factory.getbasetemp())
    runs.run().learn(SERVICE, "a-model", 4096, lasting=True)
    name = next(iter(LearnedFile(runs.path).read()), "")
    for document in (whole, {name: facts}, {name: [4096, facts, runs.now]}, {name: [facts, 1, runs.now]}):
        runs.path.write_text(json.dumps(document), "utf-8")
        sizes = runs.run()
        size = sizes.of(SERVICE, "a-model")
        assert size is None or (type(size) is int and size >= 128)
        assert 1.0 <= sizes.ratio(SERVICE, "a-model") <= 4.0
    runs.path.unlink()
    runs.path.mkdir()
    runs.run().learn(SERVICE, "a-model", 4096, lasting=True)
    runs.path.rmdir()
