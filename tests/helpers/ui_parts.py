"""What a window needs besides the chat, for tests: services, secrets and probes that say what they are told."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QWidget

from pizzagpt_desktop.chat.events import Announcer
from pizzagpt_desktop.chat.library import Library
from pizzagpt_desktop.chat.probes import Probes
from pizzagpt_desktop.chat.searching import Searcher, SearchReader
from pizzagpt_desktop.chat.service import ChatService
from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.domain.detection import Found
from pizzagpt_desktop.domain.entered import Entered
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.preferences import Live, Preferences, ServiceSettings
from pizzagpt_desktop.domain.proxy import ProxySettings
from pizzagpt_desktop.domain.trial import State, Step, Trial
from pizzagpt_desktop.ui.main_window import MainWindow
from tests.helpers.memory_store import MemoryStore
from tests.helpers.sources import Prompter, ScriptedSource

READY = Preferences(
    service="openai",
    services={"openai": ServiceSettings(provider="openai", base_url="https://api.example.com/v1")},
)


@dataclass(frozen=True)
class Entry:
    """A kind of service."""

    id: str
    label: str
    working: bool = True
    needs_key: bool = True
    default_base_url: str = "https://api.openai.com/v1"
    default_model: str = "gpt-4o-mini"
    models: tuple[str, ...] = ("gpt-4o-mini", "gpt-4o")
    parameters: frozenset[str] = frozenset({"temperature", "top_p", "max_tokens", "seed", "stop"})
    unofficial: bool = False
    broken: str | None = None


class Services:
    """A directory of three: a common one, an unofficial one, a broken one."""

    def entries(self) -> list[Entry]:
        return [
            Entry("openai", "OpenAI-compatible"),
            Entry(
                "pizzagpt",
                "Pizzagpt",
                working=False,
                needs_key=False,
                default_base_url="https://www.pizzagpt.it",
                models=("gpt-4o-mini",),
                parameters=frozenset(),
                unofficial=True,
            ),
            Entry("lost", "My add-on", broken="Its module could not be loaded."),
        ]

    def spent(self) -> tuple[int, int]:
        return 0, 0

    def cost_words(self, conversation_id: str) -> str:
        return ""

    def models(self) -> None:
        return None

    def route_words(self, service_name: str = "") -> str:
        return f"→ {service_name or 'api.example.com'}"


@dataclass
class SecretsInMemory:
    """A key store; `calls` holds what was written and deleted."""

    available: bool = True
    why_not: str = ""
    problem: str = ""
    kept: dict[str, str] = field(default_factory=dict)
    calls: list[tuple[str, ...]] = field(default_factory=list)
    has_file: bool = False
    is_locked: bool = False
    can_seal: bool = False
    passphrase: str = ""

    def unlock(self, passphrase: str) -> str:
        if passphrase != self.passphrase:
            return "This is not the passphrase."
        self.available, self.is_locked = True, False
        return ""

    def seal(self, passphrase: str) -> str:
        if len(passphrase) < 8:
            return "A passphrase has at least 8 characters."
        self.passphrase = passphrase
        self.available, self.has_file, self.can_seal = True, True, False
        return ""

    def read(self, name: str) -> str | None:
        return self.kept.get(name)

    def write(self, name: str, value: str, for_this_run: bool) -> str:
        self.calls.append(("write", name, value, "this run" if for_this_run else "for good"))
        self.kept[name] = value
        return self.problem

    def delete(self, name: str) -> str:
        self.calls.append(("delete", name))
        self.kept.pop(name, None)
        return self.problem


GOOD_TRIAL = Trial(
    route="api.example.com",
    steps=(
        Step(name="route", state=State.OK, words="api.example.com, straight."),
        Step(name="name", state=State.OK, words="api.example.com is 192.0.2.1.", seconds=0.01),
        Step(name="answer", state=State.OK, words="The service answers.", seconds=0.2),
    ),
    models=("gpt-9",),
)


@dataclass
class Runner:
    """Answers probes; `asked` holds what each was asked with."""

    models: list[str] | Fault = field(default_factory=lambda: ["gpt-9", "gpt-9-mini"])
    trial: Trial = GOOD_TRIAL
    found: Found | Fault = field(
        default_factory=lambda: Found(
            provider="openai", base_url="http://127.0.0.1:8080/v1", name="llama.cpp", models=("tiny",)
        )
    )
    local: list[Found] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)

    async def list_models(self, entered: Entered) -> list[str]:
        self.asked.append(entered)
        await asyncio.sleep(0)
        if isinstance(self.models, Fault):
            raise self.models
        return self.models

    async def models_of(self, service_name: str) -> list[str]:
        self.asked.append(service_name)
        await asyncio.sleep(0)
        if isinstance(self.models, Fault):
            raise self.models
        return self.models

    async def try_route(self, entered: Entered, tell: Callable[[Step], None], ask_model: bool) -> Trial:
        self.asked.append(entered)
        for step in self.trial.steps:
            await asyncio.sleep(0)
            tell(step)
        return self.trial

    async def detect(self, text: str, proxy: ProxySettings, proxy_password: str | None) -> Found:
        self.asked.append((text, proxy, proxy_password))
        await asyncio.sleep(0)
        if isinstance(self.found, Fault):
            raise self.found
        return self.found

    async def look_for_local_servers(self) -> list[Found]:
        self.asked.append("local")
        await asyncio.sleep(0)
        return self.local


class Rig:
    """A real window on a real chat, with a store in memory and a source that the test prompts."""

    def __init__(
        self,
        preferences: Preferences = READY,
        store: Any = None,
        open_reader: Callable[[], SearchReader] | None = None,
    ) -> None:
        self.store = store or MemoryStore()
        self.announcer = Announcer()
        self.crashes: list[BaseException] = []
        self.scope = TaskScope(lambda _name, fault: self.crashes.append(fault))
        self.prompter = Prompter()
        self.source = ScriptedSource(self.prompter.script)
        self.library = Library(self.store, self.announcer, scope=self.scope)
        self.service = ChatService(
            self.store, self.source.choose, self.scope, self.announcer, unsaved=self.library.unsaved
        )
        self.preferences = Live(preferences)
        self.secrets = SecretsInMemory()
        self.runner = Runner()
        self.searcher = Searcher(self.store, open_reader)
        self.window = MainWindow(
            self.service,
            self.library,
            self.announcer,
            self.preferences,
            Services(),
            Probes(self.scope, lambda: self.runner),
            self.secrets,
            self.searcher,
            version="1.2.3",
        )

    def show(self, width: int = 1000, height: int = 720) -> None:
        """On the screen, active, with the providers known."""
        self.window.resize(width, height)
        self.window.show()
        self.window.activateWindow()
        self.window.where.refresh()
        QApplication.processEvents()

    async def until(self, fact: Callable[[], object]) -> None:
        """Turn both loops until `fact` holds."""
        async with asyncio.timeout(60):
            QApplication.processEvents()
            while not fact():
                await asyncio.sleep(0.002)
                QApplication.processEvents()

    async def say(self, text: str, reply: str = "A reply.") -> str:
        """Send `text` from the open conversation and have it answered; the conversation's id."""
        self.window.page.composer.set_text(text)
        self.window.desk.send(text)
        identity = self.window.desk.conversation.id
        self.prompter.say(reply)
        self.prompter.end()
        await self.until(lambda: not self.service.is_answering(identity))
        return identity

    def find(self, kind: type[Any], name: str) -> Any:
        """The widget of that name in the window; there must be one."""
        found = self.window.findChild(kind, name)
        assert found is not None, f"there is no {name}"
        return found

    async def close(self) -> None:
        """End the chat and the window."""
        self.searcher.close()
        await self.service.close()
        self.window.close()
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert not self.crashes


def names_of_unlabelled(window: QWidget, interactive: tuple[type[QWidget], ...]) -> list[str]:
    """Visible controls of `window` that lack an object name, a tooltip, an accessible name, or a place in the tab order."""
    missing = []
    for widget in window.findChildren(QWidget):
        if not isinstance(widget, interactive) or not widget.isVisible():
            continue
        if widget.objectName().startswith("qt_"):
            continue
        what = f"{widget.metaObject().className()} {widget.objectName()!r}"
        if not widget.objectName():
            missing.append(f"{what}: object name")
        if not widget.toolTip():
            missing.append(f"{what}: tooltip")
        if not widget.accessibleName():
            missing.append(f"{what}: accessible name")
        if widget.isEnabled() and not widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            missing.append(f"{what}: place in the tab order")
    return missing
