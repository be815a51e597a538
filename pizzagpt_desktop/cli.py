"""The headless twin: ask, go on, list, show, search, export, import, on the same store and providers; knows no window.

What is done to the chat file as a whole (backup, restore, recover) is in `upkeep`.

Exit status: 0 for a complete reply or a done job, 1 for any other end, 2 for wrong usage. Words for people go to
standard error, the text of a reply and JSON to standard output.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pizzagpt_desktop import __version__, model_check, route_test, upkeep
from pizzagpt_desktop.ask import KEY_VARIABLE, ask, choose_source, go_on, result, unasked, words
from pizzagpt_desktop.chat.events import Announcer
from pizzagpt_desktop.chat.library import Library
from pizzagpt_desktop.console import COMMANDS, Out, UsageError, complain
from pizzagpt_desktop.domain.conversation import Conversation, SearchHit
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.text import storable
from pizzagpt_desktop.exchange import export

if TYPE_CHECKING:
    from pizzagpt_desktop.storage.store import SqliteSessionStore

ASKING = ("ask", "continue")
READING = ("list", "show", "search", "export")
OK, NOT_COMPLETE, WRONG_USAGE = 0, 1, 2
_SAY_AFTER_S = 1.0


def main(argv: Sequence[str]) -> int:
    """Run one command; `argv` without the program's name, its first word one of `COMMANDS`."""
    options = _parser().parse_args(argv)
    out = Out(sys.stdout)
    try:
        with ExitStack() as stack:
            status = _run(options, out, stack)
            return NOT_COMPLETE if out.failed else status
    except UsageError as error:
        complain(str(error))
        return WRONG_USAGE
    except Fault as fault:
        if options.command in ASKING and options.json:
            out.json(result(unasked(fault)))
        elif options.command == "import" and options.json:
            from pizzagpt_desktop.importing import refused

            out.json(refused(words(fault)).facts())
        else:
            complain(words(fault))
        return NOT_COMPLETE
    except KeyboardInterrupt:  # before or after the time in which a reply can be stopped
        complain("Stopped.")
        return NOT_COMPLETE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pizzagpt-desktop", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    where = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    place = where.add_mutually_exclusive_group()
    place.add_argument("--data-dir", type=Path, metavar="DIR", help="keep chats, settings and log under DIR")
    place.add_argument("--temp", action="store_true", help="keep nothing after this run")
    as_json = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    as_json.add_argument("--json", action="store_true", help="print JSON")
    commands = parser.add_subparsers(dest="command", required=True, metavar="|".join(COMMANDS))

    asked = _asked()
    question = commands.add_parser(
        "ask", parents=[where, as_json, asked], allow_abbrev=False, help="ask and print the reply"
    )
    question.add_argument("text", metavar="TEXT")
    question.add_argument("--conversation", metavar="ID", help="go on with a conversation")
    more = commands.add_parser(
        "continue",
        parents=[where, as_json, asked],
        allow_abbrev=False,
        help="go on with the last reply of a conversation, if it ended early",
    )
    more.add_argument("id", metavar="ID")
    for parser_of_asking in (question, more):
        parser_of_asking.epilog = (
            f"A key comes from the variable {KEY_VARIABLE} or the system's key store, never from here."
        )
    commands.add_parser("list", parents=[where, as_json], allow_abbrev=False, help="list the conversations")
    show = commands.add_parser(
        "show", parents=[where, as_json], allow_abbrev=False, help="print a conversation"
    )
    show.add_argument("id", metavar="ID")
    search = commands.add_parser("search", parents=[where, as_json], allow_abbrev=False, help="find messages")
    search.add_argument(
        "query",
        metavar="QUERY",
        help='words (all must occur), "phrases", from:me, from:assistant, in:TITLE, tag:NAME, model:NAME,'
        " before:2026-01-31, after:2026-01-31, is:archived",
    )
    search.add_argument("--best", action="store_true", help="the best hits first, instead of the newest")
    search.add_argument("--limit", type=_limit, default=100, metavar="N", help="at most so many hits (100)")
    save = commands.add_parser(
        "export", parents=[where], allow_abbrev=False, help="write a conversation to a file"
    )
    save.add_argument("id", metavar="ID")
    save.add_argument("--format", choices=("json", "md"), default="json")
    save.add_argument("--output", type=Path, metavar="FILE", help="instead of standard output")
    bring = commands.add_parser(
        "import", parents=[where, as_json], allow_abbrev=False, help="bring in conversations from a file"
    )
    bring.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="an export of ChatGPT, Claude, Open WebUI, LibreChat, LM Studio or `export`",
    )
    folder = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    folder.add_argument("--data-dir", type=Path, metavar="DIR", help="the chats under DIR")
    upkeep.add_parsers(commands, [folder, as_json])
    model_check.add_parsers(commands, [as_json])
    route_test.add_parsers(commands, [folder, as_json])
    return parser


def _asked() -> argparse.ArgumentParser:
    """The options of everything that asks a service."""
    question = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    question.add_argument("--provider", metavar="ID", help="kind of service, e.g. openai or pizzagpt")
    question.add_argument(
        "--base-url", metavar="URL", help="the service's root, e.g. http://127.0.0.1:8080/v1"
    )
    question.add_argument("--model", metavar="M")
    question.add_argument("--system", metavar="S", help="system prompt")
    question.add_argument(
        "--proxy", metavar="URL", help="http, https, socks4, socks4a, socks5 or socks5h; or none, system"
    )
    question.add_argument(
        "--proxy-for-loopback", action="store_true", help="use the proxy for this computer's own services"
    )
    question.add_argument(
        "--retries", type=_count, default=0, metavar="N", help="ask again so often where it may help"
    )
    return question


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 100):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 to 100")
    return int(text)


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 100_000):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to 100000")
    return int(text)


def _run(options: argparse.Namespace, out: Out, stack: ExitStack) -> int:
    if options.command == model_check.COMMAND:
        return OK if model_check.run(options, out) else NOT_COMPLETE
    from pizzagpt_desktop.storage.faults import SchemaTooNew, StoreDamaged
    from pizzagpt_desktop.storage.paths import folders

    if options.command == route_test.COMMAND:
        places = stack.enter_context(folders(options.data_dir))
        return OK if route_test.run(options, places, out) else NOT_COMPLETE
    from pizzagpt_desktop.storage.store import PATIENT_WAIT_S, SqliteSessionStore

    if options.command == "ask" and not options.text.strip():
        raise UsageError("There is nothing to ask: the text is empty.")
    if options.command in upkeep.COMMANDS:
        upkeep.run(options, stack.enter_context(folders(options.data_dir)), out)
        return OK
    places = stack.enter_context(folders(options.data_dir, options.temp))
    try:
        store = SqliteSessionStore(places.chats, wait_s=PATIENT_WAIT_S)
    except (StoreDamaged, SchemaTooNew):
        raise
    except Fault as fault:
        store = _read_only(places.chats, options, fault)
    stack.callback(store.close)
    store.interrupt_abandoned()
    library = Library(store, Announcer())
    if options.command == "ask":
        conversation = (
            _conversation(library, options.conversation) if options.conversation is not None else None
        )
        complete = asyncio.run(ask(options, out, store, choose_source(options, places, conversation)))
        return OK if complete else NOT_COMPLETE
    match options.command:
        case "continue":
            conversation = _conversation(library, options.id)
            asked = choose_source(options, places, conversation)
            return OK if asyncio.run(go_on(options, out, store, asked)) else NOT_COMPLETE
        case "list":
            _list(library, options, out)
        case "show":
            _show(library, options, out)
        case "search":
            _search(store, options, out)
        case "export":
            _export(library, store, options, out)
        case "import":
            return OK if _import(store, options, out) else NOT_COMPLETE
    return OK


# the store


def _read_only(chats: Path, options: argparse.Namespace, fault: Fault) -> "SqliteSessionStore":
    """What a file that cannot be written to holds, for the commands that only read. Raises `fault` for all others."""
    from pizzagpt_desktop.storage.unsaved import UnsavedStore

    writable = os.access(chats.parent, os.W_OK) and os.access(chats, os.W_OK)
    if options.command not in READING or writable or not chats.exists():
        raise fault
    store = UnsavedStore(chats)
    if not store.shows_file:
        store.close()
        raise fault
    return store


def _conversation(library: Library, conversation_id: str) -> Conversation:
    try:
        return library.conversation(conversation_id)
    except KeyError:
        raise UsageError(
            f"There is no conversation {conversation_id!r}. `list` shows which there are."
        ) from None


def _list(library: Library, options: argparse.Namespace, out: Out) -> None:
    conversations = library.conversations()
    if options.json:
        out.json([export.conversation_facts(conversation) for conversation in conversations])
        return
    for conversation in conversations:
        updated = (export.iso_time(conversation.updated_at) or "")[:16].replace("T", " ")
        out.line(f"{conversation.id}  {updated}  {conversation.title or '(no title)'}")


def _show(library: Library, options: argparse.Namespace, out: Out) -> None:
    conversation = _conversation(library, options.id)
    path = library.path(conversation.id)
    if options.json:
        facts = export.conversation_facts(conversation)
        out.json(facts | {"messages": [export.message_facts(message) for message in path]})
    else:
        out.text(export.as_markdown(conversation, path))


def _search(store: "SqliteSessionStore", options: argparse.Namespace, out: Out) -> None:
    from pizzagpt_desktop.domain.query import Order, SearchRequest
    from pizzagpt_desktop.storage.search_reader import SearchReader

    order: Order = "best" if options.best else "newest"
    if getattr(
        store, "shows_file", False
    ):  # the index beside the file cannot be brought up to date, but a copy's can
        _show_hits(store.search(storable(options.query), options.limit, order=order), options, out)
        return
    reader = SearchReader(store.file)
    try:
        began, told = time.monotonic(), False
        while reader.tend():  # what was written since the last search enters the index first
            if not told and time.monotonic() - began > _SAY_AFTER_S:
                complain("The search is taking in what is new. This may take a while.")
                told = True
        found = reader.find(SearchRequest(storable(options.query), order, options.limit))
    finally:
        reader.close()
    if found.indexed < 1:
        complain("Some older messages are not in the search yet; run it again later.")
    _show_hits(found.hits, options, out)


def _show_hits(hits: Sequence[SearchHit], options: argparse.Namespace, out: Out) -> None:
    if options.json:
        out.json(
            [
                {
                    "conversation": hit.conversation_id,
                    "message": hit.message_id or None,
                    "title": hit.title,
                    "role": hit.role.value if hit.message_id else None,
                    "archived": hit.archived,
                    "excerpt": hit.excerpt,
                    "created": export.iso_time(hit.created_at),
                }
                for hit in hits
            ]
        )
        return
    for hit in hits:
        out.line(f"{hit.conversation_id}  {hit.title or '(no title)'}: {' '.join(hit.excerpt.split())}")


def _export(library: Library, store: "SqliteSessionStore", options: argparse.Namespace, out: Out) -> None:
    conversation = _conversation(library, options.id)
    if options.format == "json":
        whole = export.as_json(conversation, store.messages(conversation.id))
        text = json.dumps(whole, indent=2) + "\n"
    else:
        text = export.as_markdown(conversation, library.path(conversation.id))
    if options.output is None:
        out.text(text)
        return
    from pizzagpt_desktop.storage.files import write_whole

    try:
        if options.output.exists() and not options.output.is_file():  # a pipe or a device stays what it is
            options.output.write_bytes(text.encode("utf-8"))
        else:  # what a link leads to is replaced, not the link
            write_whole(options.output.resolve(), text.encode("utf-8"))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its name cannot be used"
        words = f"The file {str(options.output)!r} cannot be written: {why}."
        raise Fault(FaultKind.STORAGE, words, hint="Nothing was exported. Choose another place.") from error


@contextmanager
def _interrupted_between_steps() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed, which then breaks nothing off in its middle; a second one does."""
    pressed = False

    def press(*_: object) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, before)

    before = signal.getsignal(signal.SIGINT)
    if not callable(before):  # whoever started this wants it to be deaf
        yield lambda: False
        return
    signal.signal(signal.SIGINT, press)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)


def _import(store: "SqliteSessionStore", options: argparse.Namespace, out: Out) -> bool:
    """Whether something came of it."""
    from pizzagpt_desktop.importing import REFUSED, Import
    from pizzagpt_desktop.storage.arriving import Arriving

    bringing = Import(options.file, Arriving(store.database, store.making), time.time())
    with _interrupted_between_steps() as interrupted, closing(bringing.steps()) as steps:
        stopped = any(interrupted() for _ in steps)
    outcome = bringing.outcome()
    if options.json:
        out.json(outcome.facts())
    elif outcome.result == REFUSED:
        complain(outcome.message)
    else:
        out.line(outcome.message)
    return outcome.result != REFUSED and not stopped
