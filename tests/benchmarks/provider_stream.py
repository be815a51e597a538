"""Reads a stream through one provider, as the program does but for the chat and the window.

provider_stream.py WAY URL      says the CPU seconds from the request to the end, and the characters read

WAY is `ours`, or `openai` for the package of that name, which is no dependency and need not be there.
"""

import asyncio
import importlib.util
import sys
import time
from typing import Any

HI = [{"role": "user", "content": "Hi"}]


async def ours(url: str) -> int:
    """Through the provider and its boundary: what the chat is given."""
    from pizzagpt_desktop.providers.boundary import cleaned
    from pizzagpt_desktop.providers.openai_compatible import OpenAICompatible

    def start() -> Any:
        return OpenAICompatible.create_async_generator("bench", HI, base_url=url)

    return sum([len(chunk) async for chunk in cleaned(start, "openai") if isinstance(chunk, str)])


async def package(url: str) -> int:
    """Through the `openai` package."""
    import openai

    client: Any = openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0)
    stream = await client.chat.completions.create(model="bench", messages=HI, stream=True)
    return sum([len(chunk.choices[0].delta.content or "") async for chunk in stream if chunk.choices])


async def main(way: str, url: str) -> None:
    if way == "openai" and importlib.util.find_spec("openai") is None:
        print("none")
        return
    read = {"ours": ours, "openai": package}[way]
    await read(url.replace("BENCH", "warm"))  # imports and the system's certificates are not the stream
    await read(url.replace("/v1", "/few/v1"))  # imports and the system's certificates are not the stream
    before = time.process_time()
    length = await read(url)
    print(time.process_time() - before, length)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
