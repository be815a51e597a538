"""The threads of the desktop program: what they must not do to the window, and how the program ends with them."""

import sys
from pathlib import Path

import pytest

from tests.helpers.running import Running


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "here"


def test_what_a_worker_makes_has_no_part_of_the_window_destroyed_in_its_thread(folder):
    """Python's collector runs in whichever thread makes objects; a timer that it destroys there crashes Qt, in the end."""
    steps = """
    import threading
    from PySide6.QtCore import QTimer
    class Circle:
        def __init__(self):
            self.me, self.timer = self, QTimer()
            self.timer.start(60_000)
        def __del__(self):
            gone.append(threading.current_thread().name)
    gone = []
    for _ in range(10):
        Circle()
        worker = threading.Thread(target=lambda: [[n] for n in range(20_000)], name="worker")
        worker.start()
        worker.join()
    kept = []
    def look():
        kept.append([[n] for n in range(2_000)])
        if len(gone) == 10:
            say(*set(gone))
            timer.stop()
    timer = QTimer(program.window)
    timer.timeout.connect(look)
    timer.start(0)
"""
    with Running(folder, steps) as program:
        assert program.line() == "MainThread"
        assert program.end()[:2] == (0, "")


@pytest.mark.parametrize(
    "begin",
    [
        "program.scope.spawn(asyncio.to_thread(work), 'test')",  # reading a model file, looking up a name
        "program.scope.spawn(in_thread(work), 'test')",  # a backup, a recovery
        "Beside(program.window, 'test').run(work)",  # a comparison, a passphrase
        "program._load_beside(work, lambda: None)",
    ],
)
def test_what_a_thread_still_does_is_not_waited_for_once_all_is_saved(folder, begin):
    """The interpreter's end would wait for it, or crash where it cuts it off: the process ends without it."""
    steps = f"""
    import asyncio, atexit, time
    from pizzagpt_desktop.opening import in_thread
    from pizzagpt_desktop.ui.beside import Beside
    def work():
        say("at work")
        time.sleep(60)
    atexit.register(lambda: print("the interpreter came to its end", file=sys.stderr))
    {begin}
"""
    with Running(folder, steps) as program:
        assert program.line() == "at work"
        status, said, seconds = program.end()
    assert (status, said) == (0, "")
    assert seconds < 5


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_the_engine_is_gone_before_the_program_also_where_it_does_not_listen(folder):
    steps = """
    import asyncio
    from pizzagpt_desktop.engine.load import Load
    worker = "import sys, time; sys.stdin.readline(); print('{}', flush=True); time.sleep(60)"
    computer = program._providers.computer
    computer._command = [sys.executable, "-I", "-S", "-c", worker]
    async def ask():
        async with computer.engine.lend(Load(path="/models/some.gguf", context=512)):
            pass
    async def tell():
        while computer.engine._child is None or not computer.engine._child.heard_at:
            await asyncio.sleep(0.01)
        say(computer.engine.process_id)
    program.scope.spawn(ask(), "asking")
    program.scope.spawn(tell(), "telling")
"""
    with Running(folder, steps) as program:
        worker = Path("/proc") / program.line()
        assert worker.exists()
        assert program.end()[:2] == (0, "")
        assert not worker.exists()


def test_somebody_may_type_before_the_first_picture(folder):
    """What a request needs is then loaded before the rest, and the threads that do it are not exchanged under it."""
    with Running(folder, begun="    program.window.writing_began.emit()") as program:
        assert program.line() == "loaded"
        assert program.end()[:2] == (0, "")


def test_a_crash_in_a_thread_is_shown_in_the_windows(folder):
    steps = """
    import threading
    program.window.show_crash = lambda report: say("RecursionError" in report, threading.current_thread().name)
    def crash():
        raise RecursionError
    threading.Thread(target=crash).start()
"""
    with Running(folder, steps) as program:
        assert program.line() == "True MainThread"
        assert program.end()[:2] == (0, "")


def test_what_makes_types_of_qts_is_imported_in_the_windows_thread_alone(folder):
    """PySide makes them when they are asked for; done in a worker while an event is delivered, that crashed."""
    begun = """
    import threading
    from importlib.abc import MetaPathFinder
    class Watch(MetaPathFinder):
        def find_spec(self, name, path=None, target=None):
            if threading.current_thread() is not threading.main_thread():
                program.elsewhere.append(name)
    program.elsewhere = []
    sys.meta_path.insert(0, Watch())
    program.window.writing_began.emit()
"""
    steps = """
    import asyncio
    async def look():
        while not {"aiohttp", "pizzagpt_desktop.ui.transcript.view"} <= sys.modules.keys():
            await asyncio.sleep(0.01)
        say(*program.elsewhere)
    program.scope.spawn(look(), "looking")
"""
    with Running(folder, steps, begun) as program:
        names = set(program.line().split())
        assert program.end()[:2] == (0, "")
    assert "aiohttp" in names
    ours = {name for name in names if name.startswith(("PySide6", "shiboken6", "pizzagpt_desktop.ui"))}
    assert ours <= {"pizzagpt_desktop.ui.system_proxy"}, "which knows Qt only when it is asked"
