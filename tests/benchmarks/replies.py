"""A long reply, its tokens, and a conversation, the same in each run; knows no view and needs no package.

What measures other programs' views runs in their interpreters, where nothing of this program is at hand.
"""

from collections.abc import Iterator

from tests.benchmarks.texts import Speaker

TOKEN = 4


def reply_of(characters: int) -> str:
    """A long reply as models write them: prose, lists, tables, headings and code, in one language."""
    speaker = Speaker(11)
    voice = speaker._voices[0]
    parts: list[str] = []
    length = 0
    while length < characters:
        parts.append(speaker.reply(voice) + "\n\n")
        length += len(parts[-1])
    return "".join(parts)[:characters]


def tokens_of(text: str) -> Iterator[str]:
    return (text[at : at + TOKEN] for at in range(0, len(text), TOKEN))


def conversation_of(messages: int, last_word: str = "") -> list[str]:
    """Questions and replies in turns, a question first. last_word: stands at the very end, to be looked for."""
    speaker = Speaker(13)
    voice = speaker._voices[0]
    texts = [speaker.reply(voice) if number % 2 else speaker.question(voice) for number in range(messages)]
    if texts and last_word:
        texts[-1] += f"\n\n{last_word}"
    return texts
