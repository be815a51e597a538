"""What a test of a route found, step by step, in words and without secrets; opens no connection."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pizzagpt_desktop.domain.trust import CertificateFacts


class State(StrEnum):
    """What became of a step."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


TITLES = {
    "route": "Route",
    "name": "Name look-up",
    "connection": "Connection",
    "proxy": "Proxy",
    "login": "Proxy login",
    "tls": "Secure connection",
    "answer": "Answer",
    "models": "Models",
    "word": "First word",
}
"""The steps in their order, and what people call them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. name: a key of `TITLES`. words: what was found. hint: what to do next, where it failed."""

    name: str
    state: State
    words: str
    hint: str = ""
    seconds: float | None = None

    @property
    def title(self) -> str:
        return TITLES[self.name]

    @property
    def took(self) -> str:
        """The time as it is shown, "" where none was taken."""
        if self.seconds is None:
            return ""
        if self.seconds < 0.0995:
            return f"{self.seconds * 1000:.0f} ms"
        return f"{self.seconds:.1f} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A whole test. route: where it went, in words. certificate: one signed by itself, which the user may trust.

    place: host and port that showed it, see `domain.trust.place_of`.
    """

    route: str
    steps: tuple[Step, ...]
    models: tuple[str, ...] = ()
    certificate: CertificateFacts | None = None
    place: str = ""

    @property
    def failed(self) -> Step | None:
        """The step that failed, if one did; nothing after it was tried."""
        return next((step for step in self.steps if step.state is State.FAILED), None)

    @property
    def words(self) -> str:
        """What came of it, in a sentence or two."""
        failed = self.failed
        if failed is None:
            seconds = sum(step.seconds or 0.0 for step in self.steps)
            models = len(self.models)
            offer = f" It offers {models} model{'' if models == 1 else 's'}." if models else ""
            return f"Works. {self.route or 'It'} answered, all steps in {seconds:.1f} s.{offer}"
        return " ".join(part for part in (f"{failed.title}: {failed.words}", failed.hint) if part)

    def text(self, head: Iterable[str] = ()) -> str:
        """The report as people send it to others: plain text, nothing secret in it."""
        lines = [*head, f"Route: {self.route or 'not known'}"]
        marks = {State.OK: "ok", State.FAILED: "FAILED", State.SKIPPED: "-"}
        for step in self.steps:
            took = f" ({step.took})" if step.took else ""
            lines.append(f"{step.title + ':':<19}{marks[step.state]:<7}{step.words}{took}")
            if step.hint:
                lines.append(f"{'':<26}{step.hint}")
        if self.certificate is not None:
            lines.append(f"Certificate of {self.place}, SHA-256: {self.certificate.fingerprint}")
        return "\n".join(lines) + "\n"

    def facts(self) -> dict[str, Any]:
        """What a program reads."""
        return {
            "ok": self.failed is None,
            "route": self.route,
            "message": self.words,
            "steps": [
                {
                    "step": step.name,
                    "state": step.state.value,
                    "words": step.words,
                    "hint": step.hint,
                    "seconds": None if step.seconds is None else round(step.seconds, 4),
                }
                for step in self.steps
            ],
            "models": [str(model) for model in self.models],
            "certificate": None
            if self.certificate is None
            else {
                "place": self.place,
                "subject": self.certificate.subject,
                "issuer": self.certificate.issuer,
                "begins": self.certificate.begins,
                "ends": self.certificate.ends,
                "sha256": self.certificate.fingerprint,
            },
        }
