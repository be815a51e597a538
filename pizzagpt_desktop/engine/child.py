"""One run of the engine's process, from its start to its end, watched from here; knows no conversation and no setting.

However it ends - stopped, refused, crashed, killed by the system - `ending` says so in words for people.
"""

import asyncio
import contextlib
import json
import logging
import os
import secrets
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Protocol

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.text import shown
from pizzagpt_desktop.engine.load import Load, Order, written
from pizzagpt_desktop.engine.words import amount
from pizzagpt_desktop.engine.worker import ARGUMENT, MISSING

END_S = 1.0
"""How long the process may take to end by itself."""
_LAST_WORDS = 4096
_KEY_BYTES = 32
ALLOW_MORE = "Allow more in the preferences, under Models on this computer, or choose a smaller model."
_CRASHES = frozenset({"SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP"})

log = logging.getLogger(__name__)


class Spawn(Protocol):
    """Starts a task that somebody owns: see `chat.tasks.TaskScope.spawn`."""

    def __call__(self, coro: Coroutine[Any, Any, Any], name: str) -> "asyncio.Task[Any]": ...


def worker_command() -> list[str]:
    """How to start our own program as the engine's process, frozen or not."""
    if getattr(sys, "frozen", False):
        return [sys.executable, ARGUMENT]
    return [sys.executable, "-m", "pizzagpt_desktop", ARGUMENT]


class Child:
    """A process that serves `load`. address and key: where and how, once `until_ready` has returned."""

    def __init__(
        self,
        load: Load,
        spawn: Spawn,
        command: Sequence[str],
        on_end: Callable[["Child"], None] = lambda child: None,
    ) -> None:
        self.load = load
        self.key = secrets.token_urlsafe(_KEY_BYTES)
        self.address = ""
        self.ending: Fault | None = None
        """Why it is gone; None while it lives."""
        self.heard_at = 0.0
        """When it last gave a sign of life, by the loop's clock."""
        self._spawn = spawn
        self._command = command
        self._on_end = on_end
        self._process: asyncio.subprocess.Process | None = None
        self._wanted_to_end = False
        self._last_words = b""
        self._said_missing = False
        self._ready = asyncio.Event()
        self._gone = asyncio.Event()

    @property
    def name(self) -> str:
        """The model's file name without its ending."""
        return Path(self.load.path).stem

    @property
    def process_id(self) -> int | None:
        return self._process.pid if self._process is not None else None

    @property
    def was_ended(self) -> bool:
        """Whether it ended because it was told to."""
        return self._wanted_to_end

    @property
    def is_ready(self) -> bool:
        """Whether it answers requests."""
        return bool(self.address) and self.ending is None

    async def start(self) -> None:
        """Start the process; where the system cannot, `until_ready` raises why: this may run for nobody any more."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("LLAMA_", "GGML_"))
        }
        environment["GGML_NO_BACKTRACE"] = "1"  # its own crash reports start a debugger
        pipe = asyncio.subprocess.PIPE
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment
            )
        except OSError as error:
            self._end(Fault(FaultKind.ENGINE, f"The model process could not be started: {error.strerror}."))
            return
        self.heard_at = asyncio.get_running_loop().time()
        self._tell(written(Order(self.load, self.key, os.getpid())))
        watching = self._spawn(self._watch(self._process), f"engine {self._process.pid}")
        watching.add_done_callback(lambda _: self._let_go())  # also where it was cancelled before it began
        log.info("the model process %s loads", self._process.pid)
        if self._wanted_to_end:
            self.kill()

    async def until_ready(self) -> None:
        """Wait until the model is loaded; raises the fault that ended the process before."""
        await self._ready.wait()
        if self.ending is not None:
            raise self.why()

    async def until_gone(self, patience_s: float) -> bool:
        """Whether the process ends within so many seconds."""
        try:
            async with asyncio.timeout(patience_s):
                await self._gone.wait()
        except TimeoutError:
            return False
        return True

    def ask_for_a_sign(self) -> None:
        """Have the process say that it is there; `heard_at` tells."""
        self._tell(b"\n")

    async def stop(self) -> None:
        """End the process, and wait until it is gone, and nothing of it is left with the system either."""
        self._wanted_to_end = True
        process = self._process
        if process is None:
            return
        if not self._gone.is_set():
            if process.stdin is not None:
                process.stdin.close()
            if not await self.until_gone(END_S):
                self.kill()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await process.wait()

    def kill(self) -> None:
        """End the process at once, without waiting."""
        self._wanted_to_end = True
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    def _tell(self, line: bytes) -> None:
        process = self._process
        if process is not None and process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(line)

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        errors = self._spawn(self._keep_last_words(process), f"engine {process.pid} errors")
        while process.stdout is not None and (line := await process.stdout.readline()):
            self._hear(line)
        status = await process.wait()
        await errors
        self._end(self._fault_of(status))

    def _let_go(self) -> None:
        """Whoever watched it is gone."""
        self.kill()
        self._end(Fault(FaultKind.ENGINE, "The model process was stopped."))

    def _hear(self, line: bytes) -> None:
        self.heard_at = asyncio.get_running_loop().time()
        try:
            said = json.loads(line)
        except ValueError:
            return
        match said:
            case {"state": "ready", "address": str(address)}:
                self.address = address
                self._ready.set()
            case {"state": "missing"}:
                self._said_missing = True

    async def _keep_last_words(self, process: asyncio.subprocess.Process) -> None:
        while process.stderr is not None and (piece := await process.stderr.read(_LAST_WORDS)):
            self._last_words = (self._last_words + piece)[-_LAST_WORDS:]

    def _end(self, fault: Fault) -> None:
        if self.ending is None:
            self.ending = fault
            log.info("the model process ended: %s", fault.detail)
            self._ready.set()
            self._gone.set()
            self._on_end(self)

    def why(self) -> Fault:
        """The fault that says how it ended, anew: it may be raised."""
        ending = self.ending or Fault(FaultKind.ENGINE)
        return Fault(ending.kind, ending.detail, hint=ending.hint)

    def _fault_of(self, status: int) -> Fault:
        """The end in words; status as `subprocess` gives it, negative for a signal."""
        if self._said_missing or status == MISSING:
            return Fault(
                FaultKind.ENGINE,
                "The engine for models on this computer is not installed here.",
                hint="Use a model server instead: Ollama, LM Studio or llama.cpp, as a service of its own.",
            )
        if self._wanted_to_end:
            return Fault(FaultKind.ENGINE, "The model process was stopped.")
        if not self.address and status > 0:
            why, hint = self._refusal()
            return Fault(
                FaultKind.ENGINE, f"The model {shown(self.name)} could not be loaded: {why}", hint=hint
            )
        cause = self._cause(status)
        hint = ALLOW_MORE if "you allow" in cause else "Start it again."
        return Fault(FaultKind.ENGINE, f"The model process ended ({cause}).", hint=hint)

    def _cause(self, status: int) -> str:
        name = ""
        with contextlib.suppress(ValueError):
            name = signal.Signals(-status).name
        limit = self.load.memory_limit
        if limit and name in _CRASHES:  # the engine has no words of its own for memory that it does not get
            return f"it crashed; it may need more memory than the {amount(limit)} you allow"
        if name == "SIGKILL":
            return "out of memory, or ended by another program"
        if name in _CRASHES:
            return "out of memory" if _speaks_of_memory(self._last_words) else f"it crashed, {name}"
        return name or f"status {status}"

    def _refusal(self) -> tuple[str, str]:
        """Why the model was not loaded, and what to do about it."""
        said, limit = self._complaint(), self.load.memory_limit
        of_memory = _speaks_of_memory(said.encode() if said else self._last_words)
        if limit and (of_memory or not said):  # what it does not get, the engine seldom has words for
            return (
                f"it may need more memory than the {amount(limit)} you allow.",
                ALLOW_MORE,
            )
        if of_memory:
            return (
                said or "there is not enough memory for it.",
                "Choose a shorter context or a smaller model, or close other programs.",
            )
        return (
            said or "the engine does not say why.",
            "The file may be damaged or of a kind this engine does not know. Choose another model.",
        )

    def _complaint(self) -> str:
        """The engine's own last error, without its time stamp; "" where it has none."""
        for line in self._last_words.decode("utf-8", "replace").splitlines():
            _, found, said = line.partition("error loading model: ")
            if found:
                return f"{shown(said)}."
        return ""


def _speaks_of_memory(words: bytes) -> bool:
    return any(hint in words for hint in (b"alloc", b"memory"))
