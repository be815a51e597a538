"""What a user does: send, stop, retry, keep; asyncio lives here, without Qt, SQL or HTTP."""
