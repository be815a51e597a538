"""The preferences dialog, one page a file."""
