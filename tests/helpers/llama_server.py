"""Starts the real llama.cpp server in the test-only environment; knows no provider of ours."""

import os
import selectors
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COUNTERPARTS = ROOT / ".venv-counterparts" / "bin" / "python"
MODELS = ROOT / ".cache" / "models"
PARROT, LOOP = MODELS / "tiny-parrot.gguf", MODELS / "tiny-loop.gguf"


@dataclass(frozen=True)
class LlamaServer:
    """A running server. root: without /v1. key: what it wants as bearer token."""

    root: str
    key: str

    @property
    def base_url(self) -> str:
        return self.root + "/v1"


@contextmanager
def llama_server(
    model: Path = PARROT, *, key: str = "", context: int = 2048, parallel: int = 1
) -> Iterator[LlamaServer]:
    """Run the server while the block runs. Fails, with what to do, where `make test` has not prepared it."""
    for needed in (COUNTERPARTS, model):
        if not needed.exists():
            raise FileNotFoundError(f"{needed} is missing; run: python tests/helpers/prepare.py")
    command = [
        COUNTERPARTS,
        ROOT / "tests/helpers/serve_llama.py",
        model,
        "--ctx",
        str(context),
        "--parallel",
        str(parallel),
    ]
    with subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"GGML_NO_BACKTRACE": "1"},
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(key + "\n")
            process.stdin.flush()
            with selectors.DefaultSelector() as selector:
                selector.register(process.stdout, selectors.EVENT_READ)
                if not selector.select(timeout=30):
                    raise TimeoutError("the llama.cpp server said nothing for 30 seconds")
            line = process.stdout.readline()
            if not line.startswith("READY "):
                raise RuntimeError(f"the llama.cpp server did not start: {line!r}")
            yield LlamaServer(root=line.split()[1].rstrip("/"), key=key)
        finally:
            process.stdin.close()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
