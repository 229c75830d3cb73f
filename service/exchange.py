"""What is known about the request under way."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.types import Scope

from isogloss.service.routing import FoundRoute, RouteTable
from isogloss.service.routing.table import UNMATCHED
from isogloss.service.streaming.media_types import media_type

_KEY = "isogloss.exchange"
_LOOKED_AT = frozenset(
    {
        b"accept",
        b"authorization",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"expect",
        b"host",
        b"origin",
        b"x-api-key",
        b"x-request-id",
    }
)


def _nothing() -> None:
    pass


@dataclass(slots=True)
class Exchange:
    """One request and its answer; middleware and routes write down what they learn.

    Attributes:
        route: Whom the request is for.
        headers: The headers that the layers look at, as they came; the first of each name.
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

    route: FoundRoute = UNMATCHED
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
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


def begin_exchange(scope: Scope, routes: RouteTable | None = None) -> Exchange:
    """Start to write down what is learned about a request."""
    route = UNMATCHED if routes is None else routes.find(scope["method"], scope["path"])
    headers: dict[bytes, bytes] = {}
    for name, value in scope.get("headers", ()):
        if name in _LOOKED_AT:
            headers.setdefault(name, value)
    streams = False
    if route.declared.streams and scope["method"] == "POST":
        form = media_type(headers.get(b"content-type", b"").decode("latin-1"))
        streams = form in route.declared.streams
    exchange = scope[_KEY] = Exchange(route, headers, streams=streams)
    return exchange


def exchange_of(scope: Scope) -> Exchange:
    """Find the exchange of a request; a new one where the outermost middleware is missing."""
    exchange: Exchange | None = scope.get(_KEY)
    return begin_exchange(scope) if exchange is None else exchange
