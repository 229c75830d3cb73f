"""Starts workers, replaces those that die or hang, and ends all of them together."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import wait

from isogloss.models.errors import IsoglossError
from isogloss.service.logs import logger
from isogloss.service.settings import Settings
from isogloss.service.supervision.pauses import Pauses
from isogloss.service.supervision.worker import SECONDS_BETWEEN_SIGNS, Worker

_log = logger("isogloss.service")

_SECONDS_WITHOUT_A_SIGN = 60.0
_SECONDS_THAT_PROVE_A_WORKER = 10.0
_LAST_FAILURES = 6
"""So many starts in a row may fail while no other worker serves; then the service ends."""

_SECONDS_TO_DIE = 5.0
"""What a worker gets beside the time that its requests may take; one that only starts, alone."""


class WorkersError(IsoglossError):
    """No worker can be kept alive: the service ends without having been asked to."""


@dataclass(slots=True)
class _Place:
    """One of the places for workers.

    Attributes:
        worker: The process; None while the place is empty.
        since: When it was started.
        next_start: When the next one is to be started, where the place is empty.
        pauses: How long to wait for it.

    """

    worker: Worker | None = None
    since: float = 0.0
    next_start: float = 0.0
    pauses: Pauses = field(default_factory=Pauses)


class Supervisor:
    """Keeps as many workers alive as there are places, until SIGTERM or SIGINT.

    A worker that dies is replaced at once, one that cannot start after a pause that grows. Workers
    that serve are never stopped for it.
    """

    def __init__(
        self,
        settings: Settings,
        listener: socket.socket,
        announce: Callable[[], object],
        *,
        start: Callable[[Settings, socket.socket], Worker] = Worker,
    ) -> None:
        self._settings = settings
        self._listener = listener
        self._announce: Callable[[], object] | None = announce
        self._start = start
        self._places = [_Place() for _ in range(settings.workers)]
        self._asked: list[int] = []

    def run(self) -> None:
        """Serve until a signal comes.

        Raises:
            WorkersError: The workers cannot start, or cannot be kept alive.

        """
        with self._signals(), ExitStack() as stack:
            stack.callback(self._end)
            while not self._asked:
                self._fill()
                self._listen(SECONDS_BETWEEN_SIGNS)
                self._look()

    def _fill(self) -> None:
        now = time.monotonic()
        for place in self._places:
            if place.worker is None and place.next_start <= now:
                place.worker, place.since = self._start(self._settings, self._listener), now

    def _listen(self, seconds: float) -> None:
        """Wait for a sign, a death or a signal."""
        workers = [place.worker for place in self._places if place.worker is not None]
        wait([*(one.sentinel for one in workers), *(one.signs for one in workers)], seconds)
        for worker in workers:
            worker.listen()

    def _look(self) -> None:
        now = time.monotonic()
        for place in self._places:
            worker = place.worker
            if worker is None:
                continue
            if worker.exit_code is None and now - worker.seen > _SECONDS_WITHOUT_A_SIGN:
                _log.error("a worker hangs and is ended", worker=worker.process_id)
                worker.signal(signal.SIGKILL)
                worker.bury()
            if worker.exit_code is not None:
                self._replace(place, worker, now)
            elif worker.ready and now - place.since > _SECONDS_THAT_PROVE_A_WORKER:
                place.pauses.succeeded()
        if self._announce is not None and all(
            place.worker is not None and place.worker.ready for place in self._places
        ):
            announce, self._announce = self._announce, None
            announce()

    def _replace(self, place: _Place, worker: Worker, now: float) -> None:
        """Take leave of a dead worker, and plan the next one.

        Raises:
            WorkersError: It was one of the first, or no worker is left and none can start.

        """
        worker.bury()
        place.worker = None
        why = worker.reason or _how_it_ended(worker.exit_code)
        if self._announce is not None and not worker.ready:
            raise WorkersError(f"a worker cannot start: {why}")
        pause = place.pauses.after_failure()
        # One that had served for a while is replaced at once.
        pause = 0.0 if place.pauses.failures == 1 and worker.ready else pause
        place.next_start = now + pause
        _log.error(
            "a worker has ended", worker=worker.process_id, reason=why, next_start_seconds=pause
        )
        if place.pauses.failures >= _LAST_FAILURES and not self._any_ready():
            raise WorkersError(f"no worker is left and none can start: {why}")

    def _any_ready(self) -> bool:
        return any(place.worker is not None and place.worker.ready for place in self._places)

    def _end(self) -> None:
        """End all workers; those that serve may finish what they are at."""
        workers = [place.worker for place in self._places if place.worker is not None]
        settings = self._settings
        patience = settings.drain_seconds + settings.shutdown_seconds + _SECONDS_TO_DIE
        for worker in workers:
            worker.signal(signal.SIGTERM)
        seen, begun = len(self._asked), time.monotonic()
        while any(worker.exit_code is None for worker in workers):
            passed = time.monotonic() - begun
            for worker in workers:
                if passed > (patience if worker.ready else _SECONDS_TO_DIE):
                    worker.signal(signal.SIGKILL)
                elif len(self._asked) > max(seen, 1):
                    worker.signal(signal.SIGTERM)  # the second one ends the draining
            seen = len(self._asked)
            wait([worker.sentinel for worker in workers if worker.exit_code is None], 0.1)
        for worker in workers:
            worker.bury()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Note SIGTERM and SIGINT; a thread that is not the main one gets none."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, lambda number, _: self._asked.append(number))
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _how_it_ended(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"ended by {signal.Signals(-exit_code).name}"
    return f"exit code {exit_code}"
