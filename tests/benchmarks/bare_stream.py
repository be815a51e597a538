"""The yardstick of streaming: aiohttp and json.loads, and nothing else.

bare_stream.py URL      says the CPU seconds from the request to the end, and the characters read
"""

import asyncio
import json
import sys
import time

import aiohttp


async def read(url: str) -> int:
    parts = []
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json={"model": "bench", "stream": True}) as response,
    ):
        rest = b""
        async for block in response.content.iter_any():
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                if line.startswith(b"data: {"):
                    parts.append(json.loads(line[6:])["choices"][0]["delta"].get("content", ""))
    return len("".join(parts))


async def main() -> None:
    before = time.process_time()
    length = await read(sys.argv[1])
    print(time.process_time() - before, length)


if __name__ == "__main__":
    asyncio.run(main())
