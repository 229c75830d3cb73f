"""Refuses what a route does not ask for: a misspelt name must not be taken for no wish at all."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from isogloss.service.errors import ServiceError
from isogloss.service.exchange import exchange_of
from isogloss.service.routing.table import UNMATCHED


class UnknownQuestionError(ServiceError):
    """A name behind the ``?`` of the address that the route does not know."""

    def __init__(self, found: str, expected: list[str]) -> None:
        found = ascii(found[:80])[1:-1]
        wanted = f"one of {', '.join(expected)}" if expected else "nothing behind the ?"
        problem = {"where": f"query.{found}", "expected": wanted, "found": found}
        super().__init__(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "invalid_request",
            f"query: expected {wanted}, found {found}",
            {"problems": [problem]},
        )


class Questions:
    """Compares the names behind the ``?`` with those that the route declares."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 422, or let the application answer."""
        if scope["type"] == "http" and scope["query_string"]:
            route = exchange_of(scope).route
            if route is not UNMATCHED and not route.declared.any_question:
                asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
                for name, _ in asked:
                    if name not in route.questions:
                        raise UnknownQuestionError(name, sorted(route.questions))
        await self.app(scope, receive, send)
