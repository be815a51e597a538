"""The form of how models on this computer are run and asked: context, threads, memory, sampling; knows no model."""

import sys
from dataclasses import replace

from PySide6.QtWidgets import QVBoxLayout, QWidget

from pizzagpt_desktop.domain.local import LocalSettings
from pizzagpt_desktop.ui.preferences.fields import Field, Pair, choice, line, lines, number, whole_number

CONTEXT_WORDS = "The context is a whole number of tokens from 256."
THREADS_WORDS = "Threads are a whole number from 1 to 1024."
LAYERS_WORDS = "Layers are a whole number from 0."
IDLE_WORDS = "Minutes are a whole number from 0 to 1440; 0 keeps the model loaded."
MEMORY_WORDS = "The limit is a number of gigabytes, at least 0.2."
TOP_K_WORDS = "Top k is a whole number from 0."
MIN_P_WORDS = "Min p is a number from 0 to 1."
PENALTY_WORDS = "The penalty is a number from 0.1 to 10."
FORM_WORDS = "Enter a JSON schema (it begins with {) or a grammar with rules like root ::= …"
_GIGABYTE = 1_000_000_000
_OWN = "the engine's own"
_SHOWN_ONLY = {"layers": sys.platform == "darwin", "memory": sys.platform.startswith("linux")}
"""Only macOS's engine can use the graphics chip; only Linux holds a process to a limit of its memory."""
_THINKING = ((None, "As the model does"), (True, "On"), (False, "Off"))


class ModelSettings(QWidget):
    """An empty field leaves the choice to the engine."""

    def __init__(self) -> None:
        super().__init__()
        self.context = line("local_context", "Context length", placeholder="4096, or what the model allows")
        self.threads = line("local_threads", "Threads", placeholder="all cores but one")
        self.layers = line("local_layers", "GPU layers", placeholder="as many as fit")
        self.idle = line("local_idle", "Unload after", placeholder="10")
        self.memory = line("local_memory", "Memory limit", placeholder="none")
        self.top_k = line("local_top_k", "Top k", placeholder=_OWN)
        self.min_p = line("local_min_p", "Min p", placeholder=_OWN)
        self.penalty = line("local_penalty", "Repeat penalty", placeholder=_OWN)
        self.thinking = choice("local_thinking", "Thinking aloud")
        for value, words in _THINKING:
            self.thinking.addItem(words, value)
        self.form = lines("local_form", "Form of every answer", 3)
        self.fields = {
            "context": Field(
                self.context, "local_context", "Context length", "Tokens the model can look back on."
            ),
            "idle": Field(self.idle, "local_idle", "Unload after", "Minutes without use; 0 keeps it loaded."),
            "threads": Field(self.threads, "local_threads", "Threads", "More are faster, up to your cores."),
            "memory": Field(
                self.memory, "local_memory", "Memory limit", "Gigabytes beside the model file itself."
            ),
            "layers": Field(
                self.layers, "local_layers", "GPU layers", "How many of the model's layers it takes."
            ),
            "thinking": Field(self.thinking, "local_thinking", "Thinking aloud", "For models that know how."),
            "top_k": Field(self.top_k, "local_top_k", "Top k", "Choose among so many words. 40 is usual."),
            "min_p": Field(
                self.min_p, "local_min_p", "Min p", "Leave out words less likely than this share."
            ),
            "penalty": Field(
                self.penalty, "local_penalty", "Repeat penalty", "Above 1 avoids saying it again."
            ),
            "form": Field(
                self.form,
                "local_form",
                "Form of every answer",
                "A JSON schema or a grammar, empty for free text.",
            ),
        }
        for name, shown in _SHOWN_ONLY.items():
            if not shown:
                self.fields[name].hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        all_shown = [
            field for name, field in self.fields.items() if name != "form" and _SHOWN_ONLY.get(name, True)
        ]
        for first, second in zip(all_shown[::2], all_shown[1::2], strict=False):
            column.addWidget(Pair(first, second))
        if len(all_shown) % 2:
            column.addWidget(all_shown[-1])
        column.addWidget(self.fields["form"])
        self._loaded = LocalSettings()

    def load(self, local: LocalSettings) -> None:
        """Show these settings."""
        self._loaded = local
        self.context.setText(_shown(local.context))
        self.threads.setText(_shown(local.threads))
        self.layers.setText("" if local.gpu_layers < 0 else str(local.gpu_layers))
        self.idle.setText(str(local.idle_minutes))
        self.memory.setText(f"{local.memory_limit / _GIGABYTE:g}" if local.memory_limit else "")
        self.top_k.setText("" if local.top_k is None else str(local.top_k))
        self.min_p.setText("" if local.min_p is None else f"{local.min_p:g}")
        self.penalty.setText("" if local.repeat_penalty is None else f"{local.repeat_penalty:g}")
        self.thinking.setCurrentIndex([value for value, _ in _THINKING].index(local.thinking))
        self.form.setPlainText(local.answer_form)

    def is_right(self) -> bool:
        """Whether all can be used; if not, the fields say why."""
        readers = {
            "context": self._context,
            "threads": self._threads,
            "layers": self._layers,
            "idle": self._idle,
            "memory": self._memory,
            "top_k": self._top_k,
            "min_p": self._min_p,
            "penalty": self._penalty,
            "form": self._form,
        }
        wrong = [name for name, read in readers.items() if not self.fields[name].check(read)]
        return not wrong

    def settings(self) -> LocalSettings:
        """What was entered, the files as they were loaded. Raises ValueError with words."""
        return replace(
            self._loaded,
            context=self._context() or 0,
            threads=self._threads() or 0,
            gpu_layers=self._layers(),
            idle_minutes=self._idle(),
            memory_limit=self._memory(),
            top_k=self._top_k(),
            min_p=self._min_p(),
            repeat_penalty=self._penalty(),
            thinking=self.thinking.currentData(),
            answer_form=self._form(),
        )

    def _context(self) -> int | None:
        return whole_number(self.context.text(), 256, 100_000_000, CONTEXT_WORDS)

    def _threads(self) -> int | None:
        return whole_number(self.threads.text(), 1, 1024, THREADS_WORDS)

    def _layers(self) -> int:
        value = whole_number(self.layers.text(), 0, 10_000, LAYERS_WORDS)
        return -1 if value is None else value

    def _idle(self) -> int:
        value = whole_number(self.idle.text(), 0, 24 * 60, IDLE_WORDS)
        return LocalSettings().idle_minutes if value is None else value

    def _memory(self) -> int:
        value = number(self.memory.text(), 0.2, 100_000, MEMORY_WORDS)
        return 0 if value is None else round(value * _GIGABYTE)

    def _top_k(self) -> int | None:
        return whole_number(self.top_k.text(), 0, 1_000_000, TOP_K_WORDS)

    def _min_p(self) -> float | None:
        return number(self.min_p.text(), 0, 1, MIN_P_WORDS)

    def _penalty(self) -> float | None:
        return number(self.penalty.text(), 0.1, 10, PENALTY_WORDS)

    def _form(self) -> str:
        text = self.form.toPlainText().strip()
        if text and not text.startswith("{") and "::=" not in text:
            raise ValueError(FORM_WORDS)
        return text


def _shown(number: int) -> str:
    return str(number) if number else ""
