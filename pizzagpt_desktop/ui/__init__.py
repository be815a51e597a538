"""Pixels: PySide6 widgets, synchronous; knows no wire, no disk, no loop."""
