"""One process that answers, and what it tells its supervisor."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isogloss.service.server import GracefulServer
    from isogloss.service.settings import Settings

CANNOT_START = 3
"""Exit code of a worker that could not start; it has said why."""

STARTING, READY = "starting", "ready"
SECONDS_BETWEEN_SIGNS = 0.5
_STUCK_SECONDS = 30.0
"""After which an event loop that has not turned is taken for stuck: no more signs of life."""

_SPAWN = get_context("spawn")

Target = Callable[[str, socket.socket, Connection, int], None]
"""What a new process does."""


class Worker:
    """A process, as its supervisor sees it.

    Attributes:
        ready: Whether it serves.
        reason: Why it could not start, where it has said so.
        seen: When it last gave a sign of life, on the clock of ``time.monotonic``.

    """

    def __init__(
        self, settings: Settings, listener: socket.socket, target: Target | None = None
    ) -> None:
        self.ready = False
        self.reason = ""
        self.seen = time.monotonic()
        self.signs, theirs = _SPAWN.Pipe(duplex=False)
        self._process = _SPAWN.Process(
            target=target or run_worker,
            # As text: to unpickle settings would load nearly everything, before the first sign.
            args=(settings.model_dump_json(), listener, theirs, os.getpid()),
        )
        self._process.start()
        theirs.close()  # so that its end is seen

    @property
    def process_id(self) -> int:
        """Number of the process."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def sentinel(self) -> int:
        """Becomes readable when the process ends."""
        return self._process.sentinel

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative where a signal ended it."""
        return self._process.exitcode

    def listen(self) -> None:
        """Take what it has said."""
        with suppress(EOFError, OSError):
            while self.signs.poll():
                sign: str = self.signs.recv()
                self.seen = time.monotonic()
                if sign == READY:
                    self.ready = True
                elif sign != STARTING:
                    self.reason = sign

    def signal(self, number: int) -> None:
        """Send a signal, where it still runs."""
        if self.exit_code is None:
            with suppress(ProcessLookupError):
                os.kill(self.process_id, number)

    def bury(self) -> None:
        """Wait for its end, which has come or been ordered."""
        self._process.join()
        self.listen()
        self.signs.close()


def run_worker(settings: str, listener: socket.socket, supervisor: Connection, parent: int) -> None:
    """Load and serve until a signal comes; in the new process.

    Args:
        settings: Those of the whole service, as JSON.
        listener: The socket that all workers share.
        supervisor: Where signs of life go.
        parent: Process of the supervisor.

    """
    # Ctrl-C reaches every process of a terminal. The supervisor passes it on in its own way.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    servers: list[GracefulServer] = []
    threading.Thread(target=_give_signs, args=(supervisor, servers, parent), daemon=True).start()
    try:
        from isogloss.service.server import make_server  # noqa: PLC0415 (after the first sign)
        from isogloss.service.settings import Settings  # noqa: PLC0415

        server = make_server(Settings.model_validate_json(settings), ignored=(signal.SIGINT,))
    except Exception as error:
        _give_up(supervisor, f"{error}")
    servers.append(server)
    server.run(sockets=[listener])
    if not server.was_started:
        _give_up(supervisor, "the application could not be started")


def _give_up(supervisor: Connection, reason: str) -> None:
    with suppress(OSError):
        supervisor.send(" ".join(reason.split()) or "unknown")
    sys.exit(CANNOT_START)


def _give_signs(supervisor: Connection, servers: list[GracefulServer], parent: int) -> None:
    """Say that this process lives, from a thread of its own, also while checkpoints are loaded.

    A server whose event loop stands still gives none. Where the supervisor has died, the worker
    ends.
    """
    with suppress(OSError):
        while os.getppid() == parent:
            started = bool(servers) and servers[0].started
            if not started or servers[0].seconds_since_turn() < _STUCK_SECONDS:
                supervisor.send(READY if started else STARTING)
            time.sleep(SECONDS_BETWEEN_SIGNS)
    os.kill(os.getpid(), signal.SIGTERM)
