"""The command `route test`: the way to a service of the preferences, walked step by step; knows no window."""

import argparse
import asyncio
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pizzagpt_desktop.console import Out, UsageError, complain
from pizzagpt_desktop.domain.trial import State, Step

if TYPE_CHECKING:
    from pizzagpt_desktop.domain.preferences import ServiceSettings
    from pizzagpt_desktop.storage.paths import Folders

COMMAND = "route"
KEY_VARIABLE = "PIZZAGPT_DESKTOP_API_KEY"


def add_parsers(commands: Any, parents: Sequence[argparse.ArgumentParser]) -> None:
    """Add the command to the command line's; `parents` have --data-dir and --json."""
    route = commands.add_parser(COMMAND, allow_abbrev=False, help="look at the way to a service")
    acts = route.add_subparsers(dest="act", required=True, metavar="test")
    test = acts.add_parser(
        "test",
        parents=list(parents),
        allow_abbrev=False,
        help="walk the way to a service step by step, and say where it fails",
    )
    test.add_argument("service", nargs="?", default="", metavar="SERVICE", help="instead of the current one")
    test.add_argument(
        "--ask", action="store_true", help="also have the model answer a word, which a service may charge for"
    )
    test.epilog = f"A key comes from the variable {KEY_VARIABLE} or the system's key store, never from here."


def run(options: argparse.Namespace, places: "Folders", out: Out) -> bool:
    """Print the steps; whether all went well."""
    from pizzagpt_desktop.domain.preferences import Live
    from pizzagpt_desktop.providers.registry import Registry
    from pizzagpt_desktop.providers.sources import Sources
    from pizzagpt_desktop.providers.trying import try_route
    from pizzagpt_desktop.storage.preferences import load
    from pizzagpt_desktop.unlocking import opened_secrets

    loaded = load(places.preferences)
    if loaded.problem:
        complain(loaded.problem)
    preferences = loaded.preferences
    name = _named(options.service, preferences.services, preferences.service)
    sources = Sources(Registry(), Live(preferences), opened_secrets(places).read)
    entered = sources.entered(name)
    if key := os.environ.get(KEY_VARIABLE):
        entered = entered._replace(key=key)

    def tell(step: Step) -> None:
        if not options.json:
            marks = {State.OK: "ok", State.FAILED: "FAILED", State.SKIPPED: "-"}
            took = f" ({step.took})" if step.took else ""
            out.line(f"{step.title + ':':<19}{marks[step.state]:<7}{step.words}{took}")
            if step.hint:
                out.line(f"{'':<26}{step.hint}")

    trial = asyncio.run(try_route(sources, entered, tell, ask_model=options.ask))
    if options.json:
        out.json({"service": name, **trial.facts()})
    elif trial.certificate is not None:
        out.line(f"Certificate of {trial.place}, SHA-256: {trial.certificate.fingerprint}")
    return trial.failed is None


def _named(wanted: str, services: "Mapping[str, ServiceSettings]", current: str) -> str:
    """The service's name in the settings, by that or by what the user calls it."""
    if not wanted:
        if not current:
            raise UsageError("No service was chosen yet. Choose one in the window, or name one.")
        return current
    if wanted in services:
        return wanted
    called = [name for name, service in services.items() if service.label == wanted]
    if len(called) == 1:
        return called[0]
    there = ", ".join(services) or "none"
    raise UsageError(f"There is no service {wanted!r}; there are: {there}.")
