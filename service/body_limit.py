"""Refuses bodies that are too large, before they are parsed."""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.responses import error_response
from service.streaming.media_types import is_bounded_by_its_endpoint


class BodyLimit:
    """Reads the body of a request up to a limit, then hands it on as one piece."""

    def __init__(self, app: ASGIApp, max_body_bytes: int) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413, or let the application answer."""
        if scope["type"] != "http" or is_bounded_by_its_endpoint(
            scope["path"], Headers(scope=scope).get("content-type")
        ):
            await self.app(scope, receive, send)
            return
        body, found = bytearray(), 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            chunk = message.get("body", b"")
            found += len(chunk)
            if found <= self.max_body_bytes:
                body += chunk
            # A client that is cut off while it sends never sees the answer: as much again is read
            # and thrown away.
            if not message.get("more_body", False) or found > 2 * self.max_body_bytes:
                break
        if found > self.max_body_bytes:
            limit = f"at most {self.max_body_bytes} bytes"
            response = error_response(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "too_large",
                f"body: expected {limit}, found more",
                {"expected": limit, "found": "more"},
            )
            await response(scope, receive, send)
            return
        handed_on = False

        async def replay() -> Message:
            nonlocal handed_on
            if handed_on:
                return await receive()
            handed_on = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self.app(scope, replay, send)
