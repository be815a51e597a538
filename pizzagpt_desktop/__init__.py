"""PizzaGPT Desktop: a chat client that keeps every word and talks only to the service you chose.

One thread, one loop; commands down, facts up. The window calls plain synchronous methods and listens
to plain dataclass events. From the top:

    __main__     the command line: a window, or one of the headless commands
    app, cli     the two composition roots; the only places that know everything
    ui           pixels: PySide6 widgets, synchronous
    providers    one file a protocol; built-ins and plug-ins come in by the same door
    storage      SQLite, the preferences file, the key store, the folders
    exchange     other people's files
    diagnostics  the log, with secrets masked, and the crash hooks
    engine       the local model's child process
    chat         what a user does: send, stop, retry; the only home of tasks
    network      bytes on the wire: sessions, routes, framing
    domain       what a chat is: pure values, no I/O, no Qt, no clock
    typing       the seed's names

tests/test_architecture.py and the import contracts in pyproject.toml hold the layers in place.
"""

__version__ = "0.3.0"
