"""The test of a route: a button, its steps as they come, what to do where one fails, a report to copy; knows no wire."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.trial import State, Step, Trial
from pizzagpt_desktop.ui import icons, strings, theme
from pizzagpt_desktop.ui.flow import FlowLayout
from pizzagpt_desktop.ui.labels import label, text_button
from pizzagpt_desktop.ui.preferences.fields import into_view, tick

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.probes import Probes
    from pizzagpt_desktop.domain.entered import Entered

Ask = Callable[[], "Entered | str"]
"""What to test, as entered, or why that cannot be done."""
PICTURES = {State.OK: "check", State.FAILED: "warning", State.SKIPPED: "chevron-right"}
STATES = {State.OK: "in order", State.FAILED: "failed", State.SKIPPED: "not tried"}


class _Mark(QWidget):
    """The sign of a step's state, in the palette's colours of the moment."""

    def __init__(self, state: State) -> None:
        super().__init__()
        self._state = state
        self.setFixedSize(20, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        role = (
            QPalette.ColorRole.PlaceholderText
            if self._state is State.SKIPPED
            else QPalette.ColorRole.WindowText
        )
        if self._state is State.FAILED:
            role = QPalette.ColorRole.Highlight
        QPainter(self).drawPixmap(
            2, 2, icons.pixmap(PICTURES[self._state], self.palette().color(role).name(), 16)
        )

    def sizeHint(self) -> QSize:
        return QSize(20, 20)


class RoutePanel(QWidget):
    """Tests one service. `trusted` gives a certificate's fingerprint that the user looked at and trusts."""

    models_came = Signal(list)
    trusted = Signal(str)

    def __init__(self, probes: Probes, ask: Ask) -> None:
        super().__init__()
        self._probes = probes
        self._ask = ask
        self._trial: Trial | None = None
        self._cancel: Callable[[], None] | None = None
        self.test = text_button("test_connection", "Test route", "Walk the way to the service step by step")
        self.test.clicked.connect(self._on_test_clicked)
        self.ask_model = tick(
            "test_asks_model",
            "Have the model say a word too",
            "The last step asks the model for one word; a service may charge for it",
        )
        self.ask_model.setMinimumHeight(theme.CONTROL_HEIGHT)
        self._copy = text_button("copy_report", "Copy report", "Copy the steps as text; no secret is in it")
        self._copy.clicked.connect(self._on_copy_clicked)
        self._trust = text_button(
            "trust_certificate", "Trust this certificate", "Trust exactly this certificate for this service"
        )
        self._trust.clicked.connect(self._on_trust_clicked)
        self.outcome = label()
        self.outcome.setObjectName("test_outcome")
        self.outcome.setAccessibleName("Outcome of the test")
        self._steps = QWidget()
        self._steps.setObjectName("route_steps")
        self._grid = QGridLayout(self._steps)
        self._grid.setContentsMargins(0, 4, 0, 4)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._certificate = label("")
        self._certificate.setObjectName("certificate_words")
        self._certificate.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        top, foot = FlowLayout(), FlowLayout()
        for button, row in ((self.test, top), (self.ask_model, top), (self._trust, foot), (self._copy, foot)):
            button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self._steps)
        column.addWidget(self.outcome)
        column.addWidget(self._certificate)
        column.addLayout(foot)
        self.clear()

    def clear(self, words: str = "") -> None:
        """Show nothing but `words`; a test that runs is of no interest any more."""
        self.stop()
        self._trial = None
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._steps.hide()
        self.say(words)
        for part in (self._certificate, self._copy, self._trust):
            part.hide()

    def say(self, words: str) -> None:
        """Words beneath the steps."""
        self.outcome.setText(words)
        self.outcome.setVisible(bool(words))

    def stop(self) -> None:
        """Nobody waits for a test any more."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    def report(self) -> str:
        """The last test as plain text, "" before the first."""
        return self._trial.text() if self._trial is not None else ""

    def _show(self, step: Step) -> None:
        row = self._grid.rowCount()
        words = label(f"{step.title}: {step.words}" + (f"\n{step.hint}" if step.hint else ""))
        words.setObjectName(f"step_{step.name}")
        words.setAccessibleName(f"{step.title}, {STATES[step.state]}: {step.words} {step.hint}".strip())
        if step.state is State.FAILED:
            words.setProperty("kind", "error")
        elif step.state is State.SKIPPED:
            words.setProperty("kind", "muted")
        took = label(step.took, "muted")
        took.setWordWrap(False)
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(_Mark(step.state), row, 0, top)
        self._grid.addWidget(words, row, 1)
        self._grid.addWidget(took, row, 2, top | Qt.AlignmentFlag.AlignTrailing)
        self._steps.show()

    def _on_test_clicked(self) -> None:
        asked = self._ask()
        if isinstance(asked, str):
            self.clear(asked)
            return
        self.clear("Testing…")
        self._cancel = self._probes.try_route(
            asked, self._show, self._on_tested, ask_model=self.ask_model.isChecked()
        )

    def _on_tested(self, trial: Trial | Fault) -> None:
        self._cancel = None
        if isinstance(trial, Fault):
            words = strings.fault_words(trial)
            self.say(f"{words.title} {words.hint}")
            return
        self._trial = trial
        failed = trial.failed
        self.say(trial.words if failed is None else f"The route fails at this step: {failed.title.lower()}.")
        self._copy.show()
        if (facts := trial.certificate) is not None:
            self._certificate.setText(
                f"{trial.place} shows a certificate that it signed itself: {facts.subject}, good from {facts.begins} "
                f"to {facts.ends}. Compare its fingerprint with the one on the server before you trust it:\n"
                f"{facts.fingerprint[:48]}\n{facts.fingerprint[48:]}"
            )
            self._certificate.show()
            self._trust.show()
        if trial.models:
            self.models_came.emit(list(trial.models))
        QTimer.singleShot(0, self, lambda: into_view(self))

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.report())
        self.say("The report is copied. It holds no key and no password.")

    def _on_trust_clicked(self) -> None:
        if self._trial is not None and self._trial.certificate is not None:
            self.trusted.emit(self._trial.certificate.fingerprint)
            self._trust.hide()
            self._certificate.hide()
            self.say("This certificate is trusted from now on, and no other. Test the route again.")
            self.test.setFocus()
