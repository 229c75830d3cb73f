"""What is known about the request under way."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.types import Scope

_KEY = "isogloss.exchange"


def _nothing() -> None:
    pass


@dataclass(slots=True)
class Exchange:
    """One request and its answer; middleware and routes write down what they learn.

    Attributes:
        request_id: Given by the caller or made here; stands in the answer and in the log.
        started: When the request came, on the clock of ``time.perf_counter``.
        caller: Name of the key that was shown; None where none was.
        pair: The pair that is asked for, once it is known to be served.
        items: Words and vectors that are asked for.
        status: Status of the answer; 0 until it begins.
        code: Code of the error that was answered; None where none was.
        message: What the error said. It may quote the caller's words.
        streams: Whether body and answer may be long, as their endpoint reads them in pieces.
        received: Bytes of the body so far.
        complete: Whether the whole body has come.
        disconnected: Whether the caller went away before its body was complete.
        progress: To be called by an endpoint that streams whenever it has done a piece of work: the
            deadline moves on. Bytes that come and go are noticed without it.

    """

    request_id: str = ""
    started: float = field(default_factory=time.perf_counter)
    caller: str | None = None
    pair: str | None = None
    items: int = 0
    status: int = 0
    code: str | None = None
    message: str | None = None
    streams: bool = False
    received: int = 0
    complete: bool = False
    disconnected: bool = False
    progress: Callable[[], None] = _nothing


def begin_exchange(scope: Scope, request_id: str) -> Exchange:
    """Start to write down what is learned about a request."""
    exchange = scope[_KEY] = Exchange(request_id)
    return exchange


def exchange_of(scope: Scope) -> Exchange:
    """Find the exchange of a request; a new one where the outermost middleware is missing."""
    exchange: Exchange | None = scope.get(_KEY)
    return begin_exchange(scope, "") if exchange is None else exchange
