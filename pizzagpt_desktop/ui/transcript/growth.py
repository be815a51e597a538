"""Text of growing replies that waits for the next frame; knows no screen."""

from pizzagpt_desktop.ui.transcript.rows import Rows


class Growth:
    """However many pieces arrive between two frames, a row is told of them once."""

    def __init__(self) -> None:
        self._parts: dict[str, tuple[list[str], list[str]]] = {}

    def collect(self, message_id: str, text: str, reasoning: str) -> None:
        texts, reasonings = self._parts.setdefault(message_id, ([], []))
        if text:
            texts.append(text)
        if reasoning:
            reasonings.append(reasoning)

    def hand_to(self, rows: Rows) -> bool:
        """Give all that was collected to its rows; whether there was any."""
        if not self._parts:
            return False
        parts, self._parts = self._parts, {}
        for message_id, (texts, reasonings) in parts.items():
            if rows.index_of(message_id) is not None:
                rows.grow(message_id, "".join(texts), "".join(reasonings))
        return True
