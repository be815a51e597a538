"""Sends a stream of one-token events as fast as it is read; a process of its own, so that its CPU is not counted.

sse_server.py COUNT      says `PORT <number>` and serves until it is ended; below /few/ only the end of the stream
"""

import asyncio
import json
import sys

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


def body(count: int) -> list[bytes]:
    """The events: words of plain text, a new paragraph each hundred."""
    events = []
    for number in range(count):
        word = f"tok{number % 1000} " if number % 100 else "\n\n"
        chunk = {
            "id": "chatcmpl-bench",
            "object": "chat.completion.chunk",
            "created": 1700000000,
            "model": "bench",
            "choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}],
        }
        events.append(b"data: " + json.dumps(chunk).encode() + b"\n\n")
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    return [*events, b"data: " + json.dumps(end).encode() + b"\n\ndata: [DONE]\n\n"]


async def serve(count: int) -> None:
    events = body(count)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length")
                ),
                0,
            )
            await reader.readexactly(length)
            writer.write(HEAD)
            for event in events[-2:] if b"/few/" in head else events:
                writer.write(event)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print("PORT", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
