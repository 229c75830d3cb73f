"""Lets in those who show a key of the right role, as often as it may be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from isogloss.service.errors import (
    ForbiddenError,
    NoKeysError,
    TooManyRequestsError,
    UnauthenticatedError,
)
from isogloss.service.exchange import Exchange, exchange_of
from isogloss.service.keys import Key, Role, find_key
from isogloss.service.rate_limits import RateLimits


@dataclass(slots=True)
class Doorkeeper:
    """Knows the keys; its attributes are replaced, together, when the key file is read anew.

    Attributes:
        keys: Those that are accepted; None where no key is needed.
        limits: How often each may be shown.

    """

    keys: Sequence[Key] | None
    limits: RateLimits


class Authentication:
    """Asks for a key in ``Authorization: Bearer KEY`` or in ``X-API-Key: KEY``."""

    def __init__(self, app: ASGIApp, *, doorkeeper: Doorkeeper) -> None:
        self.app = app
        self.doorkeeper = doorkeeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401, 403 or 429, or let the application answer."""
        keys = self.doorkeeper.keys
        if keys is None and scope["type"] == "http":
            if exchange_of(scope).route.declared.role == "admin":
                raise NoKeysError
        elif keys is not None and scope["type"] == "http":
            exchange = exchange_of(scope)
            if exchange.route.declared.role is not None:
                self._check(keys, exchange, exchange.route.declared.role)
        await self.app(scope, receive, send)

    def _check(self, keys: Sequence[Key], exchange: Exchange, role: Role) -> None:
        shown = _shown(exchange.headers)
        if shown is None:
            raise UnauthenticatedError("expected a key in the header Authorization or X-API-Key")
        key = find_key(keys, shown)
        if key is None:
            raise UnauthenticatedError("the key is not known")
        exchange.caller = key.name
        if not key.may(role):
            raise ForbiddenError(role, key.role)
        wait = self.doorkeeper.limits.take(key)
        if wait:
            raise TooManyRequestsError("rate_limited", "more requests than this key may send", wait)


def _shown(headers: Mapping[bytes, bytes]) -> str | None:
    value = headers.get(b"authorization", b"")
    if value[:7].lower() == b"bearer ":
        return str(value[7:].strip(), "latin-1")
    value = headers.get(b"x-api-key", b"")
    return str(value.strip(), "latin-1") if value else None
