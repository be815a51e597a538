"""TaskScope: the one owner of every asyncio task in the program; knows nothing of what the tasks do."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

log = logging.getLogger(__name__)


class TaskScope:
    """Starts tasks, holds them until they end, and hears of every exception that nobody else caught.

    on_crash: called with the task's name and the exception; without it the exception is only logged. Tasks need a
    running loop at the moment of `spawn`, not before.
    """

    def __init__(self, on_crash: Callable[[str, BaseException], None] | None = None) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._on_crash = on_crash

    def spawn(self, coro: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Start `coro` as a task of this scope; it begins at the loop's next turn."""
        task = asyncio.get_running_loop().create_task(coro, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)
        return task

    async def close(self, patience_s: float = 2.0) -> bool:
        """Cancel every task and wait until all have ended, at most `patience_s` seconds; whether all did."""
        current = asyncio.current_task()
        left = {task for task in self._tasks if task is not current}
        for task in left:
            task.cancel()
        if not left:
            return True
        _, stuck = await asyncio.wait(left, timeout=patience_s)
        for task in stuck:
            log.warning("the task %s did not end in time", task.get_name())
        return not stuck

    def _on_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        fault = task.exception()  # also marks it as seen, so that asyncio does not report it again
        if fault is None:
            return
        log.error("the task %s ended in %s", task.get_name(), type(fault).__name__, exc_info=fault)
        if self._on_crash is not None:
            self._on_crash(task.get_name(), fault)
