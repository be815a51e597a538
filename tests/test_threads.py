"""The threads of the desktop program: what they must not do to the window, and how the program ends with them."""

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
