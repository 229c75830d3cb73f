"""Lets in as many requests as can be held, makes some wait, and refuses the others."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress

from starlette.types import ASGIApp, Receive, Scope, Send

from isogloss.service.errors import TooManyRequestsError
from isogloss.service.exchange import exchange_of

_LONGEST_ADVICE = 60.0


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

    A stream stays for long, and may take room on the disk: it has a narrower gate of its own, at
    which nobody waits.
    """

    def __init__(self, app: ASGIApp, *, gate: Gate, streams: Gate) -> None:
        self.app = app
        self.gate = gate
        self.streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 429, or let the application answer, now or later."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = exchange_of(scope)
        if not exchange.route.declared.costs_work:
            await self.app(scope, receive, send)
            return
        gate = self.streams if exchange.streams else self.gate
        if not gate.enter_at_once():
            await gate.enter()
        begun = time.perf_counter()
        try:
            await self.app(scope, receive, send)
        finally:
            gate.leave(time.perf_counter() - begun)
