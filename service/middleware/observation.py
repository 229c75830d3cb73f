"""Gives each request an id, answers what failed, and writes down what happened."""

from __future__ import annotations

import itertools
import re
import secrets
import time
from collections.abc import Callable, Mapping

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from isogloss.service.error_handlers import internal_error, refusal
from isogloss.service.errors import ServiceError
from isogloss.service.exchange import Exchange, begin_exchange
from isogloss.service.logs import RequestLog
from isogloss.service.metrics import Metrics
from isogloss.service.page import PAGE
from isogloss.service.routing import RouteTable

_WELL_FORMED = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")
_Header = tuple[bytes, bytes]

_ALWAYS: tuple[_Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
_CLOSED: _Header = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")


class Observation:
    """The outermost layer: nothing fails beyond it, and nothing is answered without an id."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: Metrics,
        log: RequestLog | None,
        routes: RouteTable,
        ending: Callable[[], bool] = lambda: False,
    ) -> None:
        self.app = app
        self.metrics = metrics
        self.log = log
        self.routes = routes
        self.ending = ending
        self._ids = _request_ids()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, and write down how it went."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = begin_exchange(scope, self.routes)
        exchange.request_id = _well_formed(exchange.headers) or next(self._ids)
        headers: list[_Header] = [
            *_ALWAYS,
            _CLOSED,
            (b"x-request-id", exchange.request_id.encode("ascii")),
        ]

        if self.ending():
            # A caller that is told so does not send its next request into a closed connection.
            headers.append((b"connection", b"close"))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                if not exchange.disconnected:
                    exchange.status = message["status"]
                own = message["headers"]
                message = {**message, "headers": [*own, *_without(headers, own, scope["path"])]}
            await send(message)

        inner = scope
        if scope["method"] == "HEAD" and "GET" in exchange.route.methods:
            # Answered as GET is; the server sends no body (RFC 9110, section 9.3.2).
            inner = {**scope, "method": "GET"}
        try:
            await self.app(inner, receive, send_with_headers)
        except Exception as error:
            await self._answer(scope, receive, send_with_headers, exchange, error)
        finally:
            self._write_down(scope, exchange)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, exchange: Exchange, error: Exception
    ) -> None:
        request = Request(scope)
        if isinstance(error, ServiceError):
            response = refusal(request, error)
        else:
            response = await internal_error(request, error)
        # An answer that has begun cannot be taken back. It stays incomplete, and the connection is
        # closed, so that the caller sees that it was cut.
        if exchange.status == 0:
            await response(scope, receive, send)

    def _write_down(self, scope: Scope, exchange: Exchange) -> None:
        seconds = time.perf_counter() - exchange.started
        route = exchange.route.path
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        pair = exchange.pair
        if exchange.disconnected:
            exchange.code = "disconnected"
        self.metrics.answered(method, route, exchange.status, seconds)
        if exchange.code is not None:
            self.metrics.errors.labels(exchange.code).inc()
        elif pair is not None:
            self.metrics.asked(pair, scope["path"].rpartition("/")[2], exchange.items)
        if self.log is not None:
            fields: dict[str, object] = {
                "method": method,
                "route": route,
                "pair": pair,
                "status": exchange.status,
                "seconds": round(seconds, 6),
                "received": exchange.received,
                "request_id": exchange.request_id,
            }
            if exchange.caller is not None:
                fields["key"] = exchange.caller
            if exchange.code is not None:
                fields["code"] = exchange.code
                if self.log.words:
                    fields["message"] = exchange.message
            self.log.write(fields)


def _without(headers: list[_Header], own: list[_Header], path: str) -> list[_Header]:
    """Leave out what an answer of the page says for itself: how it is kept, what it may run."""
    if path not in PAGE:
        return headers
    names = {name for name, _ in own}
    return [header for header in headers if header[0] not in names]


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _well_formed(headers: Mapping[bytes, bytes]) -> str | None:
    """Read the id that the caller gave, if it is one that can stand in a log."""
    given = headers.get(b"x-request-id")
    return None if given is None or not _WELL_FORMED.fullmatch(given) else given.decode("ascii")


def _request_ids() -> itertools.chain[str]:
    """Ids that no other process gives: a random part and a number."""
    start = secrets.token_hex(6)
    return itertools.chain(f"{start}-{number:x}" for number in itertools.count(1))
