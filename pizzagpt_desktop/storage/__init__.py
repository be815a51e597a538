"""The disk: conversations, preferences, secrets, folders; knows no chat service and no widget."""
