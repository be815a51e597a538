"""How a program that is started a second time calls the window of the first; knows nothing of the data folder.

Loaded after the first paint, or by the second program: QtNetwork is slow to load.
"""

import os

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QWidget

_ANSWER = b"here\n"
_WAIT_MS = 2000
_LONGEST = 1024
_TOKENS = ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID")


class Bell(QObject):
    """Listens for other programs of the same user. `rung` brings what the desktop wants to know to let us come up."""

    rung = Signal(str)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        # Only the holder of the lock comes here: what has this name is left of a program that was killed.
        QLocalServer.removeServer(name)
        if not self._server.listen(name):
            self._server.listen(f"{name}-{os.getpid()}")

    @property
    def call(self) -> str:
        """Where to ring; "" where nobody can."""
        return self._server.fullServerName() if self._server.isListening() else ""

    def end(self) -> None:
        """Listen no more."""
        self._server.close()

    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda socket=socket: self._on_heard(socket))
            socket.disconnected.connect(socket.deleteLater)
            if socket.bytesAvailable():
                self._on_heard(socket)

    def _on_heard(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > _LONGEST:
                socket.abort()
            return
        token = bytes(socket.readLine(_LONGEST).data()).decode("utf-8", "replace").strip()
        socket.write(_ANSWER)
        socket.flush()
        socket.disconnectFromServer()
        self.rung.emit(token)


def ring(call: str) -> bool:
    """Have the program that listens at `call` show its window; whether it said that it does."""
    socket = QLocalSocket()
    socket.connectToServer(call)
    if not socket.waitForConnected(_WAIT_MS):
        return False
    token = next((os.environ[name] for name in _TOKENS if os.environ.get(name)), "")
    socket.write(f"{token[: _LONGEST - 2]}\n".encode())
    while not socket.canReadLine():
        if not socket.waitForReadyRead(_WAIT_MS):
            return bytes(socket.readAll().data()) == _ANSWER
    return bytes(socket.readLine(_LONGEST).data()) == _ANSWER


def raise_window(window: QWidget, token: str) -> None:
    """Bring a window to the front and give it the keyboard, as far as the desktop allows."""
    if token:
        os.environ["XDG_ACTIVATION_TOKEN"] = token  # Qt takes it from there, once
    if window.isMinimized():
        window.setWindowState(window.windowState() & ~window.windowState().WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()
