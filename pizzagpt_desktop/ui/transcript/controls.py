"""The real buttons that lie over the painted rows: code copy, message actions, next steps, and "new text".

Knows where the view wants a button and what it is called; what a press does is the caller's.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from pizzagpt_desktop.ui import icons, theme
from pizzagpt_desktop.ui.labels import plain_tip

CONFIRMED_MS = 1_500
"""How long a button shows that it has copied."""


@dataclass(frozen=True, slots=True)
class Button:
    """One button: what it says to everyone (name, tool tip), what it shows, what it does. icon "": text only.

    checked: whether it is down, None for one that does not stay down.
    """

    name: str
    icon: str
    pressed: Callable[[], None]
    text: str = ""
    enabled: bool = True
    checked: bool | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of buttons at `rect` (viewport coordinates; right-aligned in it if `right`). counter: words between the version buttons."""

    key: Hashable
    rect: QRect
    buttons: tuple[Button, ...]
    right: bool = False
    counter: str = ""
    counted: int = -1
    """Before which button the counter stands."""
    note: str = ""
    """Quiet words beside the buttons; of parts between " · " those at the end are left out where there is no room."""
    centred: bool = False
    sideways: Callable[[int], bool] | None = None
    """What the keys Left (-1) and Right (1) do while a button has the focus; whether they did anything."""


class Controls:
    """Keeps the widgets of the bars that are wanted now, and lets go of the others."""

    def __init__(self, parent: QWidget, fallback: QWidget, jump: Callable[[], None]) -> None:
        """fallback: gets the focus when a button that has it goes away. jump: what "New text" does."""
        self._parent = parent
        self._jump = _jump_button(parent)
        self._jump.clicked.connect(jump)
        self._fallback = fallback
        self._bars: dict[Hashable, tuple[Bar, _BarWidget]] = {}
        self._pressed: tuple[_BarWidget, int] | None = None
        """What does its work now: a bar, and which of its buttons."""

    def note_copied(self) -> None:
        """Something is on the clipboard now; a button that was pressed for that shows so."""
        if self._pressed is not None:
            widget, at = self._pressed
            widget.confirm(at)

    def _press(self, widget: "_BarWidget", at: int, act: Callable[[], None]) -> None:
        self._pressed = widget, at
        act()
        self._pressed = None

    def tint(self, palette: theme.Palette) -> None:
        """The colours of "New text"; the bars take theirs when they are shown."""
        _tint_jump(self._jump, palette)

    def show(self, bars: Sequence[Bar], palette: theme.Palette, unseen: bool = False) -> None:
        """Have exactly these bars, each at its place. unseen: whether to offer the way to new text."""
        _place_jump(self._jump, self._parent, unseen)
        wanted = {bar.key for bar in bars}
        for key in [key for key in self._bars if key not in wanted]:
            _, widget = self._bars.pop(key)
            focus = QApplication.focusWidget()
            if focus is not None and widget.isAncestorOf(focus):
                self._fallback.setFocus()
            widget.hide()
            widget.deleteLater()
        for bar in bars:
            known = self._bars.get(bar.key)
            if known is None:
                widget = _BarWidget(self._parent, bar, palette, self._press)
                for button in widget.buttons:  # Qt puts what is new after everything else, the composer too
                    QWidget.setTabOrder(self._fallback, button)
            else:
                widget = known[1]
                widget.update_bar(bar, palette)
            self._bars[bar.key] = (bar, widget)
            widget.place(bar)
            widget.show()

    def clear(self, palette: theme.Palette) -> None:
        self.show((), palette)

    def buttons(self) -> list[QWidget]:
        """All buttons there are, from top to bottom."""
        placed = sorted(self._bars.values(), key=lambda pair: (pair[0].rect.top(), pair[0].rect.left()))
        buttons: list[QWidget] = [button for _, widget in placed for button in widget.buttons]
        return [*buttons, self._jump] if self._jump.isVisible() else buttons

    def button(self, message_id: str, name: str) -> QToolButton | None:
        """The button called `name` among the actions of a message."""
        for bar, widget in self._bars.values():
            if isinstance(bar.key, tuple) and bar.key[:2] == ("actions", message_id):
                return next((b for b in widget.buttons if b.accessibleName() == name), None)
        return None

    def message_of(self, button: QWidget | None) -> str | None:
        """The id of the message that a button belongs to."""
        for bar, widget in self._bars.values():
            if button in widget.buttons and isinstance(bar.key, tuple):
                return str(bar.key[1])
        return None

    def widget_of(self, key: Hashable) -> QWidget | None:
        known = self._bars.get(key)
        return known[1] if known else None


class _BarWidget(QWidget):
    def __init__(
        self,
        parent: QWidget,
        bar: Bar,
        palette: theme.Palette,
        press: "Callable[[_BarWidget, int, Callable[[], None]], None]",
    ) -> None:
        super().__init__(parent)
        self._parent = parent
        self._wanted: QFont | None = None
        """The font that the buttons' own was fitted for."""
        self.buttons: list[QToolButton] = []
        self._counter = QLabel(self)
        self._counter.setTextFormat(Qt.TextFormat.PlainText)
        self._pressed: list[Callable[[], None]] = []
        self._palette: theme.Palette | None = None
        self._icons: list[str] = []
        self._sideways: Callable[[int], bool] | None = None
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for index, spec in enumerate(bar.buttons):
            button = QToolButton(self)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.setAutoRaise(True)
            button.setMinimumSize(theme.CONTROL_HEIGHT_DENSE, theme.CONTROL_HEIGHT_DENSE)
            button.setMaximumHeight(theme.CONTROL_HEIGHT_DENSE)
            button.setCheckable(spec.checked is not None)
            if spec.text:
                button.setToolButtonStyle(
                    Qt.ToolButtonStyle.ToolButtonTextBesideIcon
                    if spec.icon
                    else Qt.ToolButtonStyle.ToolButtonTextOnly
                )
            button.clicked.connect(lambda _checked=False, at=index: press(self, at, self._pressed[at]))
            button.installEventFilter(self)
            self.buttons.append(button)
            if bar.counter and index == bar.counted:
                layout.addWidget(self._counter)
            layout.addWidget(button)
        self._counter.setVisible(bool(bar.counter))
        self._note = QLabel(self)
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self._note.setContentsMargins(8, 0, 8, 0)
        self._note.setVisible(False)
        self._noted = "", 0
        """For which words and room it was decided whether they are shown."""
        layout.insertWidget(0 if bar.right else layout.count(), self._note)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.update_bar(bar, palette)

    def _fit_font(self) -> None:
        """Letters no higher than the buttons, which have one height whatever the size of the text is."""
        wanted = self._parent.font()
        if wanted == self._wanted:
            return
        self._wanted = QFont(wanted)
        font = QFont(wanted)
        while (
            QFontMetrics(font).height() > theme.CONTROL_HEIGHT_DENSE - 4
            and theme.em_of(font) > theme.LEAST_EM
        ):
            font.setPixelSize(round(theme.em_of(font) * 0.9))
        for widget in (self, *self.buttons, self._counter):
            widget.setFont(font)
        self._note.setFont(theme.scaled(font, "caption"))
        self._noted = "", 0

    def update_bar(self, bar: Bar, palette: theme.Palette) -> None:
        self._fit_font()
        self._pressed = [spec.pressed for spec in bar.buttons]
        self._sideways = bar.sideways
        icons_now = [spec.icon for spec in bar.buttons]
        if icons_now != self._icons or palette is not self._palette:
            self._icons, self._palette = icons_now, palette
            self._dress(palette)
        for button, spec in zip(self.buttons, bar.buttons, strict=True):
            if button.text() != spec.text:
                button.setText(spec.text)
            if button.accessibleName() != spec.name:
                button.setObjectName(spec.name.lower().replace(" ", "_"))
                button.setAccessibleName(spec.name)
                button.setToolTip(plain_tip(spec.name))
            button.setEnabled(spec.enabled)
            if spec.checked is not None:
                button.setChecked(spec.checked)
        self._counter.setText(bar.counter)

    def _dress(self, palette: theme.Palette) -> None:
        for button, icon in zip(self.buttons, self._icons, strict=True):
            if icon:
                icons.give(button, icon, size=16)
            button.setStyleSheet(
                f"QToolButton {{ color: {palette.muted} }} QToolButton:checked {{ background: {palette.bubble} }}"
            )
        icons.tint(self.buttons, palette.muted, palette.on_accent)
        for words in (self._counter, self._note):
            words.setStyleSheet(f"color: {palette.muted}")

    def confirm(self, at: int) -> None:
        """Show for a moment that a button has done what it is for."""
        if self._palette is None:
            return
        button, palette = self.buttons[at], self._palette
        button.setIcon(icons.icon("check", palette.accent, 16))

        def as_before() -> None:
            if palette is self._palette:
                icons.tint([button], palette.muted, palette.on_accent)

        QTimer.singleShot(CONFIRMED_MS, button, as_before)

    def _show_note(self, parts: list[str], room: int) -> None:
        """As many of the parts as there is room for beside the buttons, the first ones before the others."""
        while parts:
            self._note.setText(" · ".join(parts))
            self._note.setVisible(True)
            if self.sizeHint().width() <= room:
                return
            parts = parts[:-1]
        self._note.setText("")
        self._note.setVisible(False)

    def place(self, bar: Bar) -> None:
        if (bar.note, bar.rect.width()) != self._noted:
            self._noted = bar.note, bar.rect.width()
            self._show_note(bar.note.split(" · ") if bar.note else [], bar.rect.width())
        size = self.sizeHint()
        left = bar.rect.right() + 1 - size.width() if bar.right else bar.rect.left()
        if bar.centred:
            left = bar.rect.left() + (bar.rect.width() - size.width()) // 2
        top = bar.rect.top() + (bar.rect.height() - theme.CONTROL_HEIGHT_DENSE) // 2
        self.setGeometry(left, top, size.width(), theme.CONTROL_HEIGHT_DENSE)

    def eventFilter(self, button: QObject, event: QEvent) -> bool:
        """Left and Right move what lies below; where there is nothing to move, they go from button to button."""
        if (
            self._sideways is not None
            and isinstance(event, QKeyEvent)
            and event.type() is QEvent.Type.KeyPress
        ):
            way = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
            return way is not None and self._sideways(way)
        return False


def _jump_button(parent: QWidget) -> QPushButton:
    """The "new text" button; it is shown while there is something below that the reader has not seen."""
    button = QPushButton("New text", parent)
    button.setObjectName("new_text")
    button.setAccessibleName("New text")
    button.setAccessibleDescription("Goes to the end of the conversation and follows it")
    button.setToolTip("Go to the new text at the end (Ctrl+End)")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    icons.give(button, "arrow-down", size=16)
    button.hide()
    return button


def _tint_jump(button: QPushButton, p: theme.Palette) -> None:
    """The colours of the "new text" button."""
    icons.tint([button], p.text, p.on_accent)
    button.setStyleSheet(
        f"QPushButton {{ background: {p.surface}; color: {p.text}; border: 1px solid {p.border};"
        f" border-radius: 16px; padding: 0 14px; min-height: 30px; }}"
        f"QPushButton:hover {{ background: {p.bubble}; }}"
        f"QPushButton:focus {{ border: 2px solid {p.accent}; padding: 0 13px; min-height: 28px; }}"
    )


def _place_jump(button: QPushButton, room: QWidget, shown: bool) -> None:
    """Centred above the lower edge of `room`, its parent."""
    if not shown:
        button.hide()
        return
    size = button.sizeHint()
    button.setGeometry(
        (room.width() - size.width()) // 2, room.height() - size.height() - 12, size.width(), size.height()
    )
    button.show()
    button.raise_()
