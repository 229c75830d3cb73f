"""Keeps pages of other sites from asking a service that answers everybody on this machine.

A browser asks ``127.0.0.1`` for any page that tells it to. By a name that its owner turns to
127.0.0.1 (DNS rebinding) the page may even read the answers. Where keys are asked for, such a page
has none.
"""

from __future__ import annotations

from collections.abc import Collection
from http import HTTPStatus

from starlette.types import ASGIApp, Receive, Scope, Send

from isogloss.service.errors import ServiceError
from isogloss.service.exchange import exchange_of


class UnknownHostError(ServiceError):
    """The request is for another name than those of this service."""

    def __init__(self, found: str) -> None:
        super().__init__(
            HTTPStatus.MISDIRECTED_REQUEST,
            "unknown_host",
            f"host: found {found}, which is none of the names in ISOGLOSS_HOSTS",
            {"found": found},
        )


class ForeignOriginError(ServiceError):
    """The request comes from a page of another site."""

    def __init__(self, found: str) -> None:
        super().__init__(
            HTTPStatus.FORBIDDEN,
            "foreign_origin",
            f"origin: found {found}, which is none of those in ISOGLOSS_CORS_ORIGINS",
            {"found": found},
        )


class Strangers:
    """Compares ``Host`` with the names of the service, and ``Origin`` with those that may ask.

    Args:
        app: What is asked if all is well.
        hosts: Names without port, in small letters; None takes any.
        origins: Origins that may ask beside the service's own; None takes any.

    """

    def __init__(
        self, app: ASGIApp, *, hosts: Collection[str] | None, origins: Collection[str] | None
    ) -> None:
        self.app = app
        self.hosts = hosts
        self.origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 421 or 403, or let the application answer."""
        if scope["type"] == "http":
            exchange = exchange_of(scope)
            headers = exchange.headers
            host = headers.get(b"host", b"").decode("latin-1").lower()
            known = self.hosts is None or exchange.route.declared.probe or _name(host) in self.hosts
            if not known:
                raise UnknownHostError(_shown(host))
            origin = headers.get(b"origin", b"").decode("latin-1").lower()
            if (
                origin
                and self.origins is not None
                and origin not in self.origins
                and origin.partition("://")[2] != host
            ):
                raise ForeignOriginError(_shown(origin))
        await self.app(scope, receive, send)


def _name(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def _shown(value: str) -> str:
    return ascii(value[:80])[1:-1]
