"""The two halves of a streamed request, at the same time: rows come in while answers go out."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus

import anyio
from anyio import CancelScope, CapacityLimiter, to_thread
from fastapi import Response
from starlette.types import Receive, Scope, Send

from isogloss.service.errors import ServiceError
from isogloss.service.exchange import exchange_of
from isogloss.service.streaming.buffers import Inbox, Outbox

_logger = logging.getLogger("isogloss.service")
_MOST_BYTES_WAITING = 2 << 20
_MOST_BYTES_SENT = 1 << 18
_PATIENCE = 1.0
_LONGEST_FAREWELL = 5.0
_WORTH_A_HOP = 0.02
_WORTH_A_PIECE = 1 << 20


class InsufficientStorageError(ServiceError):
    """There is no place left on the disk for what the request needs."""

    def __init__(self) -> None:
        message = "there is no room on the disk of the server"
        super().__init__(HTTPStatus.INSUFFICIENT_STORAGE, "insufficient_storage", message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is done with a body: each piece of it is answered by some steps, in threads.

    Attributes:
        answer: Takes bytes of the body; each step gives some bytes of the answer, or none.
        end: The steps that are left at the end of the body.
        fail: Shows the error that ends a stream which has begun.

    """

    answer: Callable[[bytes], Iterator[bytes]]
    end: Callable[[], Iterator[bytes]]
    fail: Callable[[ServiceError], bytes]


def _do_nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class _Taken:
    """What some steps gave.

    Attributes:
        answered: Their bytes, in order.
        all: Whether no step is left.
        error: What the step behind them failed with.

    """

    answered: bytes
    all: bool = False
    error: Exception | None = None


def _take_some(steps: Iterator[bytes]) -> _Taken:
    """Take steps in a thread: to go there and back costs as much as a short step itself."""
    pieces: list[bytes] = []
    begun = time.perf_counter()
    try:
        for piece in steps:
            pieces.append(piece)
            late = time.perf_counter() - begun > _WORTH_A_HOP
            if late or sum(map(len, pieces)) > _WORTH_A_PIECE:
                return _Taken(b"".join(pieces))
    # It comes behind the answers of the steps before it.
    except Exception as error:
        return _Taken(b"".join(pieces), error=error)
    return _Taken(b"".join(pieces), all=True)


class StreamedAnswer(Response):
    """Answers rows as they come.

    The client sets the pace. Rows are read only while there is room for them, and answered only
    while there is room for the answers. An error before the first answer is an ordinary error. One
    after it is shown where the form of the answer has a place, and the connection is cut: without
    its end, no client takes half an answer for a whole one. When the client goes, the work ends
    with the step that is under way.
    """

    def __init__(
        self,
        work: Work,
        limiter: CapacityLimiter,
        *,
        media_type: str,
        most_spooled: int,
        body_was_read: bool = False,
        done: Callable[[], None] = _do_nothing,
    ) -> None:
        super().__init__(media_type=media_type)
        self._work, self._limiter, self._done = work, limiter, done
        del self.headers["content-length"]
        self._inbox = Inbox(_MOST_BYTES_WAITING, closed=body_was_read)
        self._outbox = Outbox(
            _MOST_BYTES_WAITING,
            most_spooled,
            patience=_PATIENCE,
            still_coming=lambda: not self._inbox.closed,
        )
        self._started = self._cut = False
        self._failure: Exception | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read, work and write at the same time, until all is done or the client is gone."""
        self._exchange = exchange_of(scope)
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._read, receive, group.cancel_scope)
                group.start_soon(self._do, group.cancel_scope)
                group.start_soon(self._write, send, group.cancel_scope)
        finally:
            self._outbox.discard()
            self._leave()
        if self._failure is not None and not self._started:
            raise self._failure

    async def _read(self, receive: Receive, scope: CancelScope) -> None:
        while True:
            try:
                message = await receive()
            except ServiceError as error:  # the layers around refuse to read on
                await self._fail(error, error, scope)
                return
            if message["type"] == "http.disconnect":
                scope.cancel()
                return
            if body := message.get("body", b""):
                await self._inbox.put(body)
            if not message.get("more_body", False) and not self._inbox.closed:
                self._inbox.close()

    async def _do(self, scope: CancelScope) -> None:
        try:
            while data := await self._inbox.take():
                await self._take_steps(self._work.answer(data))
            await self._take_steps(self._work.end())
            self._outbox.close()
        except ServiceError as error:
            await self._fail(error, error, scope)
        except OSError as error:
            _logger.error("a streamed answer cannot be kept: %s", error)
            failure = InsufficientStorageError()
            await self._fail(failure, failure, scope)
        except Exception as error:
            _logger.error("a streamed answer failed", exc_info=error)
            shown = ServiceError(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "the server failed")
            await self._fail(error, shown, scope)

    async def _take_steps(self, steps: Iterator[bytes]) -> None:
        while True:
            taken = await to_thread.run_sync(_take_some, steps, limiter=self._limiter)
            self._exchange.progress()
            await self._outbox.put(taken.answered)
            if taken.error is not None:
                raise taken.error
            if taken.all:
                return

    async def _fail(self, error: Exception, shown: ServiceError, scope: CancelScope) -> None:
        if self._failure is None:
            self._failure = error
        if self._started:
            self._cut = True
            self._exchange.code, self._exchange.message = shown.code, shown.message
            self._inbox.throw_away()
            self._outbox.close(self._work.fail(shown))
        else:
            scope.cancel()

    async def _write(self, send: Send, scope: CancelScope) -> None:
        while (data := await self._outbox.take()) is not None:
            await self._start(send)
            # Small enough that also a slow client takes one within the time allowed.
            for begin in range(0, len(data), _MOST_BYTES_SENT):
                piece = data[begin : begin + _MOST_BYTES_SENT]
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        if self._cut:
            # Who is cut off while it sends may never see the last bytes, with the error.
            with anyio.move_on_after(_LONGEST_FAREWELL):
                await self._inbox.wait_for_the_end()
        else:
            await self._start(send)
            # Before the last byte: who has it may ask again at once, and finds the place free.
            self._leave()
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        scope.cancel()

    def _leave(self) -> None:
        done, self._done = self._done, _do_nothing
        done()

    async def _start(self, send: Send) -> None:
        if not self._started:
            self._started = True
            await send(
                {
                    "type": "http.response.start",
                    "status": self.status_code,
                    "headers": self.raw_headers,
                }
            )
