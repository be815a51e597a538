"""A third-party provider, written for the seed's interface and nothing else: it imports nothing of the program."""

import asyncio


class Parrot:
    """Says what it heard, word by word. "fail" makes it fail, "wait" makes it wait for ever."""

    url = "https://parrot.example"
    working = True
    default_model = "grey"
    models = ["grey", "macaw"]  # noqa: RUF012  (as such classes are written)

    @classmethod
    async def create_async_generator(cls, model, messages, proxy=None, **kwargs):
        text = messages[-1]["content"]
        if text == "fail":
            yield "before "
            raise KeyError("cracker sk-test-CANARY0123456789abcdef")
        if text == "wait":
            yield "waiting"
            await asyncio.Event().wait()
        for word in text.split(" "):
            await asyncio.sleep(0)
            yield word + " "
        yield f"({model})"


class NoProvider:
    """A class that cannot answer, for a plug-in that names the wrong thing."""
