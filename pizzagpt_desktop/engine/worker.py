"""The engine's process: loads one model and serves it on loopback until its parent is gone; knows no window.

Speaks lines of JSON: the order comes in first (see `engine.load`), then any line asks for a sign of life. Out go
`loading`, then `ready` with the address, or `refused`; `here` answers a line. It is a process of its own because the
native loader holds the interpreter while it reads a file, and aborts on some that are damaged.
"""

import json
import os
import sys
import threading
from typing import Any, BinaryIO

from pizzagpt_desktop.engine.load import Load, Order, read

ARGUMENT = "--engine-worker"
MISSING, REFUSED, BAD_ORDER = 3, 4, 5
"""Exit statuses: the engine is not installed, the model was not loaded, the order made no sense."""
_PR_SET_PDEATHSIG, _SIGKILL = 1, 9
_FIRST_TO_GO = b"600"
"""Where memory runs out, the system is to end this process and not the window's."""
_POLITE = 5
_EARS_BYTES = 256 * 1024


def main() -> int:
    """Serve one order; the exit status."""
    commands = os.fdopen(0, "rb", closefd=False)
    words = os.dup(1)
    os.dup2(2, 1)  # what native code prints is no word of ours
    try:
        order = read(commands.readline())
    except ValueError:
        return BAD_ORDER
    _prepare(order)
    _say(words, state="loading")
    threading.stack_size(_EARS_BYTES)
    threading.Thread(target=_listen, args=(commands, words), daemon=True).start()
    try:
        import xllamacpp
    except ImportError:
        _say(words, state="missing")
        return MISSING
    try:
        server = xllamacpp.Server(_settings(xllamacpp, order))
    except RuntimeError as error:
        _say(words, state="refused", words=str(error))
        return REFUSED
    _say(words, state="ready", address=server.listening_address.rstrip("/"))
    threading.Event().wait()  # `_listen` ends the process
    return 0


def _settings(xllamacpp: Any, order: Order) -> Any:
    load: Load = order.load
    settings = xllamacpp.CommonParams()
    settings.model.path = load.path
    settings.model_alias = {"local"}
    settings.hostnames = ["127.0.0.1"]
    settings.port = 0
    settings.api_keys = [order.key]
    settings.n_ctx = load.context
    settings.n_parallel = 1  # the context is divided among slots
    settings.n_gpu_layers = load.gpu_layers
    # One core is left to the window and everything else: threads that wait for each other crawl where one has none.
    threads = load.threads or max(1, settings.cpuparams.n_threads - 1)
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = threads
    settings.fit_params = False  # what was chosen is what is done
    settings.warmup = False
    settings.ui = False
    settings.offline = True
    settings.use_jinja = True
    settings.cache_ram_mib = 0  # one conversation's state is enough; the default may take 8 GB
    settings.verbosity = 1
    return settings


def _listen(commands: BinaryIO, words: int) -> None:
    """Answer every line; when no more can come, the parent is gone or has enough, and this process ends at once."""
    try:
        while commands.readline():
            _say(words, state="here")
    finally:
        os._exit(0)


def _say(line: int, **said: object) -> None:
    os.write(line, json.dumps(said).encode() + b"\n")


def _prepare(order: Order) -> None:
    """Die with the parent, leave no core file, be the first to give way, and keep within the memory allowed."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(_POLITE)
    if sys.platform.startswith("linux"):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL)
        if os.getppid() != order.parent:
            os._exit(0)  # it was gone before it could be watched
        _be_the_first_to_go()
        if (
            order.load.memory_limit
        ):  # of private memory: the model file itself is mapped, and counts only if changed
            resource.setrlimit(resource.RLIMIT_DATA, (order.load.memory_limit, order.load.memory_limit))


def _be_the_first_to_go() -> None:
    try:
        descriptor = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
    except OSError:
        return
    try:
        os.write(descriptor, _FIRST_TO_GO)
    except OSError:
        return  # a container may not allow it
    finally:
        os.close(descriptor)
