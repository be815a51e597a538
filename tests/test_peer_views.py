"""The benchmark beside other programs' chat views: what it says without them, and that it drives one that is there.

The stand-in has the names of VividNode's classes and nothing else of it: it is there to be driven, not to be measured.
"""

import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.benchmarks.peer_views import OWN, PEERS, Bench, opened, paced, streamed

STAND_IN = {
    "__init__.py": "__version__ = 'stand-in'",
    "config_loader.py": """
        class CONFIG_MANAGER:
            get_general_property = staticmethod(lambda name: "")
    """,
    "globals.py": """
        class DB:
            insertThread = staticmethod(lambda name: 1)
    """,
    "models.py": """
        from types import SimpleNamespace as ChatMessageContainer
    """,
    "chat_widget/center/aiChatUnit.py": """
        from PySide6.QtWidgets import QTextBrowser

        class AIChatUnit(QTextBrowser):
            getLbl = lambda self: self
            getText = lambda self: self.toPlainText()
    """,
    "chat_widget/center/chatBrowser.py": """
        from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget
        from pyqt_openai.chat_widget.center.aiChatUnit import AIChatUnit

        class ChatBrowser(QScrollArea):
            def __init__(self):
                super().__init__()
                self.setWidget(QWidget())
                self.setWidgetResizable(True)
                QVBoxLayout(self.widget())

            setUserImage = setAIImage = lambda self, image: None
            getLayout = lambda self: self.widget().layout()
            getLast = lambda self: self.getLayout().itemAt(self.getLayout().count() - 1).widget()

            def resetChatWidget(self, identity):
                while self.getLayout().count():
                    self.getLayout().takeAt(0).widget().deleteLater()
                self.streaming = False

            def showLabel(self, text, stream, message):
                if stream and self.streaming:
                    self.getLast().setPlainText(self.getLast().toPlainText() + text)
                    return
                self.streaming = stream
                unit = AIChatUnit()
                unit.setPlainText(text)
                self.getLayout().addWidget(unit)

            def streamFinished(self, message):
                pass

            def replaceThread(self, messages, identity):
                for message in messages:
                    self.showLabel(message.content, False, message)
                while self.getLayout().count() > 4:  # only the end of it is on the screen
                    self.getLayout().takeAt(0).widget().hide()
    """,
}


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a package that has the names of VividNode's classes, where the benchmark looks for it."""
    folder = tmp_path / "stand-in"
    for name, source in STAND_IN.items():
        path = folder / "pyqt_openai" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(source))
    monkeypatch.delenv("PEERS_PYTHON", raising=False)
    monkeypatch.setenv("PEERS_PATH", str(folder))
    return folder


def test_programs_that_are_not_installed_have_one_line_each_and_no_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEERS_PYTHON", sys.executable)
    monkeypatch.delenv("PEERS_PATH", raising=False)
    rows, lines = Bench(tmp_path).figures(1)
    assert rows == []
    assert lines == [
        "not installed: VividNode (No module named 'pyqt_openai')",
        "not installed: PyGPT (No module named 'pygpt_net')",
    ]


def test_an_interpreter_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERS_PYTHON", str(tmp_path / "python"))
    rows, lines = Bench(tmp_path, peers=PEERS[:1]).figures(1)
    assert rows == []
    assert lines == [f"not installed: VividNode (No such file or directory: {tmp_path / 'python'})"]


@pytest.mark.parametrize(
    ("work", "named"),
    [
        (("stream", 400, "--rate", 500), {"cpu", "seconds"}),
        (("open", 12), {"cpu", "seconds", "settled", "empty", "memory"}),
    ],
)
def test_a_view_that_is_there_is_driven_to_its_last_word(
    tmp_path: Path, stand_in: Path, work: tuple[object, ...], named: set[str]
) -> None:
    found = Bench(tmp_path).run("VividNode", "peer_vividnode", *work)
    assert found.pop("version") == "stand-in"
    assert set(found) == named
    assert all(float(str(value)) > 0 for value in found.values())
    if "--rate" in work:  # 400 characters and the last word
        assert float(str(found["seconds"])) == pytest.approx(418 / 4 / 500, abs=0.01)


def test_this_programs_window_is_driven_by_the_same_steps(tmp_path: Path) -> None:
    found = Bench(tmp_path).run("this program", OWN, "stream", 400)
    assert set(found) == {"cpu", "seconds", "version"}
    assert 0 < float(str(found["cpu"])) < 60


def test_a_view_that_falls_over_is_said_and_the_bench_goes_on(
    tmp_path: Path, stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = stand_in / "pyqt_openai" / "chat_widget" / "center" / "chatBrowser.py"
    source.write_text(source.read_text().replace("pass", "raise RuntimeError('it fell over')"))
    rows, lines = Bench(tmp_path, peers=PEERS[:1]).figures(1)
    assert rows == []
    assert lines == ["not measured: VividNode, stream 10000 (RuntimeError: it fell over)"]


def test_rows_are_ratios_of_ours_to_theirs() -> None:
    ours = [{"cpu": 1.0, "seconds": 10.0, "settled": 1.5, "empty": 60.0, "memory": 62.0}]
    theirs = [{"cpu": 4.0, "seconds": 20.0, "settled": 30.0, "empty": 400.0, "memory": 620.0}]
    assert streamed(10_000, "Other 1.0", ours, theirs).ratio == 0.25
    row = paced("Other 1.0", ours, theirs)
    assert (row.ours, row.bare, row.ratio) == ("10.0 %", "20.0 %", 0.5)
    rows = opened(800, "Other 1.0", ours, theirs)
    assert [row.ratio for row in rows] == [0.25, 0.5, 0.05, 0.1]
    assert all(row.name.endswith("800 messages ÷ Other 1.0") for row in rows)
    assert rows[-1].spread == "+2 and +220 MB by opening them"
