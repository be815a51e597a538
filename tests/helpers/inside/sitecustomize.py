"""Put on the path of a started program by the journeys: refuses the network and reports what is on the screen.

Python loads this by itself. It drives nothing: keys and clicks of a journey are real X events. It knows no
journey; `JOURNEY_NETWORK` names the file for refused addresses, `JOURNEY_FACTS` the socket that tells the widgets.
"""

import ipaddress
import json
import os
import signal
import socket
import sys
import threading
import traceback
from typing import Any


def _is_loopback(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str) or host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return host.endswith(".localhost")


def _refuse_network(refused: str) -> None:
    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        address: object = None
        if event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
            address = arguments[1][0]
        elif event == "socket.getaddrinfo":
            address = arguments[0]
        if address is None or _is_loopback(address):
            return
        with open(refused, "a", encoding="utf-8") as file:  # noqa: PTH123  (nothing more is imported than must be)
            file.write(f"{event} {address}\n")
        raise PermissionError(f"only loopback is allowed in a journey, not {address!r}")

    sys.addaudithook(hook)


def _text_of(widget: Any) -> str:
    for name in ("toPlainText", "currentText", "text", "title"):
        method = getattr(widget, name, None)
        try:
            value = method() if callable(method) else None
        except TypeError:  # a method of that name with another meaning
            continue
        if isinstance(value, str):
            return value
    return ""


def _rectangle(widget: Any, rectangle: Any) -> list[int]:
    corner = widget.mapToGlobal(rectangle.topLeft())
    return [corner.x(), corner.y(), rectangle.width(), rectangle.height()]


def _seen(widget: Any) -> list[int]:
    """The part of a widget that its parents let through, on the screen; no width or height if none."""
    from PySide6.QtCore import QPoint, QRect

    seen = widget.rect()
    at, above = widget, widget.parentWidget()
    while above is not None and not at.isWindow():
        seen = seen.translated(at.pos()).intersected(above.rect())
        at, above = above, above.parentWidget()
    corner = at.mapToGlobal(QPoint(0, 0))
    seen = QRect(seen.translated(corner))
    return [seen.x(), seen.y(), max(0, seen.width()), max(0, seen.height())]


def _parts_of(widget: Any) -> list[dict[str, Any]]:
    """Rows of a list, entries of a menu: what a user sees as things of their own within one widget."""
    from PySide6.QtWidgets import QAbstractItemView, QMenu, QTabBar

    if isinstance(widget, QMenu):
        return [
            {
                "text": action.text(),
                "at": _rectangle(widget, widget.actionGeometry(action)),
                "enabled": action.isEnabled(),
            }
            for action in widget.actions()
            if action.isVisible() and not action.isSeparator()
        ]
    if isinstance(widget, QAbstractItemView) and widget.model() is not None:
        model = widget.model()
        indexes = [
            model.index(row, 0, widget.rootIndex())
            for row in range(min(model.rowCount(widget.rootIndex()), 200))
        ]
        return [
            {
                "text": str(index.data() or ""),
                "at": _rectangle(widget.viewport(), widget.visualRect(index)),
                "selected": widget.selectionModel().isSelected(index),
            }
            for index in indexes
        ]
    if isinstance(widget, QTabBar):
        return [
            {"text": widget.tabText(i), "at": _rectangle(widget, widget.tabRect(i))}
            for i in range(widget.count())
        ]
    return []


def _messages_of(widget: Any) -> list[dict[str, Any]]:
    """The messages laid out in the transcript, as the documents that are painted hold them."""
    rows = (widget.rows.live(index) for index in range(len(widget.rows)))
    return [
        {
            "who": "user" if row.is_user else "assistant",
            "meta": row.meta,
            "text": "\n".join(view.text_between(0, None) for view in row.views),
            "status": row.status.words if row.status is not None else "",
        }
        for row in rows
        if row is not None
    ]


def _facts() -> list[dict[str, Any]]:
    from PySide6.QtWidgets import QApplication

    result = []
    for widget in QApplication.allWidgets():
        if not widget.isVisible():
            continue
        seen = _seen(widget)
        result.append(
            {
                "name": widget.objectName(),
                "class": type(widget).__name__,
                "at": seen,
                "shown": seen[2] > 0 and seen[3] > 0,
                "enabled": widget.isEnabled(),
                "focused": widget.hasFocus(),
                "window": widget.isWindow(),
                "icon": bool(widget.windowIcon().availableSizes()),
                "title": widget.window().windowTitle(),
                "text": _text_of(widget),
                "accessible": widget.accessibleName(),
                "tip": widget.toolTip(),
                "parts": _parts_of(widget),
                "messages": _messages_of(widget) if type(widget).__name__ == "TranscriptView" else [],
            }
        )
    return result


def _answer(listener: socket.socket) -> None:
    """Answer each connection with the facts of that moment, collected in the window's own thread."""
    while True:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(json.dumps(_facts_from_main_thread(), default=str).encode())


class _Asked:
    """One question to the window's thread and its answer."""

    def __init__(self) -> None:
        self.answered = threading.Event()
        self.facts: list[dict[str, Any]] = []


_waiting: list[_Asked] = []
_collector: Any = None


def _make_collector(*_: object) -> None:
    """Make what receives questions; a signal handler, so that the main thread does it between two steps of its own.

    Any other thread would see a QApplication that is still being built.
    """
    global _collector
    widgets = sys.modules.get("PySide6.QtWidgets")
    application = getattr(widgets, "QApplication", None) and widgets.QApplication.instance()  # type: ignore[union-attr]
    if application is None or _collector is not None:
        return
    from PySide6.QtCore import QEvent, QObject

    class Collector(QObject):
        def event(self, event: QEvent) -> bool:
            asked = _waiting.pop()
            try:
                asked.facts = _facts()
            except Exception:  # noqa: BLE001  (must not become a crash of the program that is looked at)
                sys.stderr.write(f"journey facts: {traceback.format_exc()}")
            finally:
                asked.answered.set()
            return True

    _collector = Collector()


def _facts_from_main_thread() -> list[dict[str, Any]]:
    if _collector is None:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR2)
        return []
    from PySide6.QtCore import QCoreApplication, QEvent

    asked = _Asked()
    _waiting.append(asked)
    QCoreApplication.postEvent(_collector, QEvent(QEvent.Type.User))
    asked.answered.wait(timeout=5)
    return asked.facts


if "JOURNEY_NETWORK" in os.environ:
    _refuse_network(os.environ["JOURNEY_NETWORK"])
if "JOURNEY_FACTS" in os.environ:
    signal.signal(signal.SIGUSR2, _make_collector)
    _listener = socket.socket(socket.AF_UNIX)
    _listener.bind(os.environ.pop("JOURNEY_FACTS"))  # popped: children of the program are not ours to watch
    _listener.listen()
    threading.Thread(target=_answer, args=(_listener,), daemon=True, name="journey-facts").start()
