"""What a person does with the program, in words of the person; every step is keys and clicks, and waits for facts."""

from pathlib import Path
from typing import Any

from pizzagpt_desktop.domain.conversation import Message
from pizzagpt_desktop.domain.preferences import Preferences, ServiceSettings
from pizzagpt_desktop.domain.proxy import ProxySettings
from pizzagpt_desktop.storage.paths import folders
from pizzagpt_desktop.storage.preferences import save
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.desktop import Desktop, Program

TITLE = "PizzaGPT Desktop"


class User:
    """Someone with one data folder, who starts the program on a desktop and uses it."""

    def __init__(self, desktop: Desktop, data: Path) -> None:
        self.desktop = desktop
        self.data = data
        self._program: Program | None = None

    @property
    def program(self) -> Program:
        assert self._program is not None, "the program was not started"
        return self._program

    # --- the program as a whole

    def start(self, **options: Any) -> None:
        """Start it and wait until it can be typed into."""
        self._program = self.desktop.start("--data-dir", self.data, **options)
        self.program.widget("composer_text")
        self.program.take_keyboard()
        self.program.wait(lambda: self.program.find("composer_text").focused, "the keyboard in the composer")

    def start_unseen(self) -> None:
        """Start a program that says nothing of itself (a packaged one), and wait for its window."""
        self._program = self.desktop.start("--data-dir", self.data)
        self.program.wait(
            lambda: self.program.xdotool("search", "--onlyvisible", "--name", TITLE, check=False), "a window"
        )
        self.program.take_keyboard()

    def quit(self) -> None:
        """Ctrl+Q, and it ends in order."""
        self.program.key("ctrl+q")
        assert self.program.wait_end() == 0, self.program.said()

    # --- choosing a service

    def choose_service(self, base_url: str, *, key: str = "", model: str = "") -> None:
        """In the open preferences: an OpenAI-compatible service at `base_url`."""
        program = self.program
        self.pick("service", "OpenAI-compatible")
        program.click("add_known")
        program.wait(lambda: program.find("base_url"), "the form of the service")
        self.fill("base_url", base_url)
        if key:
            self.fill("key", key)
        if model:
            self.fill("model", model)

    def pick(self, choice: str, row: str) -> None:
        """Choose a row of a field to choose in."""
        program = self.program
        program.click(choice, "Choice")

        def shown() -> bool:
            parts = (part for widget in program.widgets() if widget.shown for part in widget.parts)
            if any(part["text"].startswith(row) for part in parts):
                return True
            # On a busy computer a click is held so long that its end closes what its beginning opened.
            program.key("alt+Down")
            return False

        program.wait(shown, f"a row {row!r}")
        program.click_row(row)

    def fill(self, field: str, text: str) -> None:
        """Replace what a field holds."""
        program = self.program
        program.click(field)
        program.wait(lambda: program.has_keyboard(field), f"the keyboard in {field}")
        program.key("ctrl+a", "BackSpace")
        program.type(text)
        if "•" not in text:
            program.wait(lambda: program.find(field).text == text, f"{text!r} in {field}")

    def fill_secret(self, field: str, text: str) -> None:
        """Type into a field that shows dots."""
        program = self.program
        program.click(field)
        program.wait(lambda: program.has_keyboard(field), f"the keyboard in {field}")
        program.type(text)
        program.wait(lambda: len(program.find(field).text) == len(text), f"as many dots in {field}")

    def say_ok(self) -> None:
        """OK, and the dialog is gone."""
        self.program.click("ok")
        self.program.wait(lambda: not self.program.find("preferences"), "the preferences to close")

    # --- writing and reading

    def write(self, text: str) -> None:
        """Type into the composer, without sending."""
        program = self.program
        if not program.has_keyboard("composer_text"):
            program.click("composer_text")
        program.type(text)
        program.wait(lambda: program.find("composer_text").text.endswith(text), f"{text!r} in the composer")

    def send(self, text: str) -> None:
        """Type a message and press Enter."""
        self.write(text)
        self.program.key("Return")

    def page(self) -> str:
        """All text of the open conversation as it stands on the page, the lines under replies too."""
        view = self.program.find("transcript")
        messages = view.messages if view is not None else ()
        return "\n".join(
            part for message in messages for part in (message["text"], message["status"]) if part
        )

    def wait_page(self, text: str) -> None:
        """Until `text` can be read on the page."""
        self.program.wait(lambda: text in self.page(), f"{text!r} on the page, which says {self.page()!r}")

    def conversations(self) -> list[str]:
        """The titles in the sidebar, as shown."""
        found = self.program.find("conversations")
        return [part["text"] for part in found.parts] if found else []

    def open(self, title: str) -> None:
        """Click a conversation in the sidebar."""
        self.program.click_part("conversations", title)
        self.program.wait(lambda: title in self.shown_title(), f"{title!r} to be open")

    def shown_title(self) -> str:
        """The title of the open conversation."""
        found = self.program.find("title")
        return found.text if found else ""

    # --- the store, as another program sees it

    def messages(self, role: str = "assistant") -> list[Message]:
        """All stored messages of a role, in order of creation."""
        (path,) = self.data.rglob("chats.db")
        store = SqliteSessionStore(path)
        try:
            found = [m for c in store.conversations() for m in store.messages(c.id) if m.role == role]
        finally:
            store.close()
        return sorted(found, key=lambda message: message.seq)

    def stored(self) -> list[str]:
        """The ids of all stored conversations."""
        (path,) = self.data.rglob("chats.db")
        store = SqliteSessionStore(path)
        try:
            return [conversation.id for conversation in store.conversations()]
        finally:
            store.close()

    def wait_stored(self, text: str, number: int = -1) -> None:
        """Until `text` stands in the stored reply with this number."""
        self.program.wait(lambda: text in self.messages()[number].text, f"{text!r} in the stored reply")

    def wait_reply(self, status: str, number: int = -1) -> Message:
        """Until the reply with this number (oldest 0) is stored with this status; it."""

        def ended() -> Message | None:
            replies = self.messages()
            try:
                reply = replies[number]
            except IndexError:
                return None
            return reply if reply.status == status else None

        found = self.program.wait(ended, f"a stored reply that is {status}")
        assert isinstance(found, Message)
        return found


def write_preferences(data: Path, base_url: str, model: str, **proxy: Any) -> None:
    """The settings file of someone who chose a service earlier (the first journey chooses by hand)."""
    service = ServiceSettings(provider="openai", base_url=base_url, model=model)
    chosen = Preferences(service="openai", services={"openai": service}, proxy=ProxySettings(**proxy))
    with folders(data) as places:
        save(places.preferences, chosen)
