"""Two versions of a message beside each other, with the words marked that differ; knows no chat and no store.

The comparison runs in a thread of its own and the text is filled in slices: long replies never hold the window up.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from time import perf_counter

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QFont,
    QGuiApplication,
    QKeySequence,
    QShortcut,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from pizzagpt_desktop.domain.conversation import Message
from pizzagpt_desktop.domain.differences import Piece, Stopped, differences
from pizzagpt_desktop.ui import icons, strings, theme
from pizzagpt_desktop.ui.beside import Beside
from pizzagpt_desktop.ui.labels import describe, icon_button, label, text_button
from pizzagpt_desktop.ui.preferences.fields import Choice, Tick

SLICE_S = 0.008
"""How long the filling of text may take before the loop gets its turn."""
CHUNK = 4_000
"""Characters put in at once."""
SIDE_BY_SIDE_WIDTH = 760
SHOW_WAITING_MS = 150
NOT_COMPARED = (
    "Something went wrong, and these versions could not be compared. Choose them again to try once more."
)


class _Comparison:
    """Compares in a thread; only the newest comparison is heard of."""

    def __init__(
        self, parent: QObject, done: Callable[[list[Piece]], None], failed: Callable[[], None]
    ) -> None:
        self._wanted = threading.Event()
        self._beside = Beside(parent, "comparison")
        self._beside.done.connect(lambda pieces: None if pieces is None else done(pieces))
        self._beside.failed.connect(failed)

    def begin(self, left: str, right: str) -> None:
        self.end()
        wanted = self._wanted = threading.Event()
        wanted.set()

        def work() -> list[Piece] | None:
            with suppress(Stopped):
                return differences(left, right, lambda: not wanted.is_set())
            return None

        self._beside.run(work)

    def end(self) -> None:
        self._wanted.clear()
        self._beside.forget()


class DiffView(QDialog):
    """versions: at least two, in order of creation. chosen: the one to begin with; it is compared with the one before."""

    def __init__(
        self, parent: QWidget, versions: Sequence[Message], chosen: str, palette: theme.Palette, font: QFont
    ) -> None:
        super().__init__(parent)
        self.setObjectName("diff_view")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Compare versions")
        self._versions = list(versions)
        self.pieces: list[Piece] = []
        self._filling: Iterator[None] | None = None
        self._at = -1
        self._formats = _formats(palette)
        self.summary = label("", "muted")
        self.summary.setObjectName("summary")
        self._comparison = _Comparison(self, self._on_compared, self._on_failed)
        self._fill_timer = QTimer(self, interval=0)
        self._fill_timer.timeout.connect(self._on_fill_time)
        self._waiting_timer = QTimer(self, singleShot=True, interval=SHOW_WAITING_MS)
        self._waiting_timer.timeout.connect(lambda: self.summary.setText("Comparing…"))

        self.left_picker, self.right_picker = (
            self._picker("left_version", "First version"),
            self._picker("right_version", "Second version"),
        )
        self.left, self.right = _text("left_text", font), _text("right_text", font)
        self.legend = label("", "muted")
        pickers = QHBoxLayout()
        pickers.setSpacing(12)
        pickers.addWidget(self.left_picker, 1)
        pickers.addWidget(self.right_picker, 1)
        texts = QHBoxLayout()
        texts.setSpacing(12)
        texts.addWidget(self.left, 1)
        texts.addWidget(self.right, 1)
        self.side_by_side = Tick("Side by side")
        describe(self.side_by_side, "side_by_side", "Show the versions side by side")
        self._previous = icon_button("previous_difference", "chevron-up", "Previous difference", "Shift+F3")
        self._next = icon_button("next_difference", "chevron-down", "Next difference", "F3")
        # Not the buttons' own shortcuts: those press slowly, for show.
        QShortcut(QKeySequence("Shift+F3"), self, lambda: self.go_to_difference(-1))
        QShortcut(QKeySequence("F3"), self, lambda: self.go_to_difference(1))
        self._previous.clicked.connect(lambda: self.go_to_difference(-1))
        self._next.clicked.connect(lambda: self.go_to_difference(1))
        copy = text_button("copy_comparison", "Copy", "Copy the comparison as text")
        copy.clicked.connect(self.copy)
        close = text_button("close_diff", "Close", kind="main", shortcut="Esc")
        close.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.side_by_side)
        foot.addWidget(self._previous)
        foot.addWidget(self._next)
        foot.addStretch(1)
        foot.addWidget(copy)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addLayout(pickers)
        column.addWidget(self.summary)
        column.addWidget(self.legend)
        column.addLayout(texts, 1)
        column.addLayout(foot)
        icons.tint([self._previous, self._next], palette.muted, palette.on_accent)

        self.resize(min(1000, max(360, parent.width() - 40)), min(720, max(320, parent.height() - 40)))
        self.side_by_side.setChecked(self.width() >= SIDE_BY_SIDE_WIDTH)
        ids = [version.id for version in self._versions]
        at = ids.index(chosen) if chosen in ids else len(ids) - 1
        self.left_picker.setCurrentIndex(max(0, at - 1))
        self.right_picker.setCurrentIndex(max(1, at))
        for picker in (self.left_picker, self.right_picker):
            picker.currentIndexChanged.connect(self.compare)
        self.side_by_side.toggled.connect(self._fill)
        self._pair_scroll_bars()
        self.left.setFocus()
        self.compare()

    def compare(self) -> None:
        """Compare the two versions chosen above."""
        self._stop_filling()
        self._waiting_timer.start()
        one, other = self._chosen()
        self._comparison.begin(one.text, other.text)

    def copy(self) -> None:
        """Put the comparison on the clipboard as text: [-only in the first-] and {+only in the second+}."""
        parts = []
        for piece in self.pieces:
            if piece.same:
                parts.append(piece.left)
            else:
                parts.append(f"[-{piece.left}-]" if piece.left else "")
                parts.append(f"{{+{piece.right}+}}" if piece.right else "")
        QGuiApplication.clipboard().setText("".join(parts))
        self.summary.setText("Copied.")

    def go_to_difference(self, by: int) -> None:
        """Bring the next difference, or the one before, into sight and choose its words."""
        places = [at for at, piece in enumerate(self.pieces) if not piece.same]
        if not places:
            return
        if by > 0:
            self._at = next((at for at in places if at > self._at), places[0])
        else:
            self._at = next((at for at in reversed(places) if at < self._at), places[-1])
        for text, of_left, of_right in self._shown():
            begin = sum(_units(_words(p, of_left, of_right)) for p in self.pieces[: self._at])
            end = begin + _units(_words(self.pieces[self._at], of_left, of_right))
            cursor = text.textCursor()
            last = text.document().characterCount() - 1
            cursor.setPosition(min(begin, last))
            cursor.setPosition(min(end, last), QTextCursor.MoveMode.KeepAnchor)
            text.setTextCursor(cursor)
            text.centerCursor()

    def done(self, result: int) -> None:
        self._comparison.end()
        self._stop_filling()
        self._waiting_timer.stop()
        super().done(result)

    def _picker(self, name: str, words: str) -> QComboBox:
        picker = Choice()
        describe(picker, name, words)
        picker.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        picker.setMinimumContentsLength(8)
        for number, version in enumerate(self._versions, 1):
            when = strings.moment(version.created_at) if version.created_at else ""
            picker.addItem(" · ".join(part for part in (f"Version {number}", version.model, when) if part))
        return picker

    def _chosen(self) -> tuple[Message, Message]:
        return (
            self._versions[self.left_picker.currentIndex()],
            self._versions[self.right_picker.currentIndex()],
        )

    def _on_compared(self, pieces: list[Piece]) -> None:
        self._waiting_timer.stop()
        self.pieces = pieces
        self._at = -1
        self.summary.setText(_summary(pieces))
        changed = any(not piece.same for piece in pieces)
        self._previous.setEnabled(changed)
        self._next.setEnabled(changed)
        self._fill()

    def _on_failed(self) -> None:
        """Neither text is shown, rather than those of a comparison before."""
        self._on_compared([])
        self.summary.setText(NOT_COMPARED)

    # filling

    def _shown(self) -> list[tuple[QPlainTextEdit, bool, bool]]:
        """The texts that are shown, and whether each holds what is in the first and in the second version."""
        if self.side_by_side.isChecked():
            return [(self.left, True, False), (self.right, False, True)]
        return [(self.left, True, True)]

    def _fill(self) -> None:
        self._stop_filling()
        beside = self.side_by_side.isChecked()
        self.right.setVisible(beside)
        one, other = self.left_picker.currentText(), self.right_picker.currentText()
        self.left.setAccessibleName(one if beside else f"{one} and {other}")
        self.right.setAccessibleName(other)
        first, second = (f"version {p.currentIndex() + 1}" for p in (self.left_picker, self.right_picker))
        self.legend.setText(f"Struck out: only in {first}. Underlined: only in {second}.")
        for text in (self.left, self.right):
            text.clear()
        self._filling = self._filled()
        self._on_fill_time()

    def _stop_filling(self) -> None:
        self._fill_timer.stop()
        self._filling = None

    @property
    def is_filled(self) -> bool:
        """Whether all that is known is shown."""
        return self._filling is None

    def _on_fill_time(self) -> None:
        began = perf_counter()
        if self._filling is not None:
            for _ in self._filling:
                if perf_counter() - began > SLICE_S:
                    self._fill_timer.start()
                    return
            for text in (self.left, self.right):
                text.moveCursor(QTextCursor.MoveOperation.Start)
        self._stop_filling()

    def _filled(self) -> Iterator[None]:
        same, removed, added = self._formats
        cursors = [(QTextCursor(text.document()), left, right) for text, left, right in self._shown()]
        for piece in self.pieces:
            for cursor, left, right in cursors:
                stretches = (
                    [(piece.left, same)]
                    if piece.same
                    else [(piece.left if left else "", removed), (piece.right if right else "", added)]
                )
                for text, form in stretches:
                    for at in range(0, len(text), CHUNK):
                        cursor.insertText(text[at : at + CHUNK], form)
                        yield

    def _pair_scroll_bars(self) -> None:
        """Side by side, the same place of both texts stands at the top."""
        self._pairing = False

        def pair(one: QPlainTextEdit, other: QPlainTextEdit, from_left: bool) -> None:
            if self._pairing or not self.is_filled or not self.right.isVisible():
                return
            self._pairing = True
            here = one.cursorForPosition(one.viewport().rect().topLeft()).position()
            there = other.document().findBlock(_place_in_other(self.pieces, here, from_left))
            if there.isValid():
                other.verticalScrollBar().setValue(there.firstLineNumber())
            self._pairing = False

        self.left.verticalScrollBar().valueChanged.connect(lambda: pair(self.left, self.right, True))
        self.right.verticalScrollBar().valueChanged.connect(lambda: pair(self.right, self.left, False))


def _words(piece: Piece, left: bool, right: bool) -> str:
    """What a text that shows the left version, the right one or both holds of a piece."""
    if piece.same:
        return piece.left
    return (piece.left if left else "") + (piece.right if right else "")


def _units(text: str) -> int:
    """How long Qt thinks a text is."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _place_in_other(pieces: Sequence[Piece], place: int, from_left: bool) -> int:
    """The place in one text that stands beside `place` in the other."""
    here = there = 0
    for piece in pieces:
        mine = _units(piece.left if from_left else piece.right)
        others = _units(piece.right if from_left else piece.left)
        if here + mine > place:
            return there + min(place - here, others)
        here, there = here + mine, there + others
    return there


def _summary(pieces: Sequence[Piece]) -> str:
    removed = sum(len(piece.left.split()) for piece in pieces if not piece.same)
    added = sum(len(piece.right.split()) for piece in pieces if not piece.same)
    if not any(not piece.same for piece in pieces):
        return "The two versions are the same."
    if not any(piece.same and piece.left.strip() for piece in pieces):
        return "The two versions have nothing in common."
    return f"{_count(removed)} only in the first, {_count(added)} only in the second."


def _count(words: int) -> str:
    return "1 word" if words == 1 else f"{words} words"


def _text(name: str, font: QFont) -> QPlainTextEdit:
    text = QPlainTextEdit()
    describe(text, name, "Version")
    text.setProperty("kind", "field")
    text.setReadOnly(True)
    text.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    text.setUndoRedoEnabled(False)
    text.setTabChangesFocus(True)
    text.setFont(font)
    return text


def _formats(p: theme.Palette) -> tuple[QTextCharFormat, QTextCharFormat, QTextCharFormat]:
    """For what is the same, only in the first, only in the second: told apart by a line as well as by colour."""
    same, removed, added = QTextCharFormat(), QTextCharFormat(), QTextCharFormat()
    same.setForeground(QColor(p.text))
    removed.setForeground(QColor(p.muted))
    removed.setBackground(QColor(p.bubble))
    removed.setFontStrikeOut(True)
    added.setForeground(QColor(p.text))
    ground = QColor(p.accent)
    ground.setAlpha(40)
    added.setBackground(ground)
    added.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
    added.setUnderlineColor(QColor(p.accent))
    added.setFontUnderline(True)
    return same, removed, added
