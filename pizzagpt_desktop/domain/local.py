"""How a model on this computer is to be run and asked, as values; knows no engine and no file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSettings:
    """What people set for a model that runs inside the program.

    files: model files and folders of them, beside the program's own folder. context: tokens, 0 for the usual. threads: 0 for the engine's own choice. gpu_layers: -1 for as many as fit.
    memory_limit: bytes the model's process may take beside the file itself, 0 for no limit. idle_minutes: how long an
    unused model stays loaded, 0 for ever. top_k ≥ 0, min_p 0–1, repeat_penalty > 0, or None for the engine's own.
    answer_form: a JSON schema or a grammar (GBNF) that every answer has to follow, "" for none. thinking: whether a
    model that can think aloud does; None leaves it to the model.
    """

    files: tuple[str, ...] = ()
    context: int = 0
    threads: int = 0
    gpu_layers: int = -1
    memory_limit: int = 0
    idle_minutes: int = 10
    top_k: int | None = None
    min_p: float | None = None
    repeat_penalty: float | None = None
    answer_form: str = ""
    thinking: bool | None = None


NO_LOCAL = LocalSettings()
