"""Any bytes, and any change to a sound head, end in a head or in words: nothing else, and not after long."""

import io
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pizzagpt_desktop.engine.gguf import NotAModel, parse_head
from pizzagpt_desktop.engine.memory import Fit, Memory, estimate
from pizzagpt_desktop.engine.words import amount
from tests.helpers.gguf_bytes import head, whole_model

SOUND = whole_model()
EDGES = [
    0,
    1,
    2,
    7,
    8,
    9,
    12,
    13,
    255,
    2**16,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**61,
    2**63 - 1,
    2**63,
    2**64 - 1,
]
HEAD = len(SOUND) - 1504


class Bounded(io.BytesIO):
    """Fails if asked for more than a reader has any use for."""

    budget = 4 * 1024 * 1024

    def read(self, size=-1):
        assert size >= 0
        self.budget -= size
        assert self.budget >= 0, "reads without end"
        return super().read(size)


def judge(raw):
    try:
        found = parse_head(Bounded(raw), len(raw))
    except NotAModel as refusal:
        assert str(refusal).startswith("Not a usable model file: ")
        assert str(refusal).isprintable()
        assert len(str(refusal)) < 400
        return
    assert found.weights <= len(raw)
    assert found.architecture.isascii()
    assert found.name is None or (found.name and "\x1b" not in found.name and "\n" not in found.name)
    need = estimate(found, memory=Memory(2**33, 2**34))
    assert need.needed >= found.weights
    assert need.fit in Fit
    assert amount(need.needed)


@given(st.binary(max_size=400))
def test_any_bytes(raw):
    judge(raw)


@given(st.binary(max_size=400), st.integers(0, 5), st.integers(0, 5))
def test_any_bytes_behind_a_right_start(raw, tensors, entries):
    judge(b"GGUF" + struct.pack("<IQQ", 3, tensors, entries) + raw)


@given(st.binary(max_size=300))
def test_any_bytes_behind_an_architecture(raw):
    judge(head(raw, counts=(1, 3)))


change = st.one_of(
    st.tuples(st.just("byte"), st.integers(0, HEAD), st.integers(0, 255)),
    st.tuples(st.just("u32"), st.integers(0, HEAD), st.sampled_from(EDGES)),
    st.tuples(st.just("u64"), st.integers(0, HEAD), st.sampled_from(EDGES)),
    st.tuples(st.just("cut"), st.integers(0, len(SOUND)), st.just(0)),
    st.tuples(st.just("out"), st.integers(0, HEAD), st.integers(1, 40)),
    st.tuples(st.just("twice"), st.integers(0, HEAD), st.integers(1, 80)),
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(change, min_size=1, max_size=4))
def test_any_change_to_a_sound_head(changes):
    raw = bytearray(SOUND)
    for how, at, what in changes:
        if how == "byte" and at < len(raw):
            raw[at] = what
        elif how in ("u32", "u64"):
            form = "<I" if how == "u32" else "<Q"
            size = struct.calcsize(form)
            raw[at : at + size] = struct.pack(form, what % 2 ** (8 * size))
        elif how == "cut":
            del raw[at:]
        elif how == "out":
            del raw[at : at + what]
        elif how == "twice":
            raw[at:at] = raw[at : at + what]
    judge(bytes(raw))


@pytest.mark.parametrize("edge", EDGES)
def test_every_number_of_a_sound_head_at_its_edges(edge):
    for at in range(HEAD):
        judge(SOUND[:at] + struct.pack("<Q", edge) + SOUND[at + 8 :])
