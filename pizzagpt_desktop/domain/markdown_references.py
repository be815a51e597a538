"""What the definitions of a text say of its links and footnotes, and which were asked for in vain; knows no parser."""

from itertools import chain
from typing import Any

Entry = dict[str, Any]


class References:
    """Label -> definition, in the form in which markdown-it-py keeps it; the first of one label counts.

    before: the definitions of what was read earlier. They stand for good; those found now may yet turn out
    to be something else, until `settle` takes them over.
    """

    __slots__ = ("_before", "_found", "answers", "known_readings", "missed", "open_formula", "repeated")

    def __init__(self, before: "References | None" = None) -> None:
        self._before: dict[str, Entry] = before._found if before is not None else {}
        self._found: dict[str, Entry] = {}
        self.missed: set[str] = set()
        """Labels that were asked for and not known."""
        self.answers: dict[str, Entry] = {}
        """What was answered from what was found now, which may turn out to be something else."""
        self.open_formula: int | None = None
        """The line where a formula begins that further lines may close."""
        self.repeated: tuple[int, ...] = ()
        """The lines where definitions begin whose label had one already."""
        self.known_readings: dict[str, Any] = before.known_readings if before is not None else {}
        """What long texts read as where no answer can change any more; for `markdown_inline`."""

    def __contains__(self, label: str) -> bool:
        return label in self._found or label in self._before

    def __setitem__(self, label: str, entry: Entry) -> None:
        self._found[label] = entry

    def get(self, label: str, default: Entry | None = None) -> Entry | None:
        """The definition of `label`; `missed` and `answers` remember what was asked."""
        entry = self._before.get(label)
        if entry is not None:
            return entry
        entry = self._found.get(label)
        if entry is None:
            if label:
                self.missed.add(label)
            return default
        self.answers[label] = entry
        return entry

    def still_answers(self, answers: dict[str, Entry]) -> bool:
        """Whether the same is said of these labels now, wherever that stands."""
        return all(
            (entry := self._before.get(label) or self._found.get(label)) is not None
            and {**entry, "map": None} == {**answer, "map": None}
            for label, answer in answers.items()
        )

    def last_line(self, limit: float) -> int:
        """Where the last definition that was found begins, no later than `limit`; -1 where there is none."""
        lines = chain((entry["map"][0] for entry in self._found.values()), self.repeated)
        return max((line for line in lines if line <= limit), default=-1)

    def settle(self, found: "References", end: float = float("inf")) -> None:
        """Take over for good what `found` has before line `end`."""
        for label, entry in found._found.items():
            if entry["map"][0] < end:
                self._found.setdefault(label, entry)
