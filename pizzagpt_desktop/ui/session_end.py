"""The end of the desktop's session, which may end the program without another word; knows only whom to tell."""

from collections.abc import Callable

from PySide6.QtGui import QGuiApplication


def save_at_session_end(save: Callable[[], None]) -> Callable[[], None]:
    """Call `save` whenever the desktop says that its session may end; the returned call ends that.

    Qt gives no second chance: a session that ends closes the connection to the display, and with it the program.
    """
    application = QGuiApplication.instance()
    if not isinstance(application, QGuiApplication):
        return lambda: None
    signals = (application.commitDataRequest, application.saveStateRequest)

    def on_request() -> None:  # without the session's manager: nobody here has a question for it
        save()

    for signal in signals:
        signal.connect(on_request)

    def stop() -> None:
        for signal in signals:
            signal.disconnect(on_request)

    return stop
