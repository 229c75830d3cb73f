"""Workers that die, hang or cannot start; real processes, but small ones."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from isogloss.service import Settings
from isogloss.service.supervision import supervisor
from isogloss.service.supervision.supervisor import Supervisor, WorkersError
from isogloss.service.supervision.worker import Target, Worker
from tests.service.supervision.targets import cannot_start, hangs, never_ready, serves


class Cast:
    """Gives out workers by turns, and notes when."""

    def __init__(self, *targets: Target) -> None:
        self.targets = list(targets)
        self.started: list[float] = []
        self.workers: list[Worker] = []

    def __call__(self, settings: Settings, listener: socket.socket) -> Worker:
        place = min(len(self.started), len(self.targets) - 1)
        worker = Worker(settings, listener, self.targets[place])
        self.started.append(time.monotonic())
        self.workers.append(worker)
        return worker


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


class Run:
    """A supervisor in a thread: it is given its signals by hand."""

    def __init__(self, cast: Cast, listener: socket.socket, workers: int) -> None:
        self.announced = threading.Event()
        self.error: Exception | None = None
        settings = Settings(workers=workers, shutdown_seconds=1)
        self.supervisor = Supervisor(settings, listener, self.announced.set, start=cast)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.supervisor.run()
        except Exception as error:
            self.error = error

    def end(self) -> float:
        """Ask it to end; the seconds that it took."""
        begun = time.monotonic()
        self.supervisor._asked.append(signal.SIGTERM)
        self.thread.join(30)
        assert not self.thread.is_alive()
        return time.monotonic() - begun


def wait_for(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_worker_that_cannot_start_again_is_tried_with_growing_pauses(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_SECONDS_THAT_PROVE_A_WORKER", 0.0)
    cast = Cast(serves, serves, cannot_start, cannot_start, serves)
    run = Run(cast, listener, 2)
    assert run.announced.wait(20)
    healthy = cast.workers[1].process_id
    time.sleep(0.6)  # the first one has proved itself
    cast.workers[0].signal(signal.SIGKILL)
    wait_for(lambda: len(cast.started) == 5 and cast.workers[4].ready)
    pauses = [later - earlier for earlier, later in pairwise(cast.started[2:])]
    # What a start takes lies in between too.
    assert pauses[0] >= 0.9
    assert pauses[1] >= 1.9
    os.kill(healthy, 0)  # it was never stopped
    assert run.end() < 5
    assert run.error is None


def test_a_first_worker_that_cannot_start_ends_the_service_with_its_reason(
    listener: socket.socket,
) -> None:
    run = Run(Cast(serves, cannot_start), listener, 2)
    run.thread.join(20)
    assert isinstance(run.error, WorkersError)
    assert str(run.error) == "a worker cannot start: the key file has a bad line"
    assert not run.announced.is_set()


def test_where_none_is_left_and_none_can_start_the_service_ends_with_an_error(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_LAST_FAILURES", 2)
    cast = Cast(serves, cannot_start)
    run = Run(cast, listener, 1)
    assert run.announced.wait(20)
    cast.workers[0].signal(signal.SIGKILL)
    run.thread.join(20)
    assert isinstance(run.error, WorkersError)
    assert "bad line" in str(run.error)


def test_one_that_hangs_is_replaced(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_SECONDS_WITHOUT_A_SIGN", 1.5)
    cast = Cast(hangs, serves)
    run = Run(cast, listener, 1)
    assert run.announced.wait(20)
    wait_for(lambda: len(cast.started) == 2 and cast.workers[1].ready)
    assert cast.workers[0].exit_code == -signal.SIGKILL
    run.end()


def test_the_end_does_not_wait_for_one_that_only_starts(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_SECONDS_TO_DIE", 1.0)
    cast = Cast(serves, never_ready)
    run = Run(cast, listener, 1)
    assert run.announced.wait(20)
    cast.workers[0].signal(signal.SIGKILL)
    wait_for(lambda: len(cast.started) == 2)
    time.sleep(0.5)  # it ignores SIGTERM by now, as a loading library may
    assert run.end() < 4
    assert run.error is None


def test_workers_that_serve_end_by_the_signal_itself(listener: socket.socket) -> None:
    cast = Cast(serves)
    run = Run(cast, listener, 2)
    assert run.announced.wait(20)
    assert run.end() < 3
    assert [worker.exit_code for worker in cast.workers] == [0, 0]
