"""A server that says that it is not ready before it ends."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import socket
import time
from collections.abc import Callable, Collection
from types import FrameType

import uvicorn
from fastapi import FastAPI

from isogloss.service.app import create_app
from isogloss.service.connections import ConnectionLimits, bounded_protocol
from isogloss.service.connections.refusals import Refusal
from isogloss.service.logs import configure_logs
from isogloss.service.settings import Settings
from isogloss.service.state import ServiceState


class GracefulServer(uvicorn.Server):
    """Ends in three steps: not ready, then no new connections, then no work in flight.

    The first signal begins the end, the next one ends the draining. One that comes before the
    server listens ends the process at once: there is nothing yet that could be finished.

    Args:
        config: Of uvicorn.
        state: Of the service.
        announce: Called once it listens.
        ignored: Signals that mean nothing to it.

    """

    def __init__(
        self,
        config: uvicorn.Config,
        state: ServiceState,
        *,
        announce: Callable[[], object] = lambda: None,
        ignored: Collection[int] = (),
    ) -> None:
        super().__init__(config)
        self.was_started = False
        self._state = state
        self._announce = announce
        self._ignored = ignored
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turned = time.monotonic()

    def seconds_since_turn(self) -> float:
        """Tell how long ago the event loop has last turned; asked from another thread."""
        return time.monotonic() - self._turned

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Load and listen, then say so."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.was_started = self.started
        if self.started:
            self._announce()

    async def on_tick(self, counter: int) -> bool:
        """Note that the event loop turns."""
        self._turned = time.monotonic()
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin the end; called by the signals."""
        if sig in self._ignored:
            return
        if not self.started or self._loop is None:
            signal.signal(sig, signal.SIG_DFL)
            os.kill(os.getpid(), sig)
            return
        seconds = self._state.settings.drain_seconds
        if self._state.ending or seconds == 0:
            self._state.ending = True
            super().handle_exit(sig, frame)
            return
        self._state.ending = True
        self._loop.call_soon_threadsafe(self._loop.call_later, seconds, self._drained, sig)

    def _drained(self, sig: int) -> None:
        if not self.should_exit:
            super().handle_exit(sig, None)


def make_server(
    settings: Settings,
    *,
    announce: Callable[[], object] = lambda: None,
    ignored: Collection[int] = (),
) -> GracefulServer:
    """Make the application and its server, in the process that is to run them."""
    configure_logs(settings.log_level, words=settings.log_words)
    app = create_app(settings)
    return GracefulServer(server_config(app), app.state.service, announce=announce, ignored=ignored)


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
