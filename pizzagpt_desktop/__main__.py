"""The command line of the desktop program; knows only who does the work, and imports that as late as it can."""

import argparse
import builtins
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pizzagpt_desktop import __version__
from pizzagpt_desktop.console import COMMANDS, DEBIAN_PACKAGES

STOPPED, WRONG_USAGE = 1, 2
ENGINE_WORKER = "--engine-worker"
"""The only argument of the child process that runs a model on this computer; see `engine.worker`."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the window, the self-test or a headless command; the exit status."""
    try:
        return _run(argv)
    except KeyboardInterrupt:  # while everything loads: nothing has begun that would hear of it
        if sys.stderr is not None:
            sys.stderr.write("pizzagpt-desktop: Stopped.\n")
        return STOPPED


def _run(argv: Sequence[str] | None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    if words == [ENGINE_WORKER]:
        from pizzagpt_desktop.engine import worker

        return worker.main()
    at = _place_of_command(words)
    if at is not None:
        from pizzagpt_desktop import cli

        return cli.main([words[at], *words[:at], *words[at + 1 :]])
    options = _parser().parse_args(words)
    if not _has_display():
        if not options.self_test:
            return _refuse(
                "there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set. Start it from a desktop, "
                "or use the commands that need no window: " + ", ".join(sorted(COMMANDS)) + "."
            )
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    gc.disable()  # nothing that is imported is garbage; the window looks for it in its own time
    try:
        from PySide6 import QtWidgets  # noqa: F401  (only whether it can be loaded)
    except ImportError as error:
        return _refuse(
            f"Qt cannot be loaded: {error}. On Debian or Ubuntu install: {DEBIAN_PACKAGES}"
            if sys.platform.startswith("linux")
            else f"Qt cannot be loaded: {error}."
        )
    # WORKAROUND(PySide6 6.11): for names that nothing here asks for, it reads the source of all that is imported after it.
    builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
    if options.self_test:
        from pizzagpt_desktop import self_test

        return self_test.run()
    from pizzagpt_desktop import app

    return app.run(options.data_dir, options.temp, options.debug)


def _place_of_command(words: Sequence[str]) -> int | None:
    """Where the command stands: first, or after the words that say where the chats are; None where there is none."""
    at = 0
    while at < len(words) and (words[at] == "--temp" or words[at].partition("=")[0] == "--data-dir"):
        at += 2 if words[at] == "--data-dir" else 1
    return at if at < len(words) and words[at] in COMMANDS else None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pizzagpt-desktop",
        allow_abbrev=False,
        description="A chat client that keeps every word and talks only to the service you chose.",
        epilog=f"Commands without a window: {', '.join(sorted(COMMANDS))}; each has its own --help.",
    )
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--data-dir", type=Path, metavar="DIR", help="keep chats, settings and log under DIR")
    place.add_argument("--temp", action="store_true", help="keep nothing after this run")
    parser.add_argument("--debug", action="store_true", help="log more, and to standard error")
    parser.add_argument(
        "--self-test", action="store_true", help="try every part once, say how it went, and end"
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser


def _has_display() -> bool:
    """Whether a window can be shown; on systems that always have a screen, yes."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _refuse(words: str) -> int:
    if sys.stderr is not None:  # a windowed executable has none
        sys.stderr.write(f"pizzagpt-desktop: {words}\n")
    return WRONG_USAGE


if __name__ == "__main__":
    sys.exit(main())
