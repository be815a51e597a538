"""One model of this computer, one that can be fetched, and one on its way, as rows of a form; knows no file and no server."""

from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
)

from pizzagpt_desktop.engine.catalogue import Offer
from pizzagpt_desktop.engine.fetches import Fetch, FetchState
from pizzagpt_desktop.engine.look import ModelFacts, fact_words, fit_words
from pizzagpt_desktop.engine.words import amount
from pizzagpt_desktop.ui import strings
from pizzagpt_desktop.ui.labels import breakable, describe, label, plain_tip, text_button
from pizzagpt_desktop.ui.preferences.fields import into_view

NARROW = 400
"""Of a card that is less wide the buttons stand beneath the words."""


class Use(Enum):
    """Whether a model answers new messages, and what is said of it on its card."""

    NONE = ""
    NOW = "Answers new messages."
    SOON = "Answers new messages once you press OK."


class Card(QFrame):
    """A name, what is to be said beneath, and buttons at the right."""

    def __init__(self, name: str, title: str, words: str, more: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("kind", "card")
        self.setAccessibleName(title)
        self.title = label(breakable(title))
        font = self.title.font()
        font.setWeight(font.Weight.DemiBold)
        self.title.setFont(font)
        self.words = label(breakable(words), "muted")
        self.more = label(more, "muted")
        self.more.setVisible(bool(more))
        self._texts = QVBoxLayout()
        self._texts.setSpacing(2)
        for part in (self.title, self.words, self.more):
            self._texts.addWidget(part)
        self._made: list[QPushButton] = []
        self.asking = False
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(4)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(12, 8, 8, 8)
        self._row.setSpacing(12)
        self._row.addLayout(self._texts, 1)
        self._row.addLayout(self._buttons)

    def add_button(
        self, name: str, words: str, act: Callable[[], None], tip: str = "", kind: str = ""
    ) -> QPushButton:
        button = text_button(f"{name}_{self.objectName()}", words, tip or words, kind=kind)
        button.setAccessibleName(f"{words}: {self.accessibleName()}")
        button.clicked.connect(lambda _checked=False: act())
        self._buttons.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self._made.append(button)
        return button

    def add_question(
        self, name: str, words: str, tip: str, question: str, yes: str, act: Callable[[], None]
    ) -> None:
        """A button that asks once more, in the card itself, before it acts."""
        asked = label(question)
        asked.hide()
        self._texts.addWidget(asked)
        before = self._made.copy()

        def ask(asking: bool) -> None:
            self.asking = asking
            asked.setVisible(asking)
            for button in (sure, keep):
                button.setVisible(asking)
            self._show_acts((*before, begin))
            (keep if asking else begin).setFocus()

        begin = self.add_button(name, words, lambda: ask(True), tip, kind="link")
        sure = self.add_button(f"sure_{name}", yes, act)
        keep = self.add_button(f"keep_{name}", "Keep", lambda: ask(False))
        for button in (sure, keep):
            button.hide()

    def _show_acts(self, acts: Sequence[QPushButton]) -> None:
        """Show what can be done, or hide it while the card asks."""
        for button in acts:
            button.setVisible(not self.asking)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        side = QBoxLayout.Direction.LeftToRight
        self._row.setDirection(QBoxLayout.Direction.TopToBottom if narrow else side)
        self._row.setSpacing(4 if narrow else 12)
        self._row.setAlignment(self._buttons, Qt.AlignmentFlag.AlignLeft if narrow else Qt.AlignmentFlag(0))

    def add_below(self, widget: QLabel | QProgressBar) -> None:
        self._texts.addWidget(widget)


def model_card(
    facts: ModelFacts,
    in_use: Use,
    folder: Path | None,
    use: Callable[[str], None],
    remove: Callable[[ModelFacts], None],
    delete: Callable[[ModelFacts], None],
) -> Card:
    """A file that is here: what it is, whether it fits, and the buttons to use it, take it off the list or delete it.

    folder: the one that was added with it and all others in it, None where it was added alone.
    """
    name = facts.file.name
    trouble = facts.problem
    fit = fit_words(facts.need) if facts.need is not None and not trouble else ""
    card = Card(f"model_{name}", name, trouble or fact_words(facts), fit)
    if in_use is not Use.NONE:
        card.add_below(label(in_use.value))
    elif not trouble:
        card.add_button("use", "Use", lambda: use(name), f"Let {name} answer")
    if facts.file.own:
        card.add_question(
            "delete", "Delete…", f"Delete the file of {name}", "Delete the file? It can be fetched again.",
            "Delete", lambda: delete(facts),
        )  # fmt: skip
    elif folder is not None:
        tip = f"Take the folder {folder.name or folder} with all its models off the list; the files stay"
        card.add_button("remove", "Remove folder", lambda: remove(facts), tip, kind="link")
    else:
        tip = f"Take {name} off the list; the file stays"
        card.add_button("remove", "Remove", lambda: remove(facts), tip, kind="link")
    return card


def offer_card(offer: Offer, here: bool, fetch: Callable[[Offer], None]) -> Card:
    """A model that can be fetched: who made it, how large it is, and what it is good for."""
    words = f"{offer.publisher} · {amount(offer.wanted.size)} · {offer.licence} · about {amount(offer.memory)} of memory"
    card = Card(f"offer_{offer.id}", offer.name, offer.good_for, words)
    card.more.setToolTip(plain_tip(offer.page))
    if here:
        card.add_below(label("It is on this computer."))
    else:
        card.add_button("fetch", "Fetch", lambda: fetch(offer), f"Fetch {offer.name} now")
    return card


class FetchCard(Card):
    """A file on its way. The buttons do what the state allows."""

    def __init__(
        self,
        fetch: Fetch,
        pause: Callable[[str], None],
        resume: Callable[[str], None],
        drop: Callable[[str], None],
    ) -> None:
        file = fetch.wanted.file
        super().__init__(f"fetch_{file}", file, "")
        self.bar = QProgressBar()
        describe(self.bar, f"progress_{file}", f"Progress of {file}")
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.add_below(self.bar)
        self.pause = self.add_button("pause", "Pause", lambda: pause(file), "Stop for now; what came is kept")
        self.resume = self.add_button("resume", "Resume", lambda: resume(file), "Go on where it stopped")
        self.add_question(
            "drop", "Discard…", "Stop for good and delete what came", "Delete what has come of it?",
            "Discard", lambda: drop(file),
        )  # fmt: skip
        self.show_fetch(fetch)

    def show_fetch(self, fetch: Fetch) -> None:
        """Show how far it is."""
        self._state = fetch.state
        progress, running = fetch.progress, fetch.state is FetchState.RUNNING
        known = progress.total > 0
        self.bar.setRange(0, 1000 if known else 0 if running else 1)
        self.bar.setValue(progress.done * 1000 // progress.total if known else 0)
        self._show_acts(self._made[:3])
        self.words.setText(breakable(fetch_words(fetch)))

    def come_into_view(self) -> None:
        """Scroll to it, with the keyboard in what can be done next."""
        (self.resume if self._stands() else self.pause).setFocus()
        into_view(self)

    def _stands(self) -> bool:
        return self._state in (FetchState.PAUSED, FetchState.FAILED)

    def _show_acts(self, acts: Sequence[QPushButton]) -> None:
        pause, resume, drop = acts
        had_keyboard = self.window().focusWidget() in (pause, resume)
        for button, is_of_use in (
            (pause, self._state is FetchState.RUNNING),
            (resume, self._stands()),
            (drop, self._state is not FetchState.DONE),
        ):
            button.setVisible(is_of_use and not self.asking)
        if had_keyboard and not self.asking:  # not in what throws it away
            (resume if self._stands() else pause).setFocus()


def fetch_words(fetch: Fetch) -> str:
    """How far a fetch is, in a sentence."""
    progress = fetch.progress
    of = f" of {amount(progress.total)}" if progress.total else ""
    so_far = f"{amount(progress.done)}{of}"
    match fetch.state:
        case FetchState.RUNNING if progress.checking:
            return f"Checking {so_far}."
        case FetchState.RUNNING:
            rate = f" · {amount(round(progress.rate))}/s" if progress.rate else ""
            left = f" · {strings.duration(progress.left_s)} left" if progress.left_s else ""
            return f"{so_far}{rate}{left}"
        case FetchState.PAUSED:
            return f"Paused at {so_far}."
        case FetchState.FAILED:
            fault = fetch.fault
            return (
                f"{strings.sentence(fault.detail)} {fault.hint}".strip()
                if fault is not None
                else "It stopped."
            )
        case _:
            return "It is on this computer and was checked."
