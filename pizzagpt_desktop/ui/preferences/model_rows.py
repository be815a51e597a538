"""One model of this computer, one that can be fetched, and one on its way, as rows of a form; knows no file and no server."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout

from pizzagpt_desktop.engine.catalogue import Offer
from pizzagpt_desktop.engine.fetches import Fetch, FetchState
from pizzagpt_desktop.engine.look import ModelFacts, fact_words, fit_words
from pizzagpt_desktop.engine.words import amount
from pizzagpt_desktop.ui import strings
from pizzagpt_desktop.ui.labels import describe, label, plain_tip, text_button


class Card(QFrame):
    """A name, what is to be said beneath, and buttons at the right."""

    def __init__(self, name: str, title: str, words: str, more: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("kind", "card")
        self.setAccessibleName(title)
        self.title = label(title)
        font = self.title.font()
        font.setWeight(font.Weight.DemiBold)
        self.title.setFont(font)
        self.words = label(words, "muted")
        self.more = label(more, "muted")
        self.more.setVisible(bool(more))
        self._texts = QVBoxLayout()
        self._texts.setSpacing(2)
        for part in (self.title, self.words, self.more):
            self._texts.addWidget(part)
        self._made: list[QPushButton] = []
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(4)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(12)
        row.addLayout(self._texts, 1)
        row.addLayout(self._buttons)

    def add_button(
        self, name: str, words: str, act: Callable[[], None], tip: str = "", kind: str = ""
    ) -> QPushButton:
        button = text_button(f"{name}_{self.objectName()}", words, tip or words, kind=kind)
        button.setAccessibleName(f"{words}: {self.title.text()}")
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
            asked.setVisible(asking)
            for button in (begin, *before):
                button.setVisible(not asking)
            for button in (sure, keep):
                button.setVisible(asking)
            (keep if asking else begin).setFocus()

        begin = self.add_button(name, words, lambda: ask(True), tip, kind="link")
        sure = self.add_button(f"sure_{name}", yes, act)
        keep = self.add_button(f"keep_{name}", "Keep", lambda: ask(False))
        for button in (sure, keep):
            button.hide()

    def add_below(self, widget: QLabel | QProgressBar) -> None:
        self._texts.addWidget(widget)


def model_card(
    facts: ModelFacts,
    in_use: bool,
    use: Callable[[str], None],
    remove: Callable[[ModelFacts], None],
    delete: Callable[[ModelFacts], None],
) -> Card:
    """A file that is here: what it is, whether it fits, and the buttons to use it, take it off the list or delete it."""
    name = facts.file.name
    trouble = facts.problem
    fit = fit_words(facts.need) if facts.need is not None and not trouble else ""
    card = Card(f"model_{name}", name, trouble or fact_words(facts), fit)
    if in_use:
        card.add_below(label("Answers new messages once you press OK."))
    elif not trouble:
        card.add_button("use", "Use", lambda: use(name), f"Let {name} answer")
    if facts.file.own:
        card.add_question(
            "delete", "Delete…", f"Delete the file of {name}", "Delete the file? It can be fetched again.",
            "Delete", lambda: delete(facts),
        )  # fmt: skip
    else:
        card.add_button(
            "remove",
            "Remove",
            lambda: remove(facts),
            f"Take {name} off the list; the file stays",
            kind="link",
        )
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
        self.drop = self.add_button(
            "drop", "Discard", lambda: drop(file), "Stop for good and delete what came", kind="link"
        )
        self.show_fetch(fetch)

    def show_fetch(self, fetch: Fetch) -> None:
        """Show how far it is."""
        progress, running = fetch.progress, fetch.state is FetchState.RUNNING
        known = progress.total > 0
        self.bar.setRange(0, 1000 if known else 0 if running else 1)
        self.bar.setValue(progress.done * 1000 // progress.total if known else 0)
        self.pause.setVisible(running)
        self.resume.setVisible(fetch.state in (FetchState.PAUSED, FetchState.FAILED))
        self.drop.setVisible(fetch.state is not FetchState.DONE)
        self.words.setText(fetch_words(fetch))


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
