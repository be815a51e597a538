"""The model files of this computer: those in the program's own folder, and those that people added; loads none of them."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.text import shown

ENDING = ".gguf"
MOST = 500
"""Files of one folder that are looked at."""
DEEPEST = 3
_LATER_PART = re.compile(r"-(\d{5})-of-(\d{5})$")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """name: what people and conversations call it. own: it lies in the program's own folder."""

    name: str
    path: Path
    own: bool = False


class ModelFiles:
    """folder: the program's own. added: files and folders, as they are set now. Looks at the disk when asked."""

    def __init__(self, folder: Path, added: Callable[[], Sequence[str]] = tuple) -> None:
        self.folder = folder
        self._added = added

    def all(self) -> list[ModelFile]:
        """Every model file once, by name; where two have one name, the folder tells them apart."""
        found: dict[Path, bool] = {}
        for path in _files_in(self.folder):
            found.setdefault(path, True)
        for text in self._added():
            place = Path(text)
            for path in _files_in(place) if _is_folder(place) else [place] if _is_model(place) else []:
                found.setdefault(path, False)
        names = [path.stem for path in found]
        files = [ModelFile(_name(path, names.count(path.stem) > 1), path, own) for path, own in found.items()]
        return sorted(files, key=lambda file: file.name.casefold())

    def path_of(self, name: str) -> Path:
        """Where the model called `name` lies, the only one there is for ""; raises Fault with words for none."""
        files = self.all()
        if not name and len(files) == 1:
            return files[0].path
        for file in files:
            if name and name in (file.name, str(file.path)):
                return file.path
        if not files:
            raise Fault(
                FaultKind.SETTINGS,
                "There is no model on this computer yet.",
                hint="Add or fetch one in the preferences, under Models on this computer.",
            )
        said = (
            f"The model {shown(name)} is not on this computer any more."
            if name
            else "No model is chosen for this computer."
        )
        raise Fault(
            FaultKind.SETTINGS, said, hint=f"There is: {shown(', '.join(f.name for f in files[:3]))}."
        )


def _files_in(folder: Path) -> Iterable[Path]:
    """The model files in a folder and a little below; of a split model its first part."""
    return sorted(_walk(folder, DEEPEST))[:MOST]


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        try:
            if entry.is_dir(follow_symlinks=False):
                if depth > 1 and not entry.name.startswith("."):
                    yield from _walk(Path(entry.path), depth - 1)
            elif _is_model(Path(entry.path)):
                yield Path(entry.path)
        except OSError:
            continue


def _is_folder(path: Path) -> bool:
    """False also where that is not to be known: above it may be a folder that is closed to us by now."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _is_model(path: Path) -> bool:
    try:
        if path.suffix.lower() != ENDING or not path.is_file():
            return False
    except OSError:
        return False
    part = _LATER_PART.search(path.stem)
    return part is None or int(part[1]) == 1


def _name(path: Path, ambiguous: bool) -> str:
    return f"{path.stem} ({path.parent.name})" if ambiguous else path.stem
