"""What is copied -> the system's clipboard, in all its forms at once; knows no message and no selection."""

from collections.abc import Iterator
from enum import StrEnum
from time import perf_counter

from PySide6.QtCore import QMimeData, QObject, QStringListModel, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from pizzagpt_desktop.domain.copied import Copied, Piece
from pizzagpt_desktop.domain.text import storable
from pizzagpt_desktop.ui.exact import exact

MARKDOWN, CSV, HTML = "text/markdown", "text/csv", "text/html"
GNUMERIC = "application/x-gnumeric"
OURS = "application/x-pizzagpt-copy"
"""Tells a copy of ours that still grows from one that has taken its place."""
AT_ONCE = 12_000
"""Characters that are read, or written anew, in the turn in which they are copied; of more the text is there at once."""
SOURCE_AT_ONCE = 2_000_000
"""Characters of source that are put together in one turn."""
LARGEST = 48_000_000
"""Characters that a clipboard is not burdened with."""
SLICE_S = 0.006


class Form(StrEnum):
    """ALL: whatever the other program likes best."""

    ALL = "all"
    MARKDOWN = "markdown"
    TEXT = "text"


def copied(pieces: list[Piece]) -> Copied:
    """The pieces with their formulas as MathML."""
    return Copied(pieces, _mathml)


def _mathml(source: str, display: bool) -> str | None:
    from pizzagpt_desktop.domain.formulas import mathml  # its reader is loaded with the first formula

    return mathml(source, display)


def _nothing() -> QMimeData:
    """Data for others, made in C++ and empty.

    What Python makes is destroyed after Python itself when the program ends with it on the clipboard.
    """
    # WORKAROUND(PySide6 6.11): a QMimeData() on the clipboard crashes the program at its end.
    model = QStringListModel([""])
    data = model.mimeData([model.index(0, 0)])
    for form in data.formats():
        data.removeFormat(form)
    return data


def mime_of(what: Copied, form: Form = Form.ALL) -> QMimeData:
    """All that `what` is, or one form of it as plain text; without Markdown where that would take long."""
    data = _nothing()
    if form is Form.TEXT:
        data.setText(exact(what.text))
    elif form is Form.MARKDOWN:
        markdown = what.markdown
        data.setText(exact(markdown))
        data.setData(MARKDOWN, markdown.encode())
    else:
        data.setText(exact(what.typed))
        if what.work <= AT_ONCE or what.is_written:
            data.setData(MARKDOWN, what.markdown.encode())
        if what.has_html:
            data.setData(HTML, what.html.encode())
        if what.csv is not None:
            data.setData(CSV, what.csv.encode())
        if what.gnumeric:
            data.setData(GNUMERIC, what.gnumeric.encode())
    return data


class Clipboard(QObject):
    """Puts small copies on the clipboard at once, and of large ones the source at once and the rest when it is read."""

    done = Signal()
    refused = Signal(str)
    """It is too much; in words."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._work: Iterator[None] | None = None
        self._count = 0
        self._putting = False
        QGuiApplication.clipboard().dataChanged.connect(self._on_data_changed)
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._on_turn)

    def put_text(self, text: str) -> None:
        """Exactly these characters, as text and nothing else."""
        self.stop()
        QGuiApplication.clipboard().setText(exact(storable(text)))
        self.done.emit()

    def put(self, what: Copied, form: Form = Form.ALL) -> None:
        self.stop()
        if what.size > LARGEST:
            self.refused.emit(
                f"That is too much to copy at once: {what.size // 1_000_000} million characters. "
                "Select less of it, or export the conversation."
            )
            return
        is_long = form is not Form.MARKDOWN and (what.cost > AT_ONCE or what.size > SOURCE_AT_ONCE)
        if is_long or (form is not Form.TEXT and what.work > AT_ONCE):
            self._work = self._forms(what, form)
            self._on_turn()
        else:
            QGuiApplication.clipboard().setMimeData(mime_of(what, form))
            self.done.emit()

    def refuse_unread(self) -> None:
        """Some of it is not here: nothing is copied rather than a part."""
        self.refused.emit(
            "Some of these messages cannot be read at the moment. Nothing was copied: try again."
        )

    def stop(self) -> None:
        """Something else is copied, or nothing is there any more."""
        self._turn.stop()
        self._work = None

    def _forms(self, what: Copied, form: Form) -> Iterator[None]:
        """First the source, or the text, by itself, then all; a step is short. Nothing more when others have copied."""
        if form is Form.MARKDOWN:
            yield from what.source_steps()
            QGuiApplication.clipboard().setMimeData(mime_of(what, form))
            self.done.emit()
            return
        if form is Form.ALL:
            if what.size > SOURCE_AT_ONCE:
                yield from what.typed_steps()  # else it is there with the first step
            yield from self._put_source(what)
            self.done.emit()
            if not what.has_html:
                return
        for _ in what.steps():
            yield
        if form is Form.TEXT:
            QGuiApplication.clipboard().setText(exact(what.text))
            self.done.emit()
        else:
            yield from what.source_steps()
            yield
            self._set(mime_of(what))

    def _put_source(self, what: Copied) -> Iterator[None]:
        """The source as Markdown and as text, in steps where it is long; what has none is there as text."""
        data = _nothing()
        is_long = what.size > SOURCE_AT_ONCE
        data.setText(exact(what.typed))
        if is_long:
            yield
        if what.work <= AT_ONCE:
            markdown = what.markdown.encode()
            if is_long:
                yield
            data.setData(MARKDOWN, markdown)
        self._set(data)

    def _set(self, data: QMimeData) -> None:
        self._count += 1
        data.setData(OURS, str(self._count).encode())
        self._putting = True
        QGuiApplication.clipboard().setMimeData(data)
        self._putting = False

    def _on_data_changed(self) -> None:
        """Somebody copied something: nothing more is put in its place, unless it was this."""
        if self._work is None or self._putting:
            return
        clipboard = QGuiApplication.clipboard()
        # The mark is looked for only in what is our own: another program may take seconds to answer.
        ours = clipboard.ownsClipboard() and clipboard.mimeData().data(OURS) == str(self._count).encode()
        if not ours:
            self.stop()

    def _on_turn(self) -> None:
        until = perf_counter() + SLICE_S
        work = self._work
        while work is not None and work is self._work:
            try:
                next(work)
            except StopIteration:
                self._work = None
                return
            if perf_counter() >= until:
                self._turn.start()
                return
