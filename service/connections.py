"""How many connections there may be, and how long one may take to say what it wants."""

from __future__ import annotations

import asyncio
import socket
from typing import Any, Protocol, cast

from uvicorn.protocols.http.auto import AutoHTTPProtocol


class _HttpProtocol(Protocol):
    """What the protocols of uvicorn have in common."""

    connections: set[object]
    cycle: Any
    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.Transport) -> None: ...
    def data_received(self, data: bytes) -> None: ...
    def connection_lost(self, exc: Exception | None) -> None: ...


def bounded_protocol(
    most: int, head_seconds: float, unread_seconds: float
) -> type[asyncio.Protocol]:
    """Make the protocol of uvicorn close connections that are too many, or that say nothing.

    uvicorn waits for the head of a request as long as the caller likes: who opens connections and
    sends half a line on each takes them all. Here a head has to be complete in time. From there on
    the deadline of the request counts, and between requests the keep-alive of uvicorn.

    Args:
        most: Most connections at the same time; one more is closed at once.
        head_seconds: Longest time from the first byte of a head, or from the opening of the
            connection, to its last byte.
        unread_seconds: Longest time in which the other side takes none of what was sent to it, or
            does not say that it did, where the system can count it (Linux). A request that is
            ended leaves its connection open until the last byte is taken: maybe for ever.

    """
    base = cast(type[_HttpProtocol], AutoHTTPProtocol)

    class BoundedProtocol(base):  # type: ignore[misc, valid-type]
        """Closes connections that are too many, or that say nothing."""

        _waiting: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:
            """Begin to wait for the first head."""
            super().connection_made(transport)
            if len(self.connections) > most:
                transport.abort()
                return
            self._waiting = self.loop.call_later(head_seconds, transport.abort)
            if hasattr(socket, "TCP_USER_TIMEOUT"):
                transport.get_extra_info("socket").setsockopt(
                    socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(1000 * unread_seconds)
                )

        def data_received(self, data: bytes) -> None:
            """Wait no longer once the head is complete."""
            super().data_received(data)
            if self.cycle is not None and not self.cycle.response_complete:
                self._stop()
            elif self._waiting is None:
                # Less than a whole head, after an earlier request: uvicorn's own timer, which runs
                # between requests, was stopped by its first byte.
                self._waiting = self.loop.call_later(head_seconds, self.transport.abort)

        def connection_lost(self, exc: Exception | None) -> None:
            """Wait no more."""
            self._stop()
            super().connection_lost(exc)

        def _stop(self) -> None:
            if self._waiting is not None:
                self._waiting.cancel()
                self._waiting = None

    return cast(type[asyncio.Protocol], BoundedProtocol)
