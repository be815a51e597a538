"""The form of what is asked of the model: temperature, top p, length, seed, stop; knows no service."""

from dataclasses import replace
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from pizzagpt_desktop.domain.asking import Asking
from pizzagpt_desktop.domain.preferences import ServiceSettings
from pizzagpt_desktop.ui.preferences.fields import Field, line, lines, number, whole_number

TEMPERATURE_WORDS = "Temperature is a number from 0 to 2."
TOP_P_WORDS = "Top p is a number from 0 to 1."
MAX_TOKENS_WORDS = "The longest reply is a whole number from 1, in tokens."
SEED_WORDS = "The seed is a whole number."
_MOST = 2**31 - 1
_OWN = "the service's own"
Asked = TypeVar("Asked", ServiceSettings, Asking)


class Parameters(QWidget):
    """An empty field leaves the choice to the service. Only the parameters that a provider takes are shown."""

    def __init__(self, prefix: str = "") -> None:
        """prefix: of the controls' names."""
        super().__init__()
        self.temperature = line(f"{prefix}temperature", "Temperature", placeholder=_OWN)
        self.top_p = line(f"{prefix}top_p", "Top p", placeholder=_OWN)
        self.max_tokens = line(f"{prefix}max_tokens", "Longest reply", placeholder=_OWN)
        self.seed = line(f"{prefix}seed", "Seed", placeholder=_OWN)
        self.stop = lines(f"{prefix}stop_words", "Stop at", 2)
        self.fields = {
            "temperature": Field(
                self.temperature,
                f"{prefix}temperature",
                "Temperature",
                "0 to 2. Low is steady, high is free.",
            ),
            "top_p": Field(self.top_p, f"{prefix}top_p", "Top p", "0 to 1. Low keeps to likely words."),
            "max_tokens": Field(
                self.max_tokens, f"{prefix}max_tokens", "Longest reply", "In tokens, about ¾ of a word each."
            ),
            "seed": Field(self.seed, f"{prefix}seed", "Seed", "The same number asks for the same reply."),
            "stop": Field(
                self.stop,
                f"{prefix}stop_words",
                "Stop at",
                "One text a line. The reply ends where one comes up.",
            ),
        }
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(16)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        top = Qt.AlignmentFlag.AlignTop
        for place, name in enumerate(("temperature", "top_p", "max_tokens", "seed")):
            grid.addWidget(self.fields[name], place // 2, place % 2, top)
        grid.addWidget(self.fields["stop"], 2, 0, 1, 2)

    def show_only(self, names: frozenset[str]) -> None:
        """Show the parameters of this provider."""
        for name, field in self.fields.items():
            field.setVisible(name in names)
        self.setVisible(any(name in names for name in self.fields))

    def show_inherited(self, held: Asking) -> None:
        """In the empty fields: what holds where they stay empty."""
        for edit, value in (
            (self.temperature, held.temperature),
            (self.top_p, held.top_p),
            (self.max_tokens, held.max_tokens),
            (self.seed, held.seed),
        ):
            edit.setPlaceholderText(_OWN if value is None else _written(value))
        self.stop.setPlaceholderText("\n".join(held.stop))

    def load(self, settings: ServiceSettings | Asking) -> None:
        """Show these settings."""
        for edit, value in (
            (self.temperature, settings.temperature),
            (self.top_p, settings.top_p),
            (self.max_tokens, settings.max_tokens),
            (self.seed, settings.seed),
        ):
            edit.setText("" if value is None else _written(value))
        self.stop.setPlainText("\n".join(settings.stop))
        for field in self.fields.values():
            field.set_error("")

    def into(self, settings: Asked) -> Asked:
        """`settings` with what was entered. Raises ValueError with words."""
        return replace(
            settings,
            temperature=self._temperature(),
            top_p=self._top_p(),
            max_tokens=self._max_tokens(),
            seed=self._seed(),
            stop=tuple(text for text in self.stop.toPlainText().splitlines() if text.strip()),
        )

    def is_right(self) -> bool:
        """Whether it can be used; if not, the field at fault says why."""
        right = self.fields["temperature"].check(self._temperature)
        right &= self.fields["top_p"].check(self._top_p)
        right &= self.fields["max_tokens"].check(self._max_tokens)
        return right & self.fields["seed"].check(self._seed)

    def _temperature(self) -> float | None:
        return number(self.temperature.text(), 0, 2, TEMPERATURE_WORDS)

    def _top_p(self) -> float | None:
        return number(self.top_p.text(), 0, 1, TOP_P_WORDS)

    def _max_tokens(self) -> int | None:
        return whole_number(self.max_tokens.text(), 1, _MOST, MAX_TOKENS_WORDS)

    def _seed(self) -> int | None:
        return whole_number(self.seed.text(), -(2**63), 2**63 - 1, SEED_WORDS)


def _written(value: float) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
