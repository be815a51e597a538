"""Whether a model is likely to fit into this computer's memory, from its head alone; starts nothing, measures no model.

An estimate to decide by before loading, upwards where in doubt: sliding windows and shared caches, which need less,
are counted as if each layer kept the whole context.
"""

import sys
from dataclasses import dataclass
from enum import StrEnum
from itertools import repeat
from pathlib import Path

from pizzagpt_desktop.engine.gguf import ModelHead

DEFAULT_CONTEXT = 4096
"""Tokens, where none is chosen; less for a model that was made for less."""
BYTES_OF_A_CACHED_NUMBER = 2  # f16
BATCH = 512  # tokens the engine works on at once
BASE = 64 * 1024 * 1024
"""Bytes of the child process without a model."""
TIGHT_FROM = 0.8
"""Of the free memory. Beyond, the rest of the computer begins to feel it."""
_BYTES_OF_A_WORKING_NUMBER = 4  # f32
_MEMORY_FACTS = Path("/proc/meminfo")


class Fit(StrEnum):
    FITS = "fits"
    TIGHT = "tight"
    WILL_NOT_FIT = "will not fit"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes; None where the system does not say."""

    free: int | None
    total: int | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a model needs at a context of `context` tokens, in bytes. `cache` is None where the head says too little."""

    context: int
    weights: int
    cache: int | None
    overhead: int
    free: int | None
    fit: Fit

    @property
    def needed(self) -> int:
        """At least, where the cache is not known."""
        return self.weights + (self.cache or 0) + self.overhead


def usual_context(head: ModelHead) -> int:
    """The context to begin with, in tokens."""
    return min(DEFAULT_CONTEXT, head.context or DEFAULT_CONTEXT)


def estimate(
    head: ModelHead, context: int | None = None, memory: Memory | None = None, weights: int | None = None
) -> Estimate:
    """Judge `head` at `context` tokens (the usual ones if None) against `memory` (this computer's if None).

    `weights` are the bytes of all parts, for a model that is split over files. Raises ValueError for a context
    below 1.
    """
    context = usual_context(head) if context is None else context
    if context < 1:
        raise ValueError("a context has at least one token")
    memory = this_computer() if memory is None else memory
    weights = head.weights if weights is None else weights
    cache = _cache(head, context)
    overhead = BASE + BATCH * _BYTES_OF_A_WORKING_NUMBER * (
        (head.vocabulary or 0) + 6 * (head.embedding or 0) + 2 * _most(head.feed_forward)
    )
    found = Estimate(context, weights, cache, overhead, memory.free, Fit.UNKNOWN)
    fit = _fit(found.needed, cache is not None, memory)
    return Estimate(context, weights, cache, overhead, memory.free, fit)


def _fit(needed: int, whole: bool, memory: Memory) -> Fit:
    bound = memory.free if memory.free is not None else memory.total
    if bound is not None and needed > bound:
        return Fit.WILL_NOT_FIT
    if memory.free is None or not whole:
        return Fit.UNKNOWN
    return Fit.TIGHT if needed > memory.free * TIGHT_FROM else Fit.FITS


def _cache(head: ModelHead, context: int) -> int | None:
    """Bytes of the keys and values of `context` tokens in all layers."""
    if head.layers is None or head.heads is None:
        return None
    key, value = head.key_length, head.value_length
    if key is None or value is None:
        one = _most(head.heads)
        if one and not head.embedding:
            return None
        usual = (head.embedding or 0) // one if one else 0
        key, value = key or usual, value or usual
    kept = head.kv_heads if head.kv_heads is not None else head.heads
    heads_of_all = head.layers * max(kept, 0) if isinstance(kept, int) else sum(n for n in kept if n > 0)
    return context * heads_of_all * (key + value) * BYTES_OF_A_CACHED_NUMBER


def _most(value: int | tuple[int, ...] | None) -> int:
    return max(0, max(value, default=0) if isinstance(value, tuple) else value or 0)


def this_computer() -> Memory:
    """The memory of this computer as its system says it now."""
    if sys.platform == "win32":
        return _windows()
    try:
        return from_meminfo(_MEMORY_FACTS.read_text("ascii", "replace"))
    except OSError:
        return Memory(None, _pages("SC_PHYS_PAGES"))


def from_meminfo(text: str) -> Memory:
    """Linux's own words; "available" counts what the system would give up for a program that asks."""
    found: dict[str, int] = {}
    for line in text.splitlines():
        key, _, rest = line.partition(":")
        words = rest.split()
        if words and words[0].isascii() and words[0].isdigit() and words[1:] == ["kB"]:
            found[key] = int(words[0][:20]) * 1024
    return Memory(found.get("MemAvailable", found.get("MemFree")), found.get("MemTotal"))


def _pages(name: str) -> int | None:
    import os

    try:
        count, size = os.sysconf(name), os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return None
    return count * size if count > 0 and size > 0 else None


def _windows() -> Memory:
    import ctypes

    class Status(ctypes.Structure):
        """MEMORYSTATUSEX of the Windows API."""

        _fields_ = (
            ("length", ctypes.c_uint32),
            ("load", ctypes.c_uint32),
            *zip(("total", "free"), repeat(ctypes.c_uint64)),
            *zip(("total_page", "free_page", "total_own", "free_own", "more"), repeat(ctypes.c_uint64)),
        )

    status = Status()
    status.length = ctypes.sizeof(Status)
    library = getattr(ctypes, "windll", None)
    if library is None or not library.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return Memory(None, None)
    return Memory(int(status.free), int(status.total))
