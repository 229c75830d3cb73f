"""A server that says that it is not ready before it ends."""

from __future__ import annotations

import asyncio
import math
import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI

from isogloss.service.connections import ConnectionLimits, bounded_protocol
from isogloss.service.connections.refusals import Refusal
from isogloss.service.routes.context import ServiceState


class GracefulServer(uvicorn.Server):
    """Ends in three steps: not ready, then no new connections, then no work in flight.

    The first signal begins the end. The next one ends the draining.
    """

    def __init__(self, config: uvicorn.Config, state: ServiceState) -> None:
        super().__init__(config)
        self._state = state
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Load and listen."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin the end; called by the signals."""
        seconds = self._state.settings.drain_seconds
        if self._state.ending or self._loop is None or not self.started or seconds == 0:
            self._state.ending = True
            super().handle_exit(sig, frame)
            return
        self._state.ending = True
        self._loop.call_soon_threadsafe(self._loop.call_later, seconds, self._drained, sig)

    def _drained(self, sig: int) -> None:
        if not self.should_exit:
            super().handle_exit(sig, None)


def server_config(app: FastAPI) -> uvicorn.Config:
    """Configure the server of an application, with the bounds that its settings ask for."""
    state: ServiceState = app.state.service
    settings = state.settings
    limits = ConnectionLimits(
        connections=settings.max_connections,
        head_seconds=settings.head_seconds,
        head_bytes=settings.max_head_bytes,
        headers=settings.max_headers,
        address_bytes=settings.max_address_bytes,
        unread_seconds=settings.request_seconds,
    )

    def refused(refusal: Refusal) -> None:
        state.metrics.errors.labels(refusal.code).inc()

    return uvicorn.Config(
        app,
        http=bounded_protocol(limits, refused),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=math.ceil(settings.shutdown_seconds),
    )
