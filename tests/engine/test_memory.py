"""The estimate of memory: its sums, its verdicts, and where the figures of this computer come from."""

import dataclasses
import io

import pytest

from pizzagpt_desktop.engine.gguf import parse_head
from pizzagpt_desktop.engine.memory import Fit, Memory, estimate, from_meminfo, this_computer, usual_context
from pizzagpt_desktop.engine.words import amount, parameters
from tests.helpers.gguf_bytes import whole_model

HEAD = parse_head(io.BytesIO(whole_model()), len(whole_model()))
PLENTY = Memory(2**40, 2**40)


def test_the_cache_is_layers_times_heads_times_their_size_times_the_context():
    # 4 layers, 2 heads of 256 / 8 = 32 numbers, keys and values, 2 bytes each
    assert estimate(HEAD, 1000, PLENTY).cache == 1000 * 4 * 2 * (32 + 32) * 2
    own = dataclasses.replace(HEAD, key_length=128, value_length=64)
    assert estimate(own, 1000, PLENTY).cache == 1000 * 4 * 2 * (128 + 64) * 2


def test_heads_may_differ_from_layer_to_layer():
    mixed = dataclasses.replace(HEAD, kv_heads=(2, 0, 4, 0))
    assert estimate(mixed, 10, PLENTY).cache == 10 * (2 + 4) * 64 * 2


def test_without_a_word_on_shared_heads_each_has_its_own():
    assert estimate(dataclasses.replace(HEAD, kv_heads=None), 10, PLENTY).cache == 10 * 4 * 8 * 64 * 2


def test_a_model_without_attention_needs_no_cache():
    assert estimate(dataclasses.replace(HEAD, heads=0, kv_heads=0), 10, PLENTY).cache == 0


def test_the_verdict_follows_the_free_memory():
    needed = estimate(HEAD, 4096, PLENTY).needed
    for free, fit in (
        (needed * 2, Fit.FITS),
        (needed + needed // 10, Fit.TIGHT),
        (needed, Fit.TIGHT),
        (needed - 1, Fit.WILL_NOT_FIT),
        (0, Fit.WILL_NOT_FIT),
    ):
        assert estimate(HEAD, 4096, Memory(free, None)).fit is fit


def test_what_is_not_known_is_not_guessed():
    assert estimate(HEAD, 10, Memory(None, None)).fit is Fit.UNKNOWN
    assert estimate(HEAD, 10, Memory(None, 2**40)).fit is Fit.UNKNOWN
    assert estimate(HEAD, 10, Memory(None, 1000)).fit is Fit.WILL_NOT_FIT
    silent = dataclasses.replace(HEAD, heads=None)
    assert (estimate(silent, 10, PLENTY).cache, estimate(silent, 10, PLENTY).fit) == (None, Fit.UNKNOWN)
    assert estimate(silent, 10, Memory(1000, None)).fit is Fit.WILL_NOT_FIT


def test_more_context_needs_more_and_the_parts_of_a_model_count_together():
    assert estimate(HEAD, 8192, PLENTY).needed > estimate(HEAD, 4096, PLENTY).needed
    assert estimate(HEAD, 10, PLENTY, weights=10**9).weights == 10**9
    with pytest.raises(ValueError):
        estimate(HEAD, 0, PLENTY)


def test_the_usual_context_is_never_more_than_the_model_was_made_for():
    assert usual_context(HEAD) == 4096
    assert usual_context(dataclasses.replace(HEAD, context=512)) == 512
    assert usual_context(dataclasses.replace(HEAD, context=None)) == 4096


def test_linux_says_what_is_available():
    text = (
        "MemTotal:       16000 kB\nMemFree:         1000 kB\nMemAvailable:    9000 kB\nHugePages_Total: 0\n"
    )
    assert from_meminfo(text) == Memory(9000 * 1024, 16000 * 1024)
    assert from_meminfo("MemTotal: 5 kB\nMemFree: 4 kB\n") == Memory(4096, 5120)
    assert from_meminfo("nonsense\nMemFree: x kB\nMemTotal:\n") == Memory(None, None)


def test_a_system_without_such_a_file_knows_its_total_only(monkeypatch, tmp_path):
    monkeypatch.setattr("pizzagpt_desktop.engine.memory._MEMORY_FACTS", tmp_path / "none")
    found = this_computer()
    assert found.free is None
    assert found.total is not None


def test_this_computer_has_some_memory_free():
    found = this_computer()
    assert 0 < found.free < found.total


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1.0 kB"), (9_960, "10 kB"), (123_456, "123 kB"),
     (4_130_000_000, "4.1 GB"), (999_600, "1.0 MB"), (9 * 10**21, "9,000 EB")],
)  # fmt: skip
def test_bytes_in_words(count, words):
    assert amount(count) == words


def test_parameters_in_words():
    assert [parameters(n) for n in (5, 135_232, 596_000_000, 7_620_000_000)] == ["5", "135K", "596M", "7.6B"]
