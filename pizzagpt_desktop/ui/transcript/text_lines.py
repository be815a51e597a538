"""Where characters stand in a line of laid-out text; knows no document."""

from PySide6.QtGui import QTextLine


def x_of(line: QTextLine, position: int) -> float:
    """Pixels from the text's left edge to the character at `position` of the line's block."""
    return float(line.cursorToX(position)[0])  # type: ignore[index]  # the stubs know the x alone; Qt gives the position too
