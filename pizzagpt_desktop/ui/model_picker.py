"""All models of a service: searched as one types, favourites first, any name may be typed; asks no service itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidgetItem, QVBoxLayout, QWidget

from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.models import context_words
from pizzagpt_desktop.ui import strings
from pizzagpt_desktop.ui.labels import describe, label, text_button
from pizzagpt_desktop.ui.picker import Entry, Picker

WORDS = "Search the models, or type a name"
ASKING = "Asking the service for its list…"
STAR, NO_STAR = "★", "☆"
MARK, UNMARK = "Add to favourites", "Remove from favourites"
STAR_WIDTH = 44
"""px at the end of a row where a click marks it, in place of taking it."""
MOST = 500


class ModelPicker(Picker):
    """choose: is given the model that was taken. keep: is given the favourites whenever they change."""

    def __init__(
        self,
        parent: QWidget,
        models: Sequence[str],
        favourites: Sequence[str],
        current: str,
        choose: Callable[[str], None],
        keep: Callable[[tuple[str, ...]], None],
    ) -> None:
        self._favourites = list(favourites)
        self._current = current
        self._choose = choose
        self._keep = keep
        self._sorted: list[tuple[str, str]] = []
        self._set_models(models)
        super().__init__(parent, "models", "Choose a model", WORDS, "Models", self._found, MOST)
        self._on_star = False
        self.list.viewport().installEventFilter(self)
        self._mark = text_button("mark_favourite", MARK, MARK, shortcut="Ctrl+D")
        self._mark.clicked.connect(self._on_mark_clicked)
        self.list.currentItemChanged.connect(self._on_row_changed)
        self._on_row_changed(self.list.currentItem())
        self._said = label(ASKING, "muted")
        self._said.setObjectName("models_said")
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._said, 1)
        foot.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        column = self.layout()
        if isinstance(column, QVBoxLayout):
            column.addLayout(foot)

    def take(self, models: list[str] | Fault) -> None:
        """The service's list came, or why it did not."""
        if isinstance(models, Fault):
            words = strings.fault_words(models)
            self._said.setText(f"{words.title} {words.hint} A name can be typed.".replace("  ", " "))
            return
        many = f"{len(models)} model{'' if len(models) == 1 else 's'}."
        if len(models) > MOST:
            many = f"{len(models):,} models, of which {MOST} are shown. Type to find the others."
        self._said.setText(many if models else "The service names no models. Type the name of one.")
        if models:
            self._set_models(models)
            self._fill(self.field.text())

    def _set_models(self, models: Iterable[str]) -> None:
        """Favourites first, then the one in use; each as it is compared and as it is written."""
        known = dict.fromkeys(models)
        told = {str(model): model for model in known}
        first = [told.get(name, name) for name in self._favourites]
        rest = [model for model in known if model not in self._favourites]
        if self._current and self._current not in told and self._current not in self._favourites:
            rest.insert(0, self._current)
        rest.sort(key=lambda model: model != self._current)
        self._sorted = [(model.casefold(), model) for model in (*first, *rest)]

    def _found(self, text: str) -> Iterator[Entry]:
        words = text.casefold().split()
        typed = text.strip()
        fitting = [model for folded, model in self._sorted if all(word in folded for word in words)]
        for model in fitting[: MOST - 1]:
            yield Entry(str(model), partial(self._choose, str(model)), self._note(model))
        if typed and typed not in fitting:
            yield Entry(f"Use “{typed}”", partial(self._choose, typed))

    def _note(self, model: str) -> str:
        parts = (
            "in use" if model == self._current else "",
            context_words(model),
            STAR if model in self._favourites else NO_STAR,
        )
        return "  ".join(part for part in parts if part)

    def _fill(self, text: str) -> None:
        """As every list; where nothing is typed, the model in use or the row that was chosen stays the chosen one."""
        chosen = self.list.currentItem()
        wanted = chosen.text() if chosen is not None else self._current
        super()._fill(text)
        if not text.strip() and (found := self.list.findItems(wanted, Qt.MatchFlag.MatchExactly)):
            self.list.setCurrentItem(found[0])

    def _on_row_changed(self, item: QListWidgetItem | None) -> None:
        words = UNMARK if item is not None and item.text() in self._favourites else MARK
        self._mark.setText(words)
        describe(self._mark, "mark_favourite", words, "Ctrl+D")

    def _on_mark_clicked(self) -> None:
        item = self.list.currentItem()
        name = item.text() if item is not None else ""
        if not any(model == name for _, model in self._sorted):
            return
        if name in self._favourites:
            self._favourites.remove(name)
        else:
            self._favourites.append(name)
        self._keep(tuple(self._favourites))
        self._set_models([model for _, model in self._sorted])
        self._fill(self.field.text())
        rows = [self.list.item(row).text() for row in range(self.list.count())]
        self.list.setCurrentRow(rows.index(name) if name in rows else 0)
        self._on_row_changed(self.list.currentItem())
        self.field.setFocus()

    def _on_item_chosen(self, item: QListWidgetItem) -> None:
        if self._on_star:
            self._on_star = False
            self._on_mark_clicked()
        else:
            super()._on_item_chosen(item)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.list.viewport() and isinstance(event, QMouseEvent):
            if event.type() == QEvent.Type.MouseButtonPress:
                self._on_star = event.position().x() > self.list.viewport().width() - STAR_WIDTH
            return False
        if (
            watched is self.field
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_D
            and event.modifiers() == Qt.KeyboardModifier.ControlModifier
        ):
            self._on_mark_clicked()
            return True
        return super().eventFilter(watched, event)
