"""The preferences: pages in a list at the left, the form at the right; edits a copy until OK or Apply."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QIcon, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from pizzagpt_desktop.domain.preferences import Live, Preferences
from pizzagpt_desktop.domain.proxy import ProxySettings
from pizzagpt_desktop.ui import icons, theme
from pizzagpt_desktop.ui.labels import describe, label, plain_tip, text_button
from pizzagpt_desktop.ui.preferences.appearance_page import AppearancePage
from pizzagpt_desktop.ui.preferences.chats_page import ChatsPage
from pizzagpt_desktop.ui.preferences.costs_page import CostsPage
from pizzagpt_desktop.ui.preferences.fields import into_view, show_what_is_wrong
from pizzagpt_desktop.ui.preferences.models_page import ModelsPage
from pizzagpt_desktop.ui.preferences.network_page import NetworkPage
from pizzagpt_desktop.ui.preferences.personas_page import PersonasPage
from pizzagpt_desktop.ui.preferences.services_page import ServicesPage
from pizzagpt_desktop.ui.preferences.waiting_page import WaitingPage
from pizzagpt_desktop.ui.tab_order import put_in_order

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.probes import Probes
    from pizzagpt_desktop.ui.ports import SecretsPort, ServiceDirectory

PAGES = (
    ("service", "Services"),
    ("models", "Models on this computer"),
    ("proxy", "Network"),
    ("personas", "Personas"),
    ("waiting", "Waiting"),
    ("costs", "Costs"),
    ("chats", "Chats"),
    ("appearance", "Appearance"),
)
ICONS = {"chats": "archive", "waiting": "retry", "models": "computer", "personas": "persona"}
"""Of the pages whose icon has another name than they."""
WIDTH, HEIGHT, LIST_WIDTH = 760, 620, 224
SMALLEST = 340, 360
NARROW, ICONS_WIDTH = 560, 60
"""Under this width the list of pages shows only its icons."""


class PreferencesDialog(QDialog):
    """Changes nothing outside itself before OK or Apply, and after Cancel nothing at all."""

    link_wanted = Signal(str)

    def __init__(
        self,
        parent: QWidget,
        preferences: Live[Preferences],
        services: ServiceDirectory,
        probes: Probes,
        secrets: SecretsPort,
        *,
        palette: theme.Palette,
        service: str = "",
    ) -> None:
        super().__init__(parent)
        self.setObjectName("preferences")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Preferences")
        room = parent.screen().availableGeometry().size()
        self.setMinimumSize(*SMALLEST)  # of its own: the list of pages gives way as it gets narrow
        self.resize(min(WIDTH, room.width()), min(HEIGHT, room.height()))
        self._preferences = preferences
        self.list = QListWidget()
        describe(self.list, "preference_pages", "Pages")
        self.list.setMinimumWidth(ICONS_WIDTH)
        self.list.setMaximumWidth(LIST_WIDTH)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setIconSize(QSize(20, 20))
        self._stack = QStackedWidget()
        self.network = NetworkPage(secrets)
        self.proxy = self.network.proxy
        self.service = ServicesPage(services, probes, secrets, self._program_proxy)
        self.service.link_wanted.connect(self.link_wanted)
        models = services.models()
        self.models = ModelsPage(models) if models is not None else None
        self.personas = PersonasPage()
        self.waiting = WaitingPage()
        self.costs = CostsPage(services.spent)
        self.chats = ChatsPage()
        self.appearance = AppearancePage()
        self._pages: dict[str, QWidget] = {
            "service": self.service,
            **({"models": self.models} if self.models is not None else {}),
            "proxy": self.network,
            "personas": self.personas,
            "waiting": self.waiting,
            "costs": self.costs,
            "chats": self.chats,
            "appearance": self.appearance,
        }
        self._names = [name for name, _words in PAGES if name in self._pages]
        for name, words in PAGES:
            if name not in self._pages:
                continue
            height = max(theme.SIDEBAR_ROW, self.fontMetrics().height() + 12)
            QListWidgetItem(words, self.list).setSizeHint(QSize(0, height))
            self._stack.addWidget(_scrolled(self._pages[name], f"{name}_page", words))
        self.list.currentRowChanged.connect(self._on_row_changed)
        self._heading = label()
        self._heading.setObjectName("page_heading")
        self._heading.setFont(theme.scaled(self.font(), "h3", weight=QFont.Weight.DemiBold))
        self._heading.setContentsMargins(24, 16, 24, 0)
        self._heading.hide()

        self._trouble = label("", "error")
        self._trouble.setObjectName("preferences_trouble")
        ok = text_button("ok", "OK", "Keep the changes and close", kind="main", shortcut="Enter")
        ok.clicked.connect(self.accept)
        ok.setDefault(True)
        apply = text_button("apply", "Apply", "Keep the changes")
        apply.clicked.connect(self.apply)
        cancel = text_button("cancel", "Cancel", "Close without the changes", shortcut="Esc")
        cancel.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.setContentsMargins(24, 12, 24, 16)
        foot.setSpacing(8)
        foot.addWidget(self._trouble, 1)
        for button in (ok, apply, cancel):
            button.setMinimumHeight(theme.CONTROL_HEIGHT_MAIN)
            foot.addWidget(button)
        self.setMinimumWidth(max(SMALLEST[0], ICONS_WIDTH + foot.minimumSize().width()))
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self._heading)
        column.addWidget(self._stack, 1)
        column.addLayout(foot)
        body = QHBoxLayout(self)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        body.addWidget(self.list)
        body.addLayout(column, 1)

        value = preferences.value
        self.service.load(value, service)
        if self.models is not None:
            self.models.load(value)
        self.network.load(value)
        self.personas.load(value)
        self.waiting.load(value)
        self.costs.load(value)
        self.chats.load(value)
        self.appearance.load(value.appearance)
        self.finished.connect(self._on_finished)
        self.set_palette(palette)

    def set_palette(self, palette: theme.Palette) -> None:
        """Draw with these colours."""
        icons.tint_all(self, palette.muted, palette.on_accent)
        for row, name in enumerate(self._names):
            picture = icons.pixmap(ICONS.get(name, name), palette.muted)
            icon = QIcon(picture)
            icon.addPixmap(picture, QIcon.Mode.Selected)
            self.list.item(row).setIcon(icon)

    def show_page(self, name: str, field: str = "") -> None:
        """Show a page, the cursor in `field`: of the service's "key", "model", "address", of others by its name."""
        self.list.setCurrentRow(self._names.index(name if name in self._names else "service"))
        if name == "service":
            self.service.focus_field(field)
        elif field:
            here = self._pages[self._names[self.list.currentRow()]]
            found = here.findChild(QWidget, field)
            if found is not None and found.isVisibleTo(here):
                found.setFocus()
        QTimer.singleShot(0, self, lambda: into_view(self.focusWidget() or self))

    def apply(self) -> bool:
        """Keep the changes, if all that was entered can be used; otherwise show where it cannot."""
        for name, right in (
            ("service", self.service.is_right()),
            ("models", self.models is None or self.models.is_right()),
            ("proxy", self.network.is_right()),
            ("personas", self.personas.is_right()),
            ("waiting", self.waiting.is_right()),
            ("costs", self.costs.is_right()),
            ("chats", self.chats.is_right()),
            ("appearance", self.appearance.is_right()),
        ):
            if not right:
                self.list.setCurrentRow(self._names.index(name))
                self._trouble.setText("Something cannot be used yet. The field says why.")
                QTimer.singleShot(0, self, lambda page=self._pages[name]: show_what_is_wrong(page))
                return False
        # Keys first: whoever hears of new preferences may ask for them at once.
        kept = self.service.keep() & self.network.keep()
        value = self.service.into(self._preferences.value)
        if self.models is not None:
            value = self.models.into(value)
        value = self.costs.into(self.chats.into(self.waiting.into(value)))
        value = self.personas.into(self.network.into(value))
        value = replace(value, appearance=self.appearance.settings())
        self._trouble.setText(
            "" if kept else "The changes are kept, but a key or password was not. The field says why."
        )
        self._preferences.set(value)
        return kept

    def accept(self) -> None:
        if self.apply():
            super().accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        self._heading.setVisible(narrow)
        longest = max(map(self.list.fontMetrics().horizontalAdvance, dict(PAGES).values()))
        wide = max(LIST_WIDTH, min(longest + ICONS_WIDTH + 16, self.width() * 2 // 5))
        self.list.setMaximumWidth(ICONS_WIDTH if narrow else wide)
        self.list.setMinimumWidth(ICONS_WIDTH if narrow else wide)
        words_of = dict(PAGES)
        for row, name in enumerate(self._names):
            item, words = self.list.item(row), words_of[name]
            item.setText("" if narrow else words)
            item.setToolTip(plain_tip(words))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, words)

    def focusNextPrevChild(self, forward: bool) -> bool:
        put_in_order(self)  # cards, forms and rows come and go
        return super().focusNextPrevChild(forward)

    def _on_row_changed(self, row: int) -> None:
        self._stack.setCurrentIndex(row)
        self._heading.setText(dict(PAGES)[self._names[row]] if row >= 0 else "")

    def _program_proxy(self) -> tuple[ProxySettings, str | None]:
        return self.proxy.settings(), self.proxy.password_now()

    def _on_finished(self, _result: int) -> None:
        self.service.stop()
        if self.models is not None:
            self.models.stop()


def _scrolled(page: QWidget, name: str, words: str) -> QScrollArea:
    area = QScrollArea()
    describe(area, name, words)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(page)
    return area
