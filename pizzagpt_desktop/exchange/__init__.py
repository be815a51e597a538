"""Other people's files: one module a format; knows no widget and no store."""
