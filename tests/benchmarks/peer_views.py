"""What two well-known chat programs on PySide6 take for the same work as this one's window; knows none of their modules.

VividNode (package pyqt_openai) and PyGPT (package pygpt_net) are measured when they are installed, each in its real chat
view (peer_vividnode.py, peer_pygpt.py say what stands around it); otherwise one line says that they are not. They are looked
for by the interpreter that PEERS_PYTHON names, this one where it names none, and first in the folders of PEERS_PATH, which
are separated as in PATH. It needs what their chat views import:

    PyGPT: PySide6 with its add-ons for the web page (and the libraries a browser needs of the system), pygpt-net without its
    dependencies, qt-material, markdown, python-markdown-math, beautifulsoup4, sqlalchemy, llama-index-core, packaging, psutil
    VividNode: PySide6, the folder of a source checkout in PEERS_PATH (its package on the index lacks the module of its
    view), qtpy, pyyaml, pyperclip, and of its services, which it imports at once: openai 1.68, g4f 0.5, litellm 1.63,
    llama-index 0.12, replicate, numpy, pyaudio, psutil, filetype, jinja2, requests

    PEERS_PYTHON=/path/to/python PEERS_PATH=/path/to/pyqt-openai make bench

All three take the same tokens, a hundred at a turn of the loop, and paint when they paint. CPU is that of the process and of
all that it starts, for a web page lives in other processes; memory likewise, what they share counted once. Of this program the
whole window with its chat file is measured, of the others the view alone. VividNode takes over 2 MB a message, so it is not
asked for 10,000.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measuring import HERE, Figure, environment, ratio_of

OWN = "own_view"
LIMIT_S = 600.0
"""For one run."""
GOAL = 1 / 2
Found = dict[str, float]


@dataclass(frozen=True)
class Peer:
    """Another program, and how much is asked of it: as much as it comes to an end with.

    view: the module that drives it. characters: of a reply as fast as it comes. messages: of the conversations to open.
    """

    name: str
    view: str
    characters: int
    messages: tuple[int, ...]
    rounds: int


PEERS = (
    Peer("VividNode", "peer_vividnode", 10_000, (800,), 1),
    Peer("PyGPT", "peer_pygpt", 50_000, (800, 10_000), 3),
)
PACED, RATE = 10_000, 250
"""Characters, and tokens a second, at a reader's pace."""
MANY = 1_000
"""More messages than that are opened once."""


class NotMeasured(Exception):
    """A line that says why there are no figures."""


@dataclass(frozen=True)
class Bench:
    """Runs views. folder: for what is made in passing."""

    folder: Path
    peers: Sequence[Peer] = PEERS

    def figures(self, rounds: int) -> tuple[list[Figure], list[str]]:
        """The rows, and a line for each program that has none or not all of its own."""
        rows: list[Figure] = []
        lines: list[str] = []
        for peer in self.peers:
            try:
                for row in self._rows(peer, min(rounds, peer.rounds)):
                    rows.append(row)  # those that came before one that cannot be had are kept
            except NotMeasured as why:
                lines.append(str(why))
        return rows, lines

    def _rows(self, peer: Peer, rounds: int) -> Iterator[Figure]:
        yield streamed(peer.characters, *self._in_turns(peer, rounds, "stream", peer.characters))
        yield paced(*self._in_turns(peer, rounds, "stream", PACED, "--rate", RATE))
        for messages in peer.messages:
            times = rounds if messages <= MANY else 1
            yield from opened(messages, *self._in_turns(peer, times, "open", messages))

    def _in_turns(self, peer: Peer, rounds: int, *work: object) -> tuple[str, list[Found], list[Found]]:
        """Whose figures these are, with its version; this program's and the other's, taken in turns."""
        ours, theirs = [], []
        whose = peer.name
        for _ in range(rounds):
            other = self.run(peer.name, peer.view, *work)
            whose = f"{peer.name} {other.pop('version')}"
            theirs.append({name: float(str(value)) for name, value in other.items()})
            own = self._own(*work)
            ours.append({name: float(str(value)) for name, value in own.items()})
        return whose, ours, theirs

    def _own(self, *work: object) -> dict[str, object]:
        """This program's turn, which is not to be missed in silence. Raises RuntimeError."""
        try:
            found = self.run("this program", OWN, *work)
        except NotMeasured as why:
            raise RuntimeError(str(why)) from why
        del found["version"]
        return found

    def run(self, name: str, view: str, *work: object) -> dict[str, object]:
        """What one run of one view found. Raises NotMeasured."""
        python = sys.executable if view == OWN else os.environ.get("PEERS_PYTHON") or sys.executable
        more: dict[str, str] = {}
        if view != OWN:
            base = environment(self.folder / "home")["PYTHONPATH"]
            more["PYTHONPATH"] = os.pathsep.join(
                part for part in (os.environ.get("PEERS_PATH"), base) if part
            )
            if os.geteuid() == 0:
                more["QTWEBENGINE_DISABLE_SANDBOX"] = "1"  # a browser does not start as root otherwise
        try:
            process = subprocess.Popen(
                [python, str(HERE / "peer_window.py"), view, *map(str, work)],
                env=environment(self.folder / f"home-{view}", **more),
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True,
            )  # fmt: skip
        except OSError as fault:
            raise NotMeasured(f"not installed: {name} ({fault.strerror}: {python})") from fault
        words = " ".join(map(str, work))
        try:
            said, complained = process.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired as fault:
            raise NotMeasured(f"not measured: {name}, {words} (more than {LIMIT_S:.0f} s)") from fault
        finally:
            _end(process)
        last = next((line for line in reversed(said.splitlines()) if line.startswith("{")), "")
        if process.returncode or not last:
            why = complained.strip().splitlines()[-1:] or [f"exit code {process.returncode}"]
            raise NotMeasured(f"not measured: {name}, {words} ({why[0]})")
        found = dict(json.loads(last))
        if "missing" in found:
            raise NotMeasured(f"not installed: {name} ({found['missing']})")
        return found


def streamed(characters: int, whose: str, ours: list[Found], theirs: list[Found]) -> Figure:
    """A reply as fast as it comes."""
    return _compared(
        f"CPU of {characters:,} characters in tokens of four as fast as they come ÷ {whose}, its chat view",
        [found["cpu"] for found in ours], [found["cpu"] for found in theirs], _seconds,
    )  # fmt: skip


def paced(whose: str, ours: list[Found], theirs: list[Found]) -> Figure:
    """A reply as fast as one reads; of one core."""
    return _compared(
        f"of one core, {RATE} tokens a second ÷ {whose}",
        *([100 * found["cpu"] / found["seconds"] for found in side] for side in (ours, theirs)), "{:.1f} %".format,
    )  # fmt: skip


def opened(messages: int, whose: str, ours: list[Found], theirs: list[Found]) -> list[Figure]:
    """A conversation, from the command on."""
    rows = [
        _compared(
            f"{words} {messages:,} messages ÷ {whose}",
            [found[name] for found in ours], [found[name] for found in theirs], shape,
        )
        for name, words, shape in (
            ("cpu", "CPU to the first paint of", _seconds),
            ("seconds", "time to the first paint of", _seconds),
            ("settled", "CPU until nothing moves any more, opening", _seconds),
            ("memory", "memory of all processes with", "{:.0f} MB".format),
        )
    ]  # fmt: skip
    grown = [statistics.median(found["memory"] - found["empty"] for found in side) for side in (ours, theirs)]
    rows[-1] = Figure(
        **vars(rows[-1]) | {"spread": f"{grown[0]:+.0f} and {grown[1]:+.0f} MB by opening them"}
    )
    return rows


def _compared(name: str, ours: list[float], theirs: list[float], shape: Callable[[float], str]) -> Figure:
    ratio, spread = ratio_of(ours, theirs)
    own, other = (shape(statistics.median(side)) for side in (ours, theirs))
    return Figure(name, own, other, ratio, GOAL, spread=spread if len(ours) > 1 else "")


def _seconds(value: float) -> str:
    return f"{value:.{2 if value >= 1 else 3}f} s"


def _end(process: "subprocess.Popen[str]") -> None:
    """A browser's processes go with the one that started them."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
