"""What is said when something in the program went wrong, with the report for whoever wants it; sends nothing."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from pizzagpt_desktop.ui.labels import describe, label, text_button


def crash_offers(parent: QWidget, report: str) -> list[tuple[str, Callable[[], None]]]:
    """The buttons of the notice "Something went wrong."."""
    return [
        ("Details", lambda: CrashDialog(parent, report).open()),
        ("Copy report", lambda: QGuiApplication.clipboard().setText(report)),
    ]


class CrashDialog(QDialog):
    """Shows the whole report, as plain text."""

    def __init__(self, parent: QWidget, report: str) -> None:
        super().__init__(parent)
        self.setObjectName("crash_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Something went wrong")
        self.resize(640, 420)
        text = QPlainTextEdit(report)
        describe(text, "crash_report", "Report")
        text.setProperty("kind", "field")
        text.setReadOnly(True)
        text.setTabChangesFocus(True)
        text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        copy = text_button("copy_report", "Copy report")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(report))
        close = text_button("close_report", "Close", kind="main")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(copy)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addWidget(
            label(
                "A part of the program failed. Your conversations are kept, and the chat goes on. Nothing was sent."
            )
        )
        column.addWidget(text, 1)
        column.addLayout(row)
