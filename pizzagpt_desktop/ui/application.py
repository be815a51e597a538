"""The one QApplication: its names, its messages in our log, the system's signals, the first paint; knows no window."""

import logging
import os
import signal
import socket
import sys
from collections.abc import Callable

from PySide6.QtCore import (
    QEvent,
    QMessageLogContext,
    QObject,
    QSocketNotifier,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from pizzagpt_desktop import __version__
from pizzagpt_desktop.ui.garbage import Garbage
from pizzagpt_desktop.ui.icons import icons_folder
from pizzagpt_desktop.ui.strings import PROGRAM

REST_MS = 40
"""How long the window is left alone with its first keys before anything is loaded beside it."""

log = logging.getLogger(__name__)


class FirstPaint(QObject):
    """Calls `then` once, a moment after the window `widget` was painted for the first time.

    A window that its children cover gets no paint event of its own, but every window is asked to update.
    """

    def __init__(self, widget: QObject, then: Callable[[], None]) -> None:
        super().__init__(widget)
        self._then: Callable[[], None] | None = then
        self._widget = widget
        widget.installEventFilter(self)

    def forget(self) -> None:
        """Call nothing any more."""
        self._then = None

    def _on_turn(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Paint, QEvent.Type.UpdateRequest):
            self._widget.removeEventFilter(self)
            QTimer.singleShot(REST_MS, self, self._on_turn)
        return False


def make_application(advice: str = "") -> QApplication:
    """The one QApplication, with its names, its messages in our log, and words instead of an abort.

    advice: what else to say where no window can be opened.
    """

    def on_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind == QtMsgType.QtFatalMsg and not (QApplication.instance() and QApplication.topLevelWidgets()):
            words = f"no window can be opened: {' '.join(text.split())}"
            if sys.stderr is not None:
                sys.stderr.write(f"pizzagpt-desktop: {words}{advice}\n")
                sys.stderr.flush()
            os._exit(2)  # otherwise Qt aborts the process
        _on_qt_message(kind, context, text)

    qInstallMessageHandler(on_message)
    # By its option: any look at `QApplication.style()` makes the many enums of `QStyle`.
    application = QApplication([*sys.argv[:1], "-style", "fusion"])
    application.setApplicationName("pizzagpt-desktop")
    application.setApplicationDisplayName(PROGRAM)
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("pizzagpt-desktop")
    application.setWindowIcon(QIcon(str(icons_folder().parent / "app.png")))
    application.setQuitOnLastWindowClosed(False)
    Garbage(application)
    return application


def listen_to_signals(end: Callable[[], object]) -> Callable[[], None]:
    """Call `end` when the system or Ctrl-C asks the program to end; the returned call ends that.

    Qt waits outside Python, where a signal's handler does not run: a socket wakes it up.
    """
    ours, woken = socket.socketpair()
    for end_of_pair in (ours, woken):
        end_of_pair.setblocking(False)
    notifier = QSocketNotifier(ours.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(lambda: ours.recv(64))
    before_fd = signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
    numbers = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, n)]
    before = {number: signal.signal(number, lambda *_: QTimer.singleShot(0, end)) for number in numbers}

    def stop() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before_fd)
        notifier.setEnabled(False)
        ours.close()
        woken.close()

    return stop


def _on_qt_message(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    if kind == QtMsgType.QtFatalMsg:
        log.critical("Qt: %s", text)
    elif kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtWarningMsg):
        log.warning("Qt: %s", text)
    else:
        log.debug("Qt: %s", text)
