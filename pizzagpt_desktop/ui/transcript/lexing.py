"""Code -> which stretches of each line have which role, in small steps that can be given up; knows no widget, no colour.

Why in steps on the one thread there is, and not in another thread or process: Pygments needs seconds for some texts of a
few thousand characters inside one regular expression, during which no other thread runs; and a process of its own would
be started by what a reply holds. So each step is short by itself, and one that is not is ended by an alarm signal
(`_Guard`), for which the regular expressions of Python look out. Where the system has no such timer (Windows),
texts that repeat themselves are not read at all.
"""

import gc
import re
import signal
import threading
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from importlib import import_module
from itertools import accumulate
from time import perf_counter, thread_time
from types import FrameType
from typing import Any

from pizzagpt_desktop.ui.transcript.languages import Lexer, lexer_of

LARGEST = 20_000
"""Characters of a block that are read; what comes after them is plain (rule M9)."""
BUDGET_S = 0.05
"""Processor time that one block may take; then the rest of it is plain (rule M9)."""
STUCK_S = 0.012
"""Processor time after which a step is ended."""
TICK_S = 0.004
"""How often that is looked at."""
LINES_AT_ONCE = 200
"""Lines of one token that are noted in one step."""
REPETITIVE = 25
"""How many times smaller a text that only repeats itself gets when it is packed; code gets 3 to 10 times smaller."""


class Ink(IntEnum):
    """What a stretch of code is."""

    COMMENT = 1
    KEYWORD = 2
    STRING = 3
    NUMBER = 4
    NAME = 5
    BUILTIN = 6
    INSERTED = 7
    DELETED = 8


Spans = dict[int, "array[int]"]
"""Per line that has any: start, length and ink, over and over; positions in UTF-16 units."""

_INKS = (
    ("Comment", Ink.COMMENT), ("Keyword.Constant", Ink.NUMBER), ("Keyword.Type", Ink.BUILTIN), ("Keyword", Ink.KEYWORD),
    ("Operator.Word", Ink.KEYWORD), ("String", Ink.STRING), ("Literal.String", Ink.STRING), ("Literal.Date", Ink.STRING),
    ("Number", Ink.NUMBER), ("Literal.Number", Ink.NUMBER), ("Name.Function", Ink.NAME), ("Name.Class", Ink.NAME),
    ("Name.Decorator", Ink.NAME), ("Name.Namespace", Ink.NAME), ("Name.Label", Ink.NAME), ("Name.Tag", Ink.KEYWORD),
    ("Name.Attribute", Ink.BUILTIN), ("Name.Builtin", Ink.BUILTIN), ("Name.Exception", Ink.BUILTIN),
    ("Name.Constant", Ink.NUMBER), ("Name.Variable.Magic", Ink.BUILTIN), ("Generic.Inserted", Ink.INSERTED),
    ("Generic.Deleted", Ink.DELETED), ("Generic.Heading", Ink.KEYWORD), ("Generic.Subheading", Ink.NAME),
    ("Generic.Prompt", Ink.KEYWORD),
)  # fmt: skip


class _Stuck(Exception):
    """A step took too long."""


class _Guard:
    """Ends a step that takes too long, where the system can."""

    def __init__(self) -> None:
        self.works = False
        self.loading = 0.0
        """Processor time spent on preparing expressions, which is no text's fault."""
        self._armed = False
        self._busy = False
        self._began = 0.0

    def set_up(self) -> None:
        main = threading.current_thread() is threading.main_thread()  # only that one has handlers of signals
        self.works = main and hasattr(signal, "setitimer") and signal.getsignal(signal.SIGVTALRM) is not None

    def step(self, work: Callable[[], bool]) -> bool:
        """Do `work` and give its answer; raises `_Stuck`.

        The timer counts the processor time of this process; the one of the clock, which others may use, is left alone.
        The handler stays when the timer is stopped: an alarm may be under way then, in another thread, and without a
        handler it is an error of Python's or the end of the process.
        """
        if not self.works:
            return work()
        collects = gc.isenabled()
        gc.disable()  # what the collector takes would count as the text's
        if signal.getsignal(signal.SIGVTALRM) != self._on_alarm:
            signal.signal(signal.SIGVTALRM, self._on_alarm)
        signal.setitimer(signal.ITIMER_VIRTUAL, TICK_S, TICK_S)
        try:
            try:
                self._began = thread_time()
                self._armed = True
                return work()
            finally:
                self._armed = False
        finally:
            self._armed = False  # the alarm may have come between the two lines above
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            if collects:
                gc.enable()

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Nothing in here is ended, nor counted as the text's."""
        began = thread_time()
        self._busy = True
        try:
            yield
        finally:
            took = thread_time() - began
            self._busy = False
            self._began += took
            self.loading += took

    def _on_alarm(self, number: int, frame: FrameType | None) -> None:
        if self._armed and not self._busy and thread_time() - self._began > STUCK_S and _is_reading(frame):
            raise _Stuck


def _is_reading(frame: FrameType | None) -> bool:
    """Whether a lexer runs, and not what Python calls in between (finalisers, hooks of the collector)."""
    name = frame.f_globals.get("__name__", "") if frame is not None else ""
    return str(name).startswith((__name__, "pygments."))


_guard = _Guard()


def _lazy_match(cls: Any, pattern: Any, flags: int, state: str) -> Callable[..., Any]:
    """Instead of all expressions of a lexer when it is made, each when it is first used."""
    found: Callable[..., Any] | None = None

    def match(*place: Any) -> Any:
        nonlocal found
        if found is None:
            with _guard.undisturbed():
                found = re.compile(pattern if isinstance(pattern, str) else pattern.get(), flags).match
        return found(*place)

    return match


class Job:
    """The reading of one block. `step` until it says that there is no more; `spans` is what was found until then."""

    def __init__(self, lang: str, code: str) -> None:
        cut = len(code) if len(code) <= LARGEST else code.rfind("\n", 0, LARGEST) + 1
        self._code = code[:cut]
        self._lines = self._code.split("\n")
        self._starts = [0, *accumulate(len(line) + 1 for line in self._lines)]
        self._lexer = lexer_of(lang)
        self._work = self._read()
        self._spent = 0.0
        self.spans: Spans = {}

    @property
    def cost_s(self) -> float:
        """Processor time that it took so far."""
        return self._spent

    def step(self, seconds: float) -> bool:
        """Read on for about so long; whether there is more to read."""
        until = perf_counter() + seconds

        def work() -> bool:
            while perf_counter() < until:
                if next(self._work, self) is self:
                    return False
            return True

        before, loaded = thread_time(), _guard.loading
        try:
            more = _guard.step(work)
        except _Stuck:
            more = False
        except RecursionError:
            more = False
        self._spent += max(0.0, thread_time() - before - (_guard.loading - loaded))
        return more and self._spent < BUDGET_S

    def _read(self) -> Iterator[None]:
        if self._lexer is None:
            return
        _guard.set_up()
        if not _guard.works and _repeats(self._code):
            return
        for needed in ("pygments.token", "pygments.lexers", "pygments.lexer", self._lexer.module):
            with _guard.undisturbed():
                import_module(needed)
            yield
        with _guard.undisturbed():
            reader = _made(self._lexer)
        yield
        at = 0
        text = self._code if self._code.endswith("\n") else self._code + "\n"
        for index, kind, value in reader.get_tokens_unprocessed(text):
            if index < at:  # an odd lexer goes back: what was read stands
                continue
            at = index + len(value)
            ink = _ink(kind)
            if ink and not value.isspace():
                for _ in self._note(ink, index, at):
                    yield
            yield

    def _note(self, ink: int, begin: int, end: int) -> Iterator[None]:
        """Note `ink` from `begin` to `end`, line by line."""
        line = bisect_right(self._starts, begin) - 1
        while begin < end and line < len(self._lines):
            words, start = self._lines[line], self._starts[line]
            first, size = begin - start, min(end, start + len(words)) - begin
            if size > 0:
                if not words.isascii():
                    size = units(words[first : first + size])
                    first = units(words[:first])
                self.spans.setdefault(line, array("i")).extend((first, size, ink))
            line += 1
            begin = self._starts[line]
            if not line % LINES_AT_ONCE:
                yield


def units(text: str) -> int:
    """The length of `text` as Qt counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _repeats(code: str) -> bool:
    data = code.encode("utf-8", "surrogatepass")
    return len(data) > 500 and len(data) > REPETITIVE * len(zlib.compress(data, 1))


def _made(lexer: Lexer) -> Any:
    from pygments.lexer import RegexLexerMeta

    # WORKAROUND(pygments 2): a lexer compiles all its expressions when it is made, in up to 80 ms.
    RegexLexerMeta._process_regex = _lazy_match
    return getattr(import_module(lexer.module), lexer.name)(**dict(lexer.options))


_inks: dict[Any, int] = {}


def _ink(kind: Any) -> int:
    """The ink of a kind of token, 0 for plain."""
    known = _inks.get(kind)
    if known is None:
        name = ".".join(kind)
        known = next((int(ink) for prefix, ink in _INKS if f"{name}.".startswith(f"{prefix}.")), 0)
        _inks[kind] = known
    return known
