"""How one conversation is answered: its persona, instructions and parameters; asks no model."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from pizzagpt_desktop.domain.asking import Asking
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.labels import describe, text_button
from pizzagpt_desktop.ui.preferences.asking_form import AskingForm
from pizzagpt_desktop.ui.preferences.chats_page import WHEN_FULL, WHEN_FULL_HELP, WHEN_FULL_NAME
from pizzagpt_desktop.ui.preferences.fields import PAGE_MARGINS, Field, choice, show_what_is_wrong

NO_PERSONA = "No persona"
HELP = (
    "For this conversation only. What stays empty is taken from the persona, the service and the preferences."
)


class AskingDialog(QDialog):
    """held: what holds under a persona where the conversation says nothing. keep: is given what was entered."""

    def __init__(
        self,
        parent: QWidget,
        personas: Mapping[str, str],
        persona: str,
        asking: Asking,
        when_full: str,
        held: Callable[[str], Asking],
        keep: Callable[[str, Asking, str], None],
    ) -> None:
        super().__init__(parent)
        self.setObjectName("asking")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Persona and parameters")
        self.resize(min(560, parent.width() - 16), 600)
        self._held = held
        self._keep = keep
        self.persona = choice("conversation_persona", "Persona")
        self.persona.addItem(NO_PERSONA, "")
        for key, words in personas.items():
            self.persona.addItem(words, key)
        if persona not in personas and persona:
            self.persona.addItem("A persona that was removed", persona)
        self.persona.setCurrentIndex(max(0, self.persona.findData(persona)))
        self.persona.currentIndexChanged.connect(self._show_held)
        self.when_full = choice("conversation_when_full", WHEN_FULL_NAME)
        self.when_full.addItem("As in the preferences", "")
        for value, words in WHEN_FULL:
            self.when_full.addItem(words, value.value)
        self.when_full.setCurrentIndex(max(0, self.when_full.findData(when_full)))
        self.form = AskingForm("conversation", HELP)
        self.form.load(asking)
        page = QWidget()
        inner = QVBoxLayout(page)
        inner.setContentsMargins(*PAGE_MARGINS)
        inner.setSpacing(16)
        inner.addWidget(
            Field(self.persona, "conversation_persona", "Persona", "Personas are made in the preferences.")
        )
        inner.addWidget(self.form)
        inner.addWidget(Field(self.when_full, "conversation_when_full", WHEN_FULL_NAME, WHEN_FULL_HELP))
        inner.addStretch(1)
        area = QScrollArea()
        describe(area, "asking_page", "Persona and parameters")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(page)
        reset = text_button(
            "asking_reset", "Empty all", "Leave everything to persona, service and preferences"
        )
        reset.clicked.connect(self._empty)
        ok = text_button("asking_ok", "OK", "Keep this and close", kind="main", shortcut="Enter")
        ok.setDefault(True)
        ok.clicked.connect(self.accept)
        cancel = text_button("asking_cancel", "Cancel", "Close without the changes", shortcut="Esc")
        cancel.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.setContentsMargins(24, 12, 24, 16)
        foot.setSpacing(8)
        foot.addWidget(reset)
        foot.addStretch(1)
        for button in (ok, cancel):
            button.setFixedHeight(theme.CONTROL_HEIGHT_MAIN)
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(area, 1)
        column.addLayout(foot)
        self._show_held()

    def accept(self) -> None:
        if self.form.is_right():
            chosen = str(self.persona.currentData()), self.form.asking(), str(self.when_full.currentData())
            self._keep(*chosen)
            super().accept()
        else:
            QTimer.singleShot(0, self, lambda: show_what_is_wrong(self.form))

    def _empty(self) -> None:
        self.form.load(Asking())
        self.when_full.setCurrentIndex(0)

    def _show_held(self) -> None:
        self.form.show_inherited(self._held(str(self.persona.currentData())))
