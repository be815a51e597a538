"""Text on its way to Qt, so that all of it arrives; knows no widget."""


def exact(text: str) -> str:
    """`text` as Qt has to be given it to have exactly these characters."""
    # WORKAROUND(PySide6 6.11): a first U+FEFF is taken for a mark of the order of bytes, and dropped; a first U+FFFE
    # turns the bytes of all the others round.
    return f"\ufeff{text}" if text.startswith(("\ufeff", "\ufffe")) else text
