"""What this computer can run models with: their files, and the engine; knows who may ask, and nothing of conversations."""

import asyncio
import importlib.util
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.local import LocalSettings
from pizzagpt_desktop.engine.catalogue import NAME, Catalogue, read_catalogue
from pizzagpt_desktop.engine.child import Spawn
from pizzagpt_desktop.engine.engine import Engine, Seats, load_of
from pizzagpt_desktop.engine.fetches import Fetches
from pizzagpt_desktop.engine.fetching import Way
from pizzagpt_desktop.engine.files import ModelFile, ModelFiles
from pizzagpt_desktop.engine.gguf import NotAModel, read_head
from pizzagpt_desktop.engine.load import Load
from pizzagpt_desktop.engine.look import ModelFacts, cannot_answer, look_at
from pizzagpt_desktop.engine.memory import usual_context

Mark = tuple[int, int, int]
"""What tells that a file is another one: when it changed, its size, and which it is."""
_PACKAGE = Path(__file__).resolve().parents[1]


class Computer:
    """folder: the program's own models. settings: those of the moment. seats: see `engine.Seats`, made when needed.

    way: how model files are fetched, see `fetching.Way`.
    """

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
        self._judged: dict[str, tuple[Path, Mark, int]] = {}
        self.way: Way = lambda url: (None, None)

    @cached_property
    def engine(self) -> Engine:
        """Made with the first use; starts no process by itself."""
        return Engine(self._spawn, self._seats(), self._command)

    async def load_for(self, model: str) -> Load:
        """What to load for the model of this name: its head is judged before native code sees the file.

        Raises Fault. A file is judged once, and again when it changed.
        """
        known = self._judged.get(model)
        if known is not None and _mark(known[0]) == known[1]:
            path, _, usual = known
        else:
            path, mark, usual = await asyncio.to_thread(self._judge, model)
            self._judged[model] = path, mark, usual
        local = self.settings()
        return load_of(path, local.context or usual, local.threads, local.gpu_layers, local.memory_limit)

    def _judge(self, model: str) -> tuple[Path, Mark, int]:
        path = self.files.path_of(model)
        mark = _mark(path)
        try:
            head = read_head(path)
        except NotAModel as refusal:
            hint = "Choose another model, or fetch the file again."
            raise Fault(FaultKind.ENGINE, str(refusal), hint=hint) from None
        if why := cannot_answer(head):
            raise Fault(FaultKind.ENGINE, why, hint="Choose another model.")
        return path, mark, usual_context(head)

    @cached_property
    def fetches(self) -> Fetches:
        """Made with the first use; asks nothing of any server by itself."""
        return Fetches(self._spawn, self.files.folder, lambda url: self.way(url))

    @cached_property
    def catalogue(self) -> Catalogue:
        """What can be fetched, as the program knows it."""
        inside = _PACKAGE / "resources"
        return read_catalogue((inside if inside.is_dir() else _PACKAGE.parent / "resources") / NAME)

    @property
    def has_engine(self) -> bool:
        """Whether the engine is installed: it has no wheels for some systems."""
        return importlib.util.find_spec("xllamacpp") is not None

    def look(self, local: LocalSettings, done: Callable[[list[ModelFacts]], None]) -> Callable[[], None]:
        """Look at all model files, with these settings in place of the kept ones, beside the loop; then call `done`.

        The returned call cancels.
        """
        files = ModelFiles(self.files.folder, lambda: local.files)

        async def run() -> None:
            done(await asyncio.to_thread(lambda: look_at(files.all(), local.context)))

        task = self._spawn(run(), "models")
        return lambda: _cancel(task)

    def drop_fetch(self, file: str, done: Callable[[], None]) -> None:
        """Forget what was begun of `file`; then call `done`."""

        async def run() -> None:
            await self.fetches.drop(file)
            done()

        self._spawn(run(), "drop")

    def delete(self, file: ModelFile) -> None:
        """Delete a file of the program's own folder, and what is known of it; raises OSError."""
        if not file.own:
            raise ValueError("only what the program fetched is its own to delete")
        file.path.unlink(missing_ok=True)
        file.path.with_name(file.path.name + ".json").unlink(missing_ok=True)

    async def close(self) -> None:
        """End the engine's process, if there is one."""
        if "engine" in self.__dict__:
            await self.engine.close()


def _cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()


def _mark(path: Path) -> Mark:
    try:
        facts = path.stat()
    except OSError:
        return (0, 0, 0)
    return facts.st_mtime_ns, facts.st_size, facts.st_ino
