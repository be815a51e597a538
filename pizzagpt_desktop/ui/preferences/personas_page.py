"""The page of personas: instructions and parameters under a name, and those of all conversations; asks no model."""

from dataclasses import replace

from PySide6.QtWidgets import QVBoxLayout, QWidget

from pizzagpt_desktop.domain.asking import NAMES, Asking, Persona
from pizzagpt_desktop.domain.preferences import Preferences, free_name
from pizzagpt_desktop.ui.preferences.asking_form import AskingForm
from pizzagpt_desktop.ui.preferences.entry_list import EntryList
from pizzagpt_desktop.ui.preferences.fields import PAGE_MARGINS, Field, line

ALL = "\0all"
"""The row of what holds for all conversations; no persona has such a name."""
ALL_WORDS = "All conversations"
NO_NAME = "Give the persona a name."
TWICE = "Another persona has this name."


class _Form(QWidget):
    """One persona, or what holds for all."""

    def __init__(self, name: str, words: str, asking: Asking) -> None:
        super().__init__()
        self.label_edit = line("persona_name", "Name")
        self.label_edit.setMaxLength(60)
        self.label_edit.setText(words)
        self.name_field = Field(self.label_edit, "persona_name", "Name")
        self.name_field.setVisible(name != ALL)
        whose = (
            "Said to the model before every conversation, where service, persona or conversation say nothing else."
            if name == ALL
            else "Said to the model before every conversation with this persona."
        )
        self.asking_form = AskingForm("persona", whose)
        self.asking_form.load(asking)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addWidget(self.name_field)
        column.addWidget(self.asking_form)


class PersonasPage(QWidget):
    """Edits copies of the personas."""

    def __init__(self) -> None:
        super().__init__()
        self._forms: dict[str, _Form] = {}
        self._asked: dict[str, Asking] = {}
        self._removed: list[tuple[str, int]] = []
        self.entries = EntryList("personas", "Personas", "Add a persona")
        self.entries.chosen.connect(self._show)
        self.entries.add_asked.connect(lambda: self._add("Persona", Asking()))
        self.entries.duplicate_asked.connect(self._on_duplicate_asked)
        self.entries.remove_asked.connect(self._on_remove_asked)
        self.entries.undo_asked.connect(self._on_undo_asked)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(*PAGE_MARGINS)
        self._column.setSpacing(16)
        self._column.addWidget(self.entries)
        self._column.addStretch(1)

    @property
    def form(self) -> _Form:
        """The form of the chosen row."""
        return self._form_of(self.entries.current)

    def load(self, preferences: Preferences) -> None:
        """Show these."""
        self._asked = {ALL: preferences.asking, **preferences.personas}
        for name in self._asked:
            self.entries.put(name, self._words(name))
        self.entries.choose(ALL)

    def is_right(self) -> bool:
        """Whether all can be used; if not, the field at fault says why, and its form is shown."""
        taken: set[str] = set()
        for name in self.entries.names():
            form = self._forms.get(name)
            words = self._words(name)
            problem = ""
            if name != ALL:
                problem = NO_NAME if not words else TWICE if words in taken else ""
                taken.add(words)
            if form is not None:
                form.name_field.set_error(problem)
            if problem or (form is not None and not form.asking_form.is_right()):
                self.entries.choose(name)
                self.form.name_field.set_error(problem)
                return False
        return True

    def into(self, preferences: Preferences) -> Preferences:
        """`preferences` with what was entered; call it when `is_right`."""
        now = {name: self._asking(name) for name in self.entries.names()}
        personas = {
            name: Persona(label=self._words(name), **{field: getattr(asking, field) for field in NAMES})
            for name, asking in now.items()
            if name != ALL
        }
        return replace(preferences, asking=now[ALL], personas=personas)

    def _words(self, name: str) -> str:
        if name == ALL:
            return ALL_WORDS
        if name in self._forms:
            return " ".join(self._forms[name].label_edit.text().split())
        return getattr(self._asked[name], "label", "") or name

    def _asking(self, name: str) -> Asking:
        form = self._forms.get(name)
        return form.asking_form.asking() if form is not None else self._asked[name]

    def _form_of(self, name: str) -> _Form:
        if name not in self._forms:
            form = _Form(name, self._words(name), self._asked[name])
            form.label_edit.textChanged.connect(lambda text, name=name: self.entries.say(name, text))
            self._forms[name] = form
            self._column.insertWidget(self._column.count() - 1, form)
        return self._forms[name]

    def _show(self, name: str) -> None:
        if name not in self._asked:
            return
        shown = self._form_of(name)
        for form in self._forms.values():
            form.setVisible(form is shown)
        self.entries.remove.setEnabled(name != ALL)

    def _add(self, wanted: str, asking: Asking) -> None:
        words = free_name(wanted, map(self._words, self._asked))
        name = free_name(words, self._asked)
        self._asked[name] = Persona(label=words, **{field: getattr(asking, field) for field in NAMES})
        self.entries.put(name, words)
        self.entries.choose(name)
        self.form.label_edit.selectAll()
        self.form.label_edit.setFocus()

    def _on_duplicate_asked(self, name: str) -> None:
        if self.form.asking_form.is_right():
            self._add("Persona" if name == ALL else self._words(name), self._asking(name))

    def _on_remove_asked(self, name: str) -> None:
        if name in (ALL, ""):
            return
        self._forms[name].hide()
        words = self._words(name)
        self._removed.append((name, self.entries.take(name)))
        self.entries.say_removed(f"{words} is removed with OK or Apply. Conversations with it go on without.")
        self._show(self.entries.current)

    def _on_undo_asked(self) -> None:
        if self._removed:
            name, row = self._removed.pop()
            self.entries.put(name, self._words(name), row)
            self.entries.say_removed("")
            self.entries.choose(name)
