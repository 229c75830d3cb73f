"""Refuses bodies that are too large, while they come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from isogloss.service.errors import BodyTooLargeError, ContentEncodingError, TooManyRequestsError
from isogloss.service.exchange import Exchange, exchange_of

_SMALL = 1 << 16
_ROOM_FOR_SMALL_ONES = 1.125


@dataclass(slots=True)
class BodyMemory:
    """What the bodies that are read whole take together.

    Attributes:
        limit: Most bytes.
        taken: Bytes at present.

    """

    limit: int
    taken: int = 0


class BodyLimit:
    """Counts the bytes of each body, and those of all bodies that are held in memory.

    A body that its endpoint reads in pieces may be longer, and is not held in memory.
    """

    def __init__(
        self, app: ASGIApp, *, max_body_bytes: int, max_stream_bytes: int, memory: BodyMemory
    ) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes
        self.max_stream_bytes = max_stream_bytes
        self.memory = memory

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application read; it gets an error in place of the first byte too many."""
        if scope["type"] != "http" or scope["method"] == "GET":
            await self.app(scope, receive, send)
            return
        exchange = exchange_of(scope)
        headers = exchange.headers
        coding = headers.get(b"content-encoding", b"identity").strip().lower()
        if coding not in {b"", b"identity"}:
            raise ContentEncodingError(coding.decode("latin-1"))
        limit = self.max_stream_bytes if exchange.streams else self.max_body_bytes
        # A caller that waits to be asked for its body has not begun to send it.
        asked = headers.get(b"expect", b"").lower() != b"100-continue"
        refused = _announced(headers) > limit
        memory = self.memory
        held = 0

        async def receive_counted() -> Message:
            nonlocal held
            if refused and not asked:
                raise BodyTooLargeError(limit)
            message = await receive()
            if message["type"] != "http.request":
                exchange.disconnected = not exchange.complete
                return message
            size = len(message.get("body", b""))
            exchange.received += size
            exchange.complete = not message.get("more_body", False)
            if exchange.received > limit:
                await _throw_away(receive, exchange, limit)
                raise BodyTooLargeError(limit)
            if not exchange.streams:
                held += size
                memory.taken += size
                # A large body finds no room where small ones still do.
                room = memory.limit if held > _SMALL else memory.limit * _ROOM_FOR_SMALL_ONES
                if memory.taken > room:
                    raise TooManyRequestsError(
                        "overloaded", "the bodies of all requests take too much memory", 1
                    )
            return message

        try:
            await self.app(scope, receive_counted, send)
        finally:
            memory.taken -= held


async def _throw_away(receive: Receive, exchange: Exchange, limit: int) -> None:
    """Read on for a while: a caller that is cut off while it sends never sees the answer."""
    while not exchange.complete and exchange.received <= 2 * limit:
        message = await receive()
        exchange.received += len(message.get("body", b""))
        exchange.complete = not message.get("more_body", False)


def _announced(headers: Mapping[bytes, bytes]) -> int:
    length = headers.get(b"content-length", b"0")
    return int(length) if length.isdigit() and len(length) < 20 else 0
