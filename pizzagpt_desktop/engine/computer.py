"""What this computer can run models with: their files, and the engine; knows who may ask, and nothing of conversations."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

from pizzagpt_desktop.domain.local import LocalSettings
from pizzagpt_desktop.engine.child import Spawn
from pizzagpt_desktop.engine.engine import Engine, Seats
from pizzagpt_desktop.engine.files import ModelFiles


class Computer:
    """folder: the program's own models. settings: those of the moment. seats: see `engine.Seats`, made when needed."""

    def __init__(
        self,
        spawn: Spawn,
        folder: Path,
        settings: Callable[[], LocalSettings],
        seats: Callable[[], Seats | None] = lambda: None,
        command: Sequence[str] | None = None,
    ) -> None:
        self.files = ModelFiles(folder, lambda: settings().files)
        self.settings = settings
        self._spawn = spawn
        self._seats = seats
        self._command = command

    @cached_property
    def engine(self) -> Engine:
        """Made with the first use; starts no process by itself."""
        return Engine(self._spawn, self._seats(), self._command)

    async def close(self) -> None:
        """End the engine's process, if there is one."""
        if "engine" in self.__dict__:
            await self.engine.close()
