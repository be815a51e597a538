"""The view of a conversation: virtual rows, documents only near the screen."""
