"""One question from the command line, or going on with a reply: which service, which key, which route, and the reply as it comes.

Knows the store and the providers by their seams, and neither a window nor how the command line is spelled.
"""

import argparse
import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from pizzagpt_desktop.chat.events import Announcer, Event, ReplyEnded, ReplyGrew, ReplyWaiting, SavingFailed
from pizzagpt_desktop.chat.library import Library
from pizzagpt_desktop.chat.ports import ReplySource
from pizzagpt_desktop.chat.reply import note_of
from pizzagpt_desktop.chat.service import ChatService
from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.console import Out, UsageError, complain
from pizzagpt_desktop.domain.asking import NAMES, NOTHING_ASKED, Asking, inherited
from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.local import LocalSettings
from pizzagpt_desktop.domain.preferences import (
    PROXY_SECRET,
    Live,
    Preferences,
    ServiceSettings,
    proxy_secret_name,
)
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxySettings, parse_proxy_url
from pizzagpt_desktop.domain.text import storable
from pizzagpt_desktop.engine.computer import Computer
from pizzagpt_desktop.exchange import export
from pizzagpt_desktop.ui.strings import fault_words, status_words

if TYPE_CHECKING:
    from pizzagpt_desktop.storage.paths import Folders
    from pizzagpt_desktop.storage.store import SqliteSessionStore

KEY_VARIABLE = "PIZZAGPT_DESKTOP_API_KEY"


class Asked(NamedTuple):
    """source: what answers. service: the name of the service it came from, or "". computer, scope: to be closed."""

    source: ReplySource
    service: str
    computer: Computer
    scope: TaskScope


def choose_source(options: argparse.Namespace, places: "Folders", conversation: Conversation | None) -> Asked:
    """The source for a question, new or of `conversation`.

    Raises `UsageError` where options and preferences name none that can be asked.
    """
    from pizzagpt_desktop.providers.registry import Registry
    from pizzagpt_desktop.providers.sizes import Sizes
    from pizzagpt_desktop.providers.sources import Sources
    from pizzagpt_desktop.storage.learned import LearnedFile
    from pizzagpt_desktop.storage.model_seats import ModelSeats, seats_folder
    from pizzagpt_desktop.storage.preferences import load
    from pizzagpt_desktop.unlocking import opened_secrets

    loaded = load(places.preferences)
    if loaded.problem:
        complain(loaded.problem)
    preferences, secrets = loaded.preferences, opened_secrets(places)
    registry = Registry()
    name, service = _service(options, preferences, registry.ids(), conversation)
    key = os.environ.get(KEY_VARIABLE) or None
    if key is not None and not key.isprintable():
        raise UsageError(
            f"The key in {KEY_VARIABLE} holds a line break or another character that no key has."
        )
    proxy, password = _proxy(options, preferences, name, secrets.read)
    scope = TaskScope()
    service = _as_asked(service, options, preferences, conversation)
    service, local = _with_named_file(service, preferences.local)
    computer = Computer(scope.spawn, places.models, lambda: local, lambda: ModelSeats(seats_folder()))
    sizes = Sizes(LearnedFile(places.learned))
    sources = Sources(registry, Live(preferences), secrets.read, computer=computer, sizes=sizes)
    try:
        if key is None and name:
            key = sources.key_of(name, service)
        source = sources.source_for(
            service,
            key=key,
            proxy=proxy,
            proxy_password=password,
            retries=options.retries,
            lasting=True,
        )
    except Fault as fault:
        if fault.kind in (FaultKind.SETTINGS, FaultKind.AUTH):
            raise UsageError(words(fault)) from fault
        raise
    return Asked(source, name, computer, scope)


def _as_asked(
    service: ServiceSettings,
    options: argparse.Namespace,
    preferences: Preferences,
    conversation: Conversation | None,
) -> ServiceSettings:
    """The service with what is asked of it: the options' instructions, the conversation's, its persona's, the program's."""
    levels: list[object] = [service, preferences.asking]
    if conversation is not None:
        persona = preferences.personas.get(conversation.persona, NOTHING_ASKED)
        levels = [conversation.asking, persona, *levels]
    if options.system is not None:
        levels.insert(0, Asking(system_prompt=service.system_prompt))
    held = inherited(*levels)
    return replace(service, **{name: getattr(held, name) for name in NAMES})


def _service(
    options: argparse.Namespace,
    preferences: Preferences,
    ids: Sequence[str],
    conversation: Conversation | None,
) -> tuple[str, ServiceSettings]:
    """The service of the preferences that fits the options, with the options put over it.

    Its name is "" where it is none of the preferences': such a one must not be sent a stored key.
    """
    name = (conversation.service if conversation else "") or preferences.service
    service = preferences.services.get(name)
    if service is not None and conversation is not None and conversation.model:
        service = replace(service, model=conversation.model)
    if options.provider is not None:
        if options.provider not in ids:
            raise UsageError(f"There is no provider {options.provider!r}; there are: {', '.join(ids)}.")
        if service is None or service.provider != options.provider:
            fitting = ((n, s) for n, s in preferences.services.items() if s.provider == options.provider)
            name, service = next(fitting, ("", ServiceSettings(provider=options.provider)))
    if service is None:
        raise UsageError(
            "No service was chosen yet. Name one: --provider openai --base-url URL, or choose one in the window."
        )
    if options.base_url is not None and options.base_url != service.base_url:
        name, service = "", replace(service, base_url=_checked_url(options.base_url))
    if options.model is not None:
        service = replace(service, model=options.model)
    if options.system is not None:
        service = replace(service, system_prompt=storable(options.system))
    return name, service


def _with_named_file(service: ServiceSettings, local: LocalSettings) -> tuple[ServiceSettings, LocalSettings]:
    """A model file that is named by its path counts as one that was added."""
    file = Path(service.model)
    if service.provider != "local" or not file.suffix or not file.is_file():
        return service, local
    path = str(file.absolute())
    return replace(service, model=path), replace(local, files=(*local.files, path))


def _checked_url(text: str) -> str:
    try:
        url = urlsplit(text)
        fine = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        fine = False
    if not fine or any(char.isspace() or not char.isprintable() for char in text):
        raise UsageError(f"{text!r} is no address of a service; one looks like https://api.example.com/v1")
    if url.username is not None or url.password is not None:
        raise UsageError(f"A service's address holds no login. A key goes into the variable {KEY_VARIABLE}.")
    return text


def _proxy(
    options: argparse.Namespace, preferences: Preferences, name: str, secret: Any
) -> tuple[ProxySettings, str | None]:
    if options.proxy is None:
        own = preferences.services[name].proxy if name else None
        proxy, secret_of = (own, proxy_secret_name(name)) if own else (preferences.proxy, PROXY_SECRET)
        needs_password = proxy.mode is ProxyMode.MANUAL and bool(proxy.username)
        return proxy, secret(secret_of) if needs_password else None
    if options.proxy.strip().lower() in ("none", "direct"):
        return ProxySettings(mode=ProxyMode.NONE), None
    if options.proxy.strip().lower() == "system":
        return ProxySettings(mode=ProxyMode.SYSTEM), None
    try:
        proxy, password = parse_proxy_url(options.proxy)
    except ValueError as error:
        raise UsageError(str(error)) from None
    return replace(proxy, for_loopback=options.proxy_for_loopback), password or None


async def ask(options: argparse.Namespace, out: Out, store: "SqliteSessionStore", asked: Asked) -> bool:
    """Ask, print the text as it comes and what became of it; whether the reply is complete."""

    def begin(service: ChatService, library: Library) -> None:
        # A model is of use later only together with the service that has it.
        identity = (
            options.conversation
            or library.create(asked.service, (options.model or "") if asked.service else "").id
        )
        service.send(identity, options.text, is_draft=False)  # a draft is what somebody writes in the window

    return await _printed(options, out, store, asked, begin)


async def go_on(options: argparse.Namespace, out: Out, store: "SqliteSessionStore", asked: Asked) -> bool:
    """Go on with the last reply of a conversation, or answer its last message; prints and returns as `ask`.

    Only what is new is printed. A reply that is complete is left alone. Raises `UsageError` where there is nothing
    to go on with, `Fault` where another program is writing the reply.
    """
    path = store.path(options.id)
    if not path:
        raise UsageError(f"The conversation {options.id!r} has no messages.")
    last = path[-1]
    if last.status is Status.STREAMING:
        raise Fault(
            FaultKind.STORAGE, "Another program is writing this reply just now.", hint="Wait for its end."
        )
    if last.role is Role.ASSISTANT and last.status is Status.COMPLETE:
        complain("The last reply is complete; there is nothing to go on with.")
        if options.json:
            out.json(result(last))
        return True

    def begin(service: ChatService, _library: Library) -> None:
        if last.role is Role.ASSISTANT:
            service.continue_reply(last.id)
        else:
            service.retry(last.id)

    return await _printed(options, out, store, asked, begin)


async def _printed(
    options: argparse.Namespace,
    out: Out,
    store: "SqliteSessionStore",
    asked: Asked,
    begin: Callable[[ChatService, Library], object],
) -> bool:
    loop = asyncio.get_running_loop()
    announcer, scope = Announcer(), asked.scope
    library = Library(store, announcer)
    service = ChatService(store, lambda _: asked.source, scope, announcer, unsaved=library.unsaved)
    ended: asyncio.Future[Message] = loop.create_future()

    def on_event(event: Event) -> None:
        match event:
            case ReplyGrew(conversation_id, _, text, _):
                out.text(text)
                if out.gone:
                    service.stop(conversation_id)
            case ReplyWaiting(_, _, seconds):
                complain(f"The service asks to wait; asking again in {seconds:.0f} s.")
            case SavingFailed(fault):
                complain(words(fault))
            case ReplyEnded(message):
                ended.set_result(message)
            case _:
                pass

    announcer.subscribe(on_event)

    def stop() -> None:
        for identity in service.answering:
            service.stop(identity)

    _stop_on_signals(stop)
    begin(service, library)
    reply = await ended
    await service.close()
    await asked.computer.close()
    out.end_line()
    if options.json:
        out.json(result(reply))
    elif reply.status is not Status.COMPLETE and not out.gone:
        complain(_ending(reply))
    return reply.status is Status.COMPLETE


def _stop_on_signals(stop: Callable[[], None]) -> None:
    """From now on Ctrl-C and a request to end stop the reply; a program without one is ending anyway."""
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))


def result(reply: Message) -> dict[str, Any]:
    """What `--json` prints of a reply."""
    facts = export.message_facts(reply)
    same = (
        "state",
        "text",
        "reasoning",
        "finish_reason",
        "tool_calls",
        "skipped_events",
        "damaged",
        "usage",
        "error",
    )
    return {name: facts[name] for name in same} | {
        "conversation": reply.conversation_id or None,
        "message": reply.id or None,
    }


def unasked(fault: Fault) -> Message:
    """A reply that never was, because the store could not be opened or did not take the question."""
    return Message(
        id="",
        conversation_id="",
        parent_id=None,
        role=Role.ASSISTANT,
        text="",
        status=Status.FAILED,
        fault=note_of(fault),
    )


def _ending(reply: Message) -> str:
    if reply.fault is not None:
        return words(Fault(reply.fault.kind, reply.fault.detail, hint=reply.fault.hint))
    return status_words(reply)


def words(fault: Fault) -> str:
    """A fault in one line for people."""
    said = fault_words(fault)
    return f"{said.title} {said.hint}".strip()
