"""What a conversation asks beside the words holds on the command line too; --system goes before all."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pizzagpt_desktop import cli
from pizzagpt_desktop.domain.asking import Asking, Persona
from pizzagpt_desktop.domain.conversation import Conversation, DraftFile
from pizzagpt_desktop.domain.preferences import Preferences, ServiceSettings
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxySettings
from pizzagpt_desktop.storage.paths import folders
from pizzagpt_desktop.storage.preferences import save
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.scripted_service import Script, ScriptedService


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    with ScriptedService() as service:
        service.script("m", Script(words=["Yes"]))
        yield service


def test_persona_and_parameters_of_a_conversation(
    tmp_path: Path, service: ScriptedService, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ServiceSettings(provider="openai", base_url=service.base_url, model="m", temperature=0.9)
    with folders(tmp_path) as places:
        chosen = Preferences(
            service="s",
            services={"s": settings},
            proxy=ProxySettings(mode=ProxyMode.NONE),
            personas={"p": Persona(system_prompt="Arr", top_p=0.5)},
            asking=Asking(max_tokens=77),
        )
        save(places.preferences, chosen)
        with closing(SqliteSessionStore(places.chats)) as store:
            store.add_conversation(
                Conversation(id="c", service="s", persona="p", asking=Asking(temperature=0.0))
            )
    for more in ([], ["--system", "Be brief"]):
        asked = ["ask", "Hello", "--conversation", "c", "--data-dir", str(tmp_path), *more]
        assert cli.main(asked) == 0, capsys.readouterr()
    first, second = (chat.json for chat in service.chats())
    assert (first["temperature"], first["top_p"], first["max_tokens"]) == (0.0, 0.5, 77)
    assert first["messages"][0] == {"role": "system", "content": "Arr"}
    assert second["messages"][0] == {"role": "system", "content": "Be brief"}


def test_what_somebody_writes_in_the_window_meanwhile_stays_a_draft(
    tmp_path: Path, service: ScriptedService, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ServiceSettings(provider="openai", base_url=service.base_url, model="m")
    with folders(tmp_path) as places:
        none = ProxySettings(mode=ProxyMode.NONE)
        save(places.preferences, Preferences(service="s", services={"s": settings}, proxy=none))
        with closing(SqliteSessionStore(places.chats)) as store:
            for _ in store.files.writing("f", "words", temporary=False):
                pass
            file = DraftFile("f", "a.txt", 5, 5)
            store.add_conversation(Conversation(id="c", service="s", draft="half a thought", files=(file,)))
    assert cli.main(["ask", "Hello", "--conversation", "c", "--data-dir", str(tmp_path)]) == 0, (
        capsys.readouterr()
    )
    with closing(SqliteSessionStore(places.chats)) as store:
        found = store.conversation("c")
        assert found is not None
        assert (found.draft, found.files) == ("half a thought", (file,))
        assert store.files.text("f") == "words"
        assert [message.text for message in store.path("c")] == ["Hello", "Yes"]
