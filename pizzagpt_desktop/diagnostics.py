"""The log, with secrets masked, and the hooks that catch a crash; knows nothing of chats and never logs their text.

Nothing here happens at import: `Diagnostics.start` opens the log, `install_hooks` takes the interpreter's hooks over,
and `close` puts everything back.
"""

import copy
import logging
import os
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from io import TextIOWrapper
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from pizzagpt_desktop import __version__
from pizzagpt_desktop.domain.text import masked

if TYPE_CHECKING:
    import asyncio

FILE_BYTES = 900_000
FILES = 4
"""The log and its elders; with the fault handler's file they stay under 5 MB."""
LONGEST_RECORD = 20_000
LONGEST_WORDS = 300
"""Characters of an exception's own words that are kept: they may quote what a service or the user said."""

log = logging.getLogger(__name__)

_MARK = "…"
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    # a header, in any of the notations in which it appears in messages
    (
        re.compile(
            r"""(?ix) ( \b (?:proxy-)?authorization | \b x-api-key | \b api-?key | \b x-secret | \b (?:set-)?cookie )
                ( ['"]? \s* [:=,] \s* b?['"]? ) [^'"\r\n]+"""
        ),
        rf"\1\2{_MARK}",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}"), rf"\1 {_MARK}"),
    (re.compile(r"(?<=://)[^/\s'\"<>]*@"), f"{_MARK}@"),
    (
        re.compile(r"(?i)([?&;](?:api[_-]?key|key|token|access[_-]?token|secret|password)=)[^&\s'\"]+"),
        rf"\1{_MARK}",
    ),
    (
        re.compile(r"\b(sk|pk|rk|gsk|xai|hf|ghp|gho|glpat|AIza)([-_]?)[A-Za-z0-9][A-Za-z0-9_-]{7,}"),
        rf"\1\2{_MARK}",
    ),
)

Secrets = Callable[[], Iterable[str]]
OnCrash = Callable[[str], None]


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without known secrets, and without what looks like one."""
    text = masked(text, secrets)
    for shape, mark in _SHAPES:
        text = shape.sub(mark, text)
    return text


def crash_report(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> str:
    """What to show and log of an exception: where it came from, and only the head of its own words."""
    lines = [
        f"PizzaGPT Desktop {__version__}, Python {'.'.join(map(str, sys.version_info[:3]))}, {_system()}",
        "",
    ]
    summary = traceback.TracebackException(kind, fault, trace, compact=True)
    seen: traceback.TracebackException | None = summary
    while seen is not None:
        lines += [line.rstrip("\n") for line in seen.stack.format()]
        words = "".join(seen.format_exception_only()).strip()
        lines.append(words if len(words) <= LONGEST_WORDS else words[:LONGEST_WORDS] + _MARK)
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
        if seen is not None:
            lines += ["", "which came after:"]
    return "\n".join(lines)


class _Formatter(logging.Formatter):
    """Formats a record, masks secrets in the whole of it, and keeps it short."""

    def __init__(self, secrets: Secrets) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        record = copy.copy(record)
        record.exc_text = None  # another handler's form of the exception, which is longer
        text = redacted(super().format(record), self._secrets())
        return text if len(text) <= LONGEST_RECORD else text[:LONGEST_RECORD] + _MARK

    def formatException(self, ei: Any) -> str:  # noqa: N802  (logging's name)
        return crash_report(*ei)


class _PrivateFile(logging.FileHandler):
    """A file that only this user reads, from its first byte; a full one becomes the first of its elders.

    Not `logging.handlers`, which loads sockets, queues and pickle: this is opened before the first window is.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, into a new file if this one is full."""
        stream = self.stream
        with suppress(OSError):
            if stream is not None and os.fstat(stream.fileno()).st_size >= FILE_BYTES:
                stream.close()
                self._rotate()
        super().emit(record)

    def _rotate(self) -> None:
        names = [f"{self.baseFilename}.{number}" for number in range(FILES - 1, 0, -1)]
        for elder, younger in pairwise([*names, self.baseFilename]):
            with suppress(
                OSError
            ):  # there are not so many yet, or another program reads it: then it grows on
                Path(younger).replace(elder)
        self.stream = self._open()

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace")


class Diagnostics:
    """The log and the hooks of one run."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._handlers: list[logging.Handler] = []
        self._fault_file: Any = None
        self._on_crash: OnCrash = lambda _report: None
        self._restore: Callable[[], None] | None = None
        self._reporting = False

    def start(self, folder: Path, debug: bool = False) -> None:
        """Log into `folder`, which exists; with `debug` more, and to standard error too.

        A folder that cannot be written to costs the file, not the program.
        """
        root = logging.getLogger()
        try:
            self._handlers.append(_PrivateFile(folder / "pizzagpt-desktop.log", encoding="utf-8"))
            self._catch_faults(folder)
        except OSError as error:
            debug = True
            log.warning("no log can be written: %s", error.strerror)
        if debug and sys.stderr is not None:
            self._handlers.append(logging.StreamHandler(sys.stderr))
        for handler in self._handlers:
            handler.setFormatter(_Formatter(self._secrets))
            root.addHandler(handler)
        logging.getLogger("pizzagpt_desktop").setLevel(logging.DEBUG if debug else logging.INFO)
        logging.captureWarnings(True)
        no_core_dumps()
        log.info("version %s starts on %s", __version__, _system())

    def close(self) -> None:
        """Put the interpreter's hooks back and close the log."""
        if self._restore is not None:
            self._restore()
            self._restore = None
        if self._fault_file is not None:
            import faulthandler

            faulthandler.disable()
            self._fault_file.close()
            self._fault_file = None
        root = logging.getLogger()
        for handler in self._handlers:
            root.removeHandler(handler)
            handler.close()
        if self._handlers:
            self._handlers.clear()
            logging.captureWarnings(False)

    def install_hooks(self, on_crash: OnCrash) -> None:
        """Send every exception that nobody caught to the log and, as a report in plain text, to `on_crash`."""
        self._on_crash = on_crash
        if self._restore is None:
            before = sys.excepthook, threading.excepthook, sys.unraisablehook

            def restore() -> None:
                sys.excepthook, threading.excepthook, sys.unraisablehook = before

            self._restore = restore
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        sys.unraisablehook = self._on_unraisable

    def crashed(self, where: str, fault: BaseException) -> None:
        """Report an exception that someone else caught; `where` names the place, without text of the user's."""
        self._report(where, type(fault), fault, fault.__traceback__)

    def on_loop_exception(self, _loop: "asyncio.AbstractEventLoop", context: dict[str, Any]) -> None:
        """For `loop.set_exception_handler`."""
        fault = context.get("exception")
        if isinstance(fault, BaseException):
            self.crashed(str(context.get("message", "event loop")), fault)
        else:
            log.warning("event loop: %s", context.get("message", ""))

    def _on_exception(
        self, kind: type[BaseException], fault: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, fault, trace)
        else:
            self._report("main thread", kind, fault, trace)

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
            self._report("another thread", args.exc_type, args.exc_value, args.exc_traceback)

    def _on_unraisable(self, args: Any) -> None:
        if args.exc_value is not None:
            self._report(str(args.err_msg or "clean-up"), args.exc_type, args.exc_value, args.exc_traceback)

    def _report(
        self, where: str, kind: type[BaseException], fault: BaseException, trace: TracebackType | None
    ) -> None:
        if self._reporting:  # a fault of the reporting itself would come back here for ever
            return
        self._reporting = True
        try:
            log.error("unexpected exception in %s", where, exc_info=(kind, fault, trace))
            self._on_crash(redacted(crash_report(kind, fault, trace), self._secrets()))
        except Exception as second:  # noqa: BLE001  (the crash hook: whatever fails here must not hide the first fault)
            log.error("the report of a crash failed: %s", type(second).__name__)
        finally:
            self._reporting = False

    def _catch_faults(self, folder: Path) -> None:
        """Have crashes of the interpreter itself written down; its notes hold places in the code, no values."""
        import faulthandler

        path = folder / "faults.log"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        if os.fstat(descriptor).st_size > FILE_BYTES:
            os.ftruncate(descriptor, 0)
        self._fault_file = os.fdopen(descriptor, "a")
        faulthandler.enable(self._fault_file)


def _system() -> str:
    if hasattr(os, "uname"):
        facts = os.uname()
        return f"{facts.sysname} {facts.release} {facts.machine}"
    import platform

    return f"{platform.system()} {platform.release()} {platform.machine()}"


def no_core_dumps() -> None:
    """A dump of this process would hold keys and chats: have none written, where the system lets us say so."""
    try:
        import resource
    except ImportError:  # Windows writes none by itself
        return
    try:
        _, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    except (OSError, ValueError) as error:
        log.info("core dumps stay on: %s", error)


def no_looking_inside() -> None:
    """Keep other programs of the same user from reading this one's memory, where the system lets us say so.

    Linux: PR_SET_DUMPABLE, see prctl(2). Debuggers and core files of it are refused from then on.
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
