"""The yardstick of start and memory: a PySide6 window of four widgets, and nothing else."""

import sys

from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)


def main() -> int:
    application = QApplication(sys.argv)
    window = QWidget()
    layout = QVBoxLayout(window)
    composer = QPlainTextEdit()
    for widget in (QLabel("A bare window"), QListWidget(), composer, QPushButton("Send")):
        layout.addWidget(widget)
    window.resize(1000, 700)
    window.show()
    composer.setFocus()
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
