"""`make demo`: the program on the tiny model of the tests, so that the way from Enter to a saved reply is seen offline.

The model has random weights and recites a fixed text: it proves the machinery and does not think. The conversations lie
in .cache/demo, apart from anybody's own.

python -m tests.helpers.demo [--headless]      --headless asks once from the command line and prints the reply
"""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from pizzagpt_desktop.domain.local import LocalSettings
from pizzagpt_desktop.domain.preferences import Preferences, ServiceSettings
from pizzagpt_desktop.storage.paths import folders
from pizzagpt_desktop.storage.preferences import load, save
from tests.helpers.llama_server import MODELS

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / ".cache" / "demo"
MODEL = MODELS / "tiny-parrot.gguf"
LABEL = "Demo: recites a fixed text, does not think"


def prepare(place: Path = PLACE) -> None:
    """Preferences that let the tiny model answer."""
    if not MODEL.exists():
        raise FileNotFoundError(f"{MODEL} is missing; run: python tests/helpers/prepare.py")
    service = ServiceSettings(provider="local", label=LABEL, model=MODEL.stem, temperature=0.0)
    with folders(place) as found:
        before = load(found.preferences).preferences if found.preferences.exists() else Preferences()
        save(
            found.preferences,
            replace(
                before,
                service="demo",
                services={"demo": service},
                local=LocalSettings(files=(str(MODEL),), threads=1),
            ),
        )


def main(words: list[str]) -> int:
    prepare()
    print(f"{LABEL}.", flush=True)
    program = [sys.executable, "-m", "pizzagpt_desktop"]
    if "--headless" in words:
        return subprocess.call([*program, "ask", "Hello?", "--data-dir", str(PLACE)])
    return subprocess.call([*program, "--data-dir", str(PLACE)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
