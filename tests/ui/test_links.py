"""The one gate for addresses."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, QPoint, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.links import Verdict, judge
from pizzagpt_desktop.ui.links import LinkGate, LinkQuestion
from tests.helpers.ui_parts import Rig

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")


class Browser(QObject):
    """What the system would open."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toString())


@pytest.fixture
def browser(qtbot: QtBot) -> Iterator[Browser]:
    receiver = Browser()
    for scheme in ("https", "http", "mailto", "file"):
        QDesktopServices.setUrlHandler(scheme, receiver, "open")
    yield receiver
    for scheme in ("https", "http", "mailto", "file"):
        QDesktopServices.unsetUrlHandler(scheme)


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.com",
        "//example.com",
        "example.com",
        "https://",
        "https:// example.com",
        "https://example.com\n.evil.example",
        "https://a:99999/",
        "https:\\\\example.com",
        "mailto:",
        "",
        "https://example.com/" + "a" * 40_000,
    ],
)
def test_what_never_leaves(address: str) -> None:
    assert judge(address).verdict is Verdict.DEAD
    assert judge(address).why


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://bank.example@evil.example/", "evil.example"),
        ("https://аррӏе.com/", "xn--80ak6aa92e.com"),
        ("https://xn--80ak6aa92e.com/", "xn--80ak6aa92e.com"),
        ("http://192.168.1.1/", "192.168.1.1"),
        ("http://0x7f.1/", "0x7f.1"),
        ("http://2130706433/", "2130706433"),
        ("http://[::1]/", "[::1]"),
    ],
)
def test_what_is_asked_about(address: str, host: str) -> None:
    judged = judge(address)
    assert judged.verdict is Verdict.CONFIRM
    assert judged.host == host
    assert host in judged.address
    assert judged.why


@pytest.mark.parametrize(
    "address", ["https://example.com/a?b#c", "http://example.com", "mailto:me@example.com"]
)
def test_what_opens_at_once(address: str) -> None:
    assert judge(address).verdict is Verdict.OPEN
    assert not judge(address).why


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    return window


def test_the_gate_opens_asks_and_refuses(qtbot: QtBot, browser: Browser, window: QWidget) -> None:
    said: list[str] = []
    gate = LinkGate(window, said.append)
    gate.open("https://example.com/page")
    assert browser.opened == ["https://example.com/page"]
    gate.open("file:///etc/passwd")
    assert browser.opened == ["https://example.com/page"]
    assert said == ["The link was not opened. Only web pages and mail addresses are opened from here."]
    gate.open("https://bank.example@evil.example/&lt;b&gt;")
    assert len(browser.opened) == 1
    address = window.findChild(QPlainTextEdit, "link_address")
    assert address is not None
    assert address.toPlainText() == "https://bank.example@evil.example/&lt;b&gt;"
    button = window.findChild(QPushButton, "open_link")
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert browser.opened[1:] == ["https://bank.example@evil.example/&lt;b&gt;"]
    gate.open("https://example.com/<not an address>")
    assert len(browser.opened) == 2
    assert len(said) == 2


async def test_a_click_in_the_window_opens_what_is_plain_and_asks_about_the_rest(
    rig: Rig, browser: Browser
) -> None:
    await rig.say(
        "Where?",
        "[good](https://good.example/x) and [bank.example](https://evil.example/y) and https://аррӏе.com/",
    )
    view = rig.window.page.transcript
    await rig.until(lambda: not view._frame.isActive())
    row, leaf = view.rows.row(1), view.rows.row(1).views[0]
    document = leaf.document
    assert document is not None

    def click(which: int) -> None:
        start, end, _ = document.links[which]
        x = document.firstBlock().layout().lineAt(0).cursorToX((start + end) // 2)[0]
        y = view.rows.heights.top(1) - view.scroll_y + leaf.top + 10
        QTest.mouseClick(
            view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(int(row.body_left() + x) + 2, y)
        )

    click(0)
    assert browser.opened == ["https://good.example/x"]
    for which, address in ((1, "https://evil.example/y"), (2, "https://xn--80ak6aa92e.com/")):
        click(which)
        assert browser.opened == ["https://good.example/x"]
        (question,) = rig.window.findChildren(LinkQuestion)
        assert question.isVisible()
        assert question.windowModality() is not Qt.WindowModality.ApplicationModal
        assert rig.find(QPlainTextEdit, "link_address").toPlainText() == address
        QTest.mouseClick(rig.find(QPushButton, "cancel_link"), Qt.MouseButton.LeftButton)
        await rig.until(lambda: not rig.window.findChildren(LinkQuestion))
    click(1)
    QTest.mouseClick(rig.find(QPushButton, "open_link"), Qt.MouseButton.LeftButton)
    assert browser.opened[1:] == ["https://evil.example/y"]


@pytest.mark.parametrize("length", [300, 700])
@pytest.mark.parametrize("width", [360, 1000])
def test_the_question_shows_all_of_a_long_address_inside_the_window(
    qtbot: QtBot, window: QWidget, width: int, length: int
) -> None:
    window.resize(width, 500)
    address = "https://evil.example/" + "p" * (length - 40) + "&end"
    LinkQuestion(window, address, "Because.", lambda: None).open()
    (question,) = window.findChildren(LinkQuestion)
    qtbot.waitUntil(question.isVisible)
    assert question.width() <= width
    QApplication.processEvents()
    shown = question.findChild(QPlainTextEdit, "link_address")
    assert shown is not None
    assert shown.toPlainText() == address
    block = shown.document().firstBlock()
    assert block.layout().lineCount() > 4
    assert max(block.layout().lineAt(n).naturalTextWidth() for n in range(block.layout().lineCount())) <= shown.viewport().width()  # fmt: skip
    assert not shown.horizontalScrollBar().isVisible()
    room = shown.verticalScrollBar().maximum() + shown.verticalScrollBar().pageStep()
    assert room >= block.layout().lineCount(), "the rest is scrolled to"
    question.reject()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Escape, Qt.Key.Key_Enter])
def test_a_key_that_is_pressed_too_soon_opens_nothing(qtbot: QtBot, window: QWidget, key: Qt.Key) -> None:
    opened: list[bool] = []
    window.activateWindow()
    LinkQuestion(window, "https://xn--80ak6aa92e.com/", "Because.", lambda: opened.append(True)).open()
    (question,) = window.findChildren(LinkQuestion)
    qtbot.waitUntil(question.isActiveWindow)
    focus = QApplication.focusWidget()
    assert focus is not None
    assert focus.objectName() == "cancel_link"
    QTest.keyClick(focus, key)
    assert not question.isVisible()
    assert opened == []


def test_what_an_address_hides_is_seen_in_the_question(qtbot: QtBot, window: QWidget) -> None:
    LinkQuestion(window, "https://evil.example/\u202ecod.exe", "Because.", lambda: None).open()
    (question,) = window.findChildren(LinkQuestion)
    shown = question.findChild(QPlainTextEdit, "link_address")
    assert shown is not None
    assert "\u202e" not in shown.toPlainText()
    question.reject()
