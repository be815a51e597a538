"""The preferences: pages in a list at the left, the form at the right; edits a copy until OK or Apply."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon
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

from pizzagpt_desktop.domain.preferences import PROXY_SECRET, Live, Preferences
from pizzagpt_desktop.domain.proxy import ProxySettings
from pizzagpt_desktop.ui import icons, theme
from pizzagpt_desktop.ui.labels import describe, label, text_button
from pizzagpt_desktop.ui.preferences.appearance_page import AppearancePage
from pizzagpt_desktop.ui.preferences.chats_page import ChatsPage
from pizzagpt_desktop.ui.preferences.costs_page import CostsPage
from pizzagpt_desktop.ui.preferences.fields import PAGE_MARGINS
from pizzagpt_desktop.ui.preferences.models_page import ModelsPage
from pizzagpt_desktop.ui.preferences.proxy_form import ProxyForm
from pizzagpt_desktop.ui.preferences.service_page import ServicePage
from pizzagpt_desktop.ui.preferences.waiting_page import WaitingPage

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.probes import Probes
    from pizzagpt_desktop.ui.ports import SecretsPort, ServiceDirectory

PAGES = (
    ("service", "Service"),
    ("models", "Models on this computer"),
    ("proxy", "Proxy"),
    ("waiting", "Waiting"),
    ("costs", "Costs"),
    ("chats", "Chats"),
    ("appearance", "Appearance"),
)
ICONS = {"chats": "archive", "waiting": "retry", "models": "computer"}
"""Of the pages whose icon has another name than they."""
WIDTH, HEIGHT, LIST_WIDTH = 760, 620, 224


class PreferencesDialog(QDialog):
    """Changes nothing outside itself before OK or Apply, and after Cancel nothing at all."""

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
        self.resize(WIDTH, HEIGHT)
        self._preferences = preferences
        self.list = QListWidget()
        describe(self.list, "preference_pages", "Pages")
        self.list.setFixedWidth(LIST_WIDTH)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setIconSize(QSize(20, 20))
        self._stack = QStackedWidget()
        self.proxy = ProxyForm(secrets, "proxy")
        self.service = ServicePage(services, probes, secrets, self._program_proxy)
        models = services.models()
        self.models = ModelsPage(models) if models is not None else None
        self.waiting = WaitingPage()
        self.costs = CostsPage(services.spent)
        self.chats = ChatsPage()
        self.appearance = AppearancePage()
        self._pages: dict[str, QWidget] = {
            "service": self.service,
            **({"models": self.models} if self.models is not None else {}),
            "proxy": _proxy_page(self.proxy),
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
        self.list.currentRowChanged.connect(self._stack.setCurrentIndex)

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
        column = QVBoxLayout()
        column.setSpacing(0)
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
        self.proxy.load(value.proxy, PROXY_SECRET)
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
        """Show a page, the cursor in `field` of the service's ("key", "model", "address")."""
        self.list.setCurrentRow(self._names.index(name if name in self._names else "service"))
        if name == "service":
            self.service.focus_field(field)

    def apply(self) -> bool:
        """Keep the changes, if all that was entered can be used; otherwise show where it cannot."""
        for name, right in (
            ("service", self.service.is_right()),
            ("models", self.models is None or self.models.is_right()),
            ("proxy", self.proxy.is_right()),
            ("waiting", self.waiting.is_right()),
            ("costs", self.costs.is_right()),
            ("chats", self.chats.is_right()),
            ("appearance", self.appearance.is_right()),
        ):
            if not right:
                self.list.setCurrentRow(self._names.index(name))
                self._trouble.setText("Something cannot be used yet. The field says why.")
                return False
        # Keys first: whoever hears of new preferences may ask for them at once.
        kept = self.service.keep() & self.proxy.keep()
        value = self.service.into(self._preferences.value)
        if self.models is not None:
            value = self.models.into(value)
        value = self.chats.into(self.costs.into(self.waiting.into(value)))
        value = replace(value, proxy=self.proxy.settings(), appearance=self.appearance.settings())
        self._trouble.setText(
            "" if kept else "The changes are kept, but a key or password was not. The field says why."
        )
        self._preferences.set(value)
        return kept

    def accept(self) -> None:
        if self.apply():
            super().accept()

    def _program_proxy(self) -> tuple[ProxySettings, str | None]:
        return self.proxy.settings(), self.proxy.password_now()

    def _on_finished(self, _result: int) -> None:
        self.service.stop()
        if self.models is not None:
            self.models.stop()


def _proxy_page(form: ProxyForm) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(*PAGE_MARGINS)
    column.addWidget(form)
    column.addStretch(1)
    return page


def _scrolled(page: QWidget, name: str, words: str) -> QScrollArea:
    area = QScrollArea()
    describe(area, name, words)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(page)
    return area
