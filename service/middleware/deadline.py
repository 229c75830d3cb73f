"""Ends what takes too long."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import DeadlineError, SlowRequestError
from service.exchange import Exchange, exchange_of

LEAST_PROGRESS = 64 * 1024
"""A stream has to move this many bytes, in both directions together, to get more time."""


class Deadline:
    """Ends a request after some seconds, and a stream once it stands still for as long.

    The time counts from the first byte of the request to the last one of the answer; waiting in
    the queue is part of it. A stream gets the same time anew whenever ``LEAST_PROGRESS`` bytes have
    come or gone, or its endpoint says that it has done a piece of work, up to a bound of its own.
    What is computed at that moment is finished, and its result is thrown away.
    """

    def __init__(self, app: ASGIApp, *, request_seconds: float, stream_seconds: float) -> None:
        self.app = app
        self.request_seconds = request_seconds
        self.stream_seconds = stream_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 408 where the caller was slow, 504 where the service was."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = exchange_of(scope)
        try:
            async with asyncio.timeout(self.request_seconds) as timer:
                if scope["method"] == "GET":
                    await self.app(scope, receive, send)
                else:
                    clock = _StreamClock(timer, exchange, self.request_seconds, self.stream_seconds)
                    exchange.progress = clock.restart
                    await self.app(scope, clock.watched(receive), clock.watched_send(send))
        except TimeoutError:
            if not timer.expired():
                raise
            # The body of a GET request is never asked for.
            if exchange.complete or scope["method"] == "GET":
                raise DeadlineError(self.request_seconds) from None
            raise SlowRequestError(self.request_seconds) from None


class _StreamClock:
    """Moves the end of a stream on while it makes progress."""

    __slots__ = ("end", "exchange", "loop", "moved", "seconds", "timer")

    def __init__(
        self, timer: asyncio.Timeout, exchange: Exchange, seconds: float, most: float
    ) -> None:
        self.timer = timer
        self.exchange = exchange
        self.seconds = seconds
        self.loop = asyncio.get_running_loop()
        self.end = self.loop.time() + most
        self.moved = 0

    def restart(self) -> None:
        """Give as much time again, but not beyond the end."""
        self.moved = 0
        if self.exchange.streams and not self.timer.expired():
            self.timer.reschedule(min(self.loop.time() + self.seconds, self.end))

    def watched(self, receive: Receive) -> Receive:
        """Count what comes."""

        async def receive_watched() -> Message:
            message = await receive()
            self._count(message)
            return message

        return receive_watched

    def watched_send(self, send: Send) -> Send:
        """Count what has gone: `send` returns once the caller has taken enough of it."""

        async def send_watched(message: Message) -> None:
            await send(message)
            self._count(message)

        return send_watched

    def _count(self, message: Message) -> None:
        if self.exchange.streams:
            self.moved += len(message.get("body", b""))
            if self.moved >= LEAST_PROGRESS:
                self.restart()
