"""What the window refuses before anything leaves: a question to a service that is known to want a key, without one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.domain.conversation import Conversation
from pizzagpt_desktop.domain.extras import Extras
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.preferences import Live, Preferences, ServiceSettings, secret_name
from pizzagpt_desktop.late_providers import LateProviders
from pizzagpt_desktop.storage.paths import folders
from pizzagpt_desktop.storage.secrets import Secrets
from pizzagpt_desktop.ui.strings import fault_words

CHAT = Conversation(id="c")


class Store:
    """A key store with nothing in it."""

    def __init__(self, refuses: bool = False) -> None:
        self.refuses = refuses
        self.kept: dict[str, str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        if self.refuses:
            raise OSError("the daemon is away")
        return self.kept.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.kept.pop(username, None)


@pytest.fixture
async def scope() -> AsyncIterator[TaskScope]:
    made = TaskScope(lambda error: None)
    yield made
    await made.close()


def providers(tmp_path: Path, scope: TaskScope, secrets: Secrets, **service: object) -> LateProviders:
    settings = ServiceSettings(**{"provider": "openai"} | service)  # type: ignore[arg-type]  # facts of many types by name
    preferences = Live(Preferences(service="mine", services={"mine": settings}))
    with folders(tmp_path / "data") as places:
        return LateProviders(preferences, secrets, scope, places)


async def test_without_its_key_nothing_is_sent_to_a_known_service(tmp_path: Path, scope: TaskScope) -> None:
    secrets = Secrets(Store())
    late = providers(tmp_path, scope, secrets)
    with pytest.raises(Fault) as caught:
        late.choose(CHAT)
    assert caught.value.kind is FaultKind.AUTH
    words = fault_words(caught.value)
    assert words.title == "Nothing was sent: OpenAI wants a key, and there is none."
    assert (words.hint, words.action) == ("Enter it in the preferences.", "preferences")
    secrets.write(secret_name("mine"), "sk-test-CANARY", for_this_run=True)
    assert late.choose(CHAT)


async def test_a_key_store_that_does_not_answer_is_named(tmp_path: Path, scope: TaskScope) -> None:
    with pytest.raises(Fault) as caught:
        providers(tmp_path, scope, Secrets(Store(refuses=True))).choose(CHAT)
    assert caught.value.detail.startswith("Nothing was sent: the key store does not answer")


@pytest.mark.parametrize(
    "service",
    [
        {"base_url": "http://127.0.0.1:8080/v1"},
        {"base_url": "http://127.0.0.1:1337/v1"},
        {"base_url": "https://models.example/v1"},
        {"extras": Extras(headers=(("X-Key", "mine"),))},
        {"provider": "ollama"},
    ],
)
async def test_who_may_do_without_a_key_is_asked(
    tmp_path: Path, scope: TaskScope, service: dict[str, object]
) -> None:
    assert providers(tmp_path, scope, Secrets(Store()), **service).choose(CHAT)
