"""Ends what takes too long."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from isogloss.service.errors import DeadlineError, ServiceError, SlowRequestError
from isogloss.service.exchange import Exchange, exchange_of

LEAST_PROGRESS = 64 * 1024
"""A stream has to move this many bytes, in both directions together, to get more time."""

_LONGEST_TURN = 0.25

_SHARE_OF_A_MOVE = 0.02
"""How much later than asked for the end of a stream may come, so that it is moved less often."""


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
        self._patrol = _Patrol(request_seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 408 where the caller was slow, 504 where the service was."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = exchange_of(scope)
        if exchange.streams:
            await self._stream(exchange, scope, receive, send)
            return
        watched = self._patrol.begin()
        try:
            await self.app(scope, receive, send)
        except asyncio.CancelledError:
            # Cancelled by somebody else too, for instance at the end of the server: that counts.
            if not watched.expired or watched.task.uncancel() > 0:
                raise
            # The body of a GET request is never asked for.
            raise self._error(exchange.complete or scope["method"] == "GET") from None
        finally:
            self._patrol.end(watched)

    async def _stream(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(self.request_seconds) as timer:
                clock = _StreamClock(timer, self.request_seconds, self.stream_seconds)
                exchange.progress = clock.restart
                await self.app(scope, clock.watched(receive), clock.watched_send(send))
        except TimeoutError:
            if not timer.expired():
                raise
            raise self._error(exchange.complete) from None

    def _error(self, complete: bool) -> ServiceError:
        kind = DeadlineError if complete else SlowRequestError
        return kind(self.request_seconds)


@dataclass(slots=True, eq=False)
class _Watched:
    task: asyncio.Task[object]
    deadline: float
    expired: bool = False


class _Patrol:
    """Walks past the requests and cancels those whose time is over.

    All have the same time, so the one that came first is the first to be over. One timer serves
    all: a timer for each request costs a tenth of what the request does.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._turn = min(_LONGEST_TURN, seconds / 10)
        self._watched: dict[_Watched, None] = {}
        self._walking = False

    def begin(self) -> _Watched:
        """Watch the request of the current task."""
        task = asyncio.current_task()
        assert task is not None
        loop = task.get_loop()
        watched = _Watched(task, loop.time() + self._seconds)
        self._watched[watched] = None
        if not self._walking:
            self._walking = True
            loop.call_later(self._turn, self._walk, loop)
        return watched

    def end(self, watched: _Watched) -> None:
        """Watch no more."""
        self._watched.pop(watched, None)

    def _walk(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        over = []
        for watched in self._watched:
            if watched.deadline > now:
                break
            over.append(watched)
        for watched in over:
            del self._watched[watched]
            watched.expired = True
            watched.task.cancel()
        self._walking = bool(self._watched)
        if self._walking:
            loop.call_later(self._turn, self._walk, loop)


class _StreamClock:
    """Moves the end of a stream on while it makes progress."""

    __slots__ = ("_end", "_loop", "_moved", "_restarted", "_seconds", "_timer")

    def __init__(self, timer: asyncio.Timeout, seconds: float, most: float) -> None:
        self._timer = timer
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._end = self._loop.time() + most
        self._moved = 0
        self._restarted = -math.inf

    def restart(self) -> None:
        """Give as much time again, and a little more, but not beyond the end."""
        self._moved = 0
        now = self._loop.time()
        # To move a timer costs about as much as to pass a piece on: it is moved for several.
        little = self._seconds * _SHARE_OF_A_MOVE
        if now > self._restarted + little and not self._timer.expired():
            self._restarted = now
            self._timer.reschedule(min(now + self._seconds + little, self._end))

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
        self._moved += len(message.get("body", b""))
        if self._moved >= LEAST_PROGRESS:
            self.restart()
