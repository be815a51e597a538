"""The text that the tiny model recites, word for word; knows no model."""

RECITED = (
    "Hello! I am a tiny test model. Here is some **bold** text and a list:\n\n"
    "- café naïve Straße\n- Привет, мир\n- 你好,世界 🍕👩‍👩‍👧 done\n\n"
    '```python\nprint("hi")\n```\nThat is all folks'
)
