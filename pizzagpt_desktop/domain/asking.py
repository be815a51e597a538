"""What is asked of a model beside the words, and how it is inherited: conversation, persona, service, program; sends nothing."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Instructions and parameters; "", None and () leave the choice to what stands above, at last to the service.

    temperature 0–2, top_p 0–1, max_tokens ≥ 1. stop: the reply ends where one of these texts comes up.
    """

    system_prompt: str = ""
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona(Asking):
    """What is asked under a name. label: the name people see, "" for the one it is kept under."""

    label: str = ""


NOTHING_ASKED = Asking()
NAMES = tuple(field.name for field in fields(Asking))


def is_set(asking: object, name: str) -> bool:
    """Whether `asking` says something of its own about one of `NAMES`."""
    value = getattr(asking, name)
    return bool(value.strip()) if isinstance(value, str) else value is not None and value != ()


def inherited(*levels: object) -> Asking:
    """What holds of several levels, the nearest first. Each has the fields of `Asking`."""
    held = {}
    for name in NAMES:
        for level in levels:
            if is_set(level, name):
                held[name] = getattr(level, name)
                break
    return Asking(**held)
