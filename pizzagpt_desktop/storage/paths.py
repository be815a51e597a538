"""Where the program keeps its data, settings and log; does not know what is in them."""

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.storage.faults import file_fault
from pizzagpt_desktop.storage.files import private_folder

_NAME = "pizzagpt-desktop"


@dataclass(frozen=True, slots=True)
class Folders:
    """Three folders that exist and are only for this user; those of a temporary run vanish at `close`."""

    data: Path
    config: Path
    log: Path
    temporary: bool = False
    _holder: tempfile.TemporaryDirectory[str] | None = field(default=None, repr=False, compare=False)

    @property
    def chats(self) -> Path:
        """The file of all conversations."""
        return self.data / "chats.db"

    @property
    def spending(self) -> Path:
        """The file of what was spent."""
        return self.data / "spending.db"

    @property
    def models(self) -> Path:
        """The folder of model files that the program fetched; made when the first one is."""
        return self.data / "models"

    @property
    def preferences(self) -> Path:
        """The file of the settings."""
        return self.config / "preferences.json"

    @property
    def keys(self) -> Path:
        """The encrypted file of keys, where the user wants one."""
        return self.config / "keys.sealed"

    @property
    def learned(self) -> Path:
        """The file of what was learned of models."""
        return self.data / "learned.json"

    @property
    def window(self) -> Path:
        """The file of the window's place on the screen."""
        return self.config / "window.json"

    def close(self) -> None:
        """Remove the folders of a temporary run; the others stay. Close the store and the log before."""
        if self._holder is not None:
            self._holder.cleanup()

    def __enter__(self) -> "Folders":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def folders(data_dir: Path | None = None, temp: bool = False) -> Folders:
    """The folders of this run, made where missing. Raises `Fault(STORAGE)` with words where that fails.

    data_dir puts all three under one folder; temp puts them into a new one that `Folders.close` removes, and
    wins over data_dir. Without either they are where the platform keeps such things.
    """
    holder = None
    if temp:
        try:
            holder = tempfile.TemporaryDirectory(prefix=f"{_NAME}-", ignore_cleanup_errors=True)
        except OSError as error:
            raise file_fault(error, "A temporary folder cannot be made") from error
        places = _under(Path(holder.name))
    elif data_dir is not None:
        try:
            places = _under(data_dir.expanduser().absolute())
        except (OSError, RuntimeError) as error:
            raise Fault(
                FaultKind.STORAGE,
                f"The folder {str(data_dir)!r} cannot be found.",
                hint="Name an existing folder with --data-dir.",
            ) from error
    else:
        places = _of_platform()
    try:
        for place in places:
            private_folder(place)
    except Fault:
        if holder is not None:
            holder.cleanup()
        raise
    data, config, log = places
    return Folders(data=data, config=config, log=log, temporary=temp, _holder=holder)


def _under(root: Path) -> tuple[Path, Path, Path]:
    return root / "data", root / "config", root / "log"


def _of_platform() -> tuple[Path, Path, Path]:
    import platformdirs  # here, because importing this module should cost nothing

    home = os.environ.get("HOME")
    if os.name == "posix" and home is not None and not os.path.isabs(home):  # noqa: PTH117  ("" is no "." here)
        raise _no_home()
    try:
        dirs = platformdirs.PlatformDirs(_NAME, appauthor=False)
        places = (Path(dirs.user_data_dir), Path(dirs.user_config_dir), Path(dirs.user_log_dir))
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        raise _no_home() from error
    if not all(place.is_absolute() for place in places):
        raise _no_home()
    return places


def _no_home() -> Fault:
    return Fault(
        FaultKind.STORAGE,
        "The system does not say where your home folder is.",
        hint="Set HOME to your home folder, or name a folder with --data-dir.",
    )
