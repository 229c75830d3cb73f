"""Lets in as many requests as can be held, makes some wait, and refuses the others."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from contextlib import suppress
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from isogloss.service.errors import ServiceError, TooManyRequestsError
from isogloss.service.exchange import Exchange, exchange_of

_LONGEST_ADVICE = 60.0
_LEAST_WINDOW = 3.0
"""Seconds over which the pace of a stream is measured."""

_LOOKS_FOR_ROOM, _SECONDS_BETWEEN_LOOKS = 50, 0.02


class Gate:
    """Counts who is inside; those who wait come in by turns.

    Attributes:
        places: Most requests inside.
        queue: Most requests that wait.
        inside: Requests inside at present.

    """

    __slots__ = ("_seconds", "_waiting", "inside", "places", "queue")

    def __init__(self, places: int, queue: int) -> None:
        self.places = places
        self.queue = queue
        self.inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._seconds = 0.0

    @property
    def full(self) -> bool:
        """Whether the next one is refused."""
        return self.inside >= self.places and len(self._waiting) >= self.queue

    @property
    def waiting(self) -> int:
        """Requests that wait at present."""
        return len(self._waiting)

    def enter_at_once(self) -> bool:
        """Come in if there is a place and nobody waits for it."""
        if self.inside < self.places and not self._waiting:
            self.inside += 1
            return True
        return False

    async def enter(self) -> None:
        """Come in, if need be after waiting.

        Raises:
            TooManyRequestsError: Too many wait already.

        """
        if self.enter_at_once():
            return
        if len(self._waiting) >= self.queue:
            raise TooManyRequestsError(
                "overloaded",
                f"{self.inside} requests are worked on and {len(self._waiting)} wait",
                self.advice(),
            )
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()  # the place was given to one who no longer wants it
            else:
                with suppress(ValueError):  # one who left has passed over it already
                    self._waiting.remove(turn)
            raise

    def leave(self, seconds: float | None = None) -> None:
        """Give the place to the one who waits longest; say how long it was held."""
        if seconds is not None:
            self._seconds += 0.05 * (seconds - self._seconds)
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.inside -= 1

    def advice(self) -> float:
        """Seconds after which those who are here now will have gone."""
        here = self.inside + len(self._waiting)
        return min(_LONGEST_ADVICE, self._seconds * here / self.places)


class Admission:
    """Holds requests that cost work at the gate; all others pass.

    A place is taken once the body is there: who sends slowly keeps nobody out. A stream takes its
    place at once, stays for long, and may take room on the disk: it has a narrower gate of its own,
    at which nobody waits. Where that is full, the slowest stream has to go, if it is slower than
    ``least_pace`` bytes a second, in both directions together.
    """

    def __init__(self, app: ASGIApp, *, gate: Gate, streams: Gate, least_pace: float) -> None:
        self.app = app
        self.gate = gate
        self.streams = streams
        self.least_pace = least_pace
        self._inside: set[_Stream] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 429, or let the application answer, now or later."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = exchange_of(scope)
        if not exchange.route.declared.costs_work:
            await self.app(scope, receive, send)
            return
        if exchange.streams:
            await self._stream(exchange, scope, receive, send)
            return
        if scope["method"] != "GET":
            receive = await _with_whole_body(receive)
        gate = self.gate
        if not gate.enter_at_once():
            await gate.enter()
        begun = time.perf_counter()
        try:
            await self.app(scope, receive, send)
        finally:
            gate.leave(time.perf_counter() - begun)

    async def _stream(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        if not self.streams.enter_at_once() and not await self._make_room():
            raise TooManyRequestsError(
                "overloaded",
                f"{self.streams.inside} streams are worked on",
                self.streams.advice(),
            )
        task = asyncio.current_task()
        assert task is not None
        stream = _Stream(exchange, task)
        self._inside.add(stream)
        try:
            await self.app(scope, receive, stream.counted(send))
        except asyncio.CancelledError:
            if not stream.evicted or task.uncancel() > 0:
                raise
            raise SlowStreamError(self.least_pace) from None
        finally:
            self._inside.discard(stream)
            self.streams.leave(time.perf_counter() - stream.begun)

    async def _make_room(self) -> bool:
        """End the slowest stream, if it is too slow; whether there is a place now."""
        now = time.perf_counter()
        paces = {stream: stream.pace(now) for stream in self._inside if not stream.evicted}
        slow = {stream: pace for stream, pace in paces.items() if pace < self.least_pace}
        if not slow:
            return False
        stream = min(slow, key=lambda one: slow[one])
        stream.evicted = True
        stream.task.cancel()
        for _ in range(_LOOKS_FOR_ROOM):
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
            if self.streams.enter_at_once():
                return True
        return False


class SlowStreamError(ServiceError):
    """A stream was too slow while others wanted its place."""

    def __init__(self, least_pace: float) -> None:
        super().__init__(
            HTTPStatus.REQUEST_TIMEOUT,
            "slow_request",
            f"others wait: expected at least {least_pace:g} bytes a second of a stream",
            headers={"connection": "close"},
        )


class _Stream:
    """A stream that has a place, and how fast it moves."""

    def __init__(self, exchange: Exchange, task: asyncio.Task[object]) -> None:
        self.task = task
        self.begun = time.perf_counter()
        self.evicted = False
        self._exchange = exchange
        self._sent = 0
        self._looked, self._moved, self._pace = self.begun, 0, math.inf

    def pace(self, now: float) -> float:
        """Tell the bytes a second over the last seconds; infinite where it has just begun."""
        seconds = now - self._looked
        if seconds >= _LEAST_WINDOW:
            moved = self._exchange.received + self._sent
            self._pace = (moved - self._moved) / seconds
            self._looked, self._moved = now, moved
        return self._pace

    def counted(self, send: Send) -> Send:
        """Count what has gone."""

        async def send_counted(message: Message) -> None:
            await send(message)
            self._sent += len(message.get("body", b""))

        return send_counted


async def _with_whole_body(receive: Receive) -> Receive:
    """Wait for the whole body; what gives it out as one message."""
    message = await receive()
    pieces = [message.get("body", b"")]
    while message["type"] == "http.request" and message.get("more_body", False):
        message = await receive()
        pieces.append(message.get("body", b""))
    if message["type"] == "http.request":
        message = {"type": "http.request", "body": b"".join(pieces), "more_body": False}
    given = [message]

    async def receive_again() -> Message:
        return given.pop() if given else await receive()

    return receive_again
