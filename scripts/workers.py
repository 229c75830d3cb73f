"""Several processes that answer on one port, and are replaced when they die.

uvicorn's supervisor, with workers that make the application themselves. This module is what a new
process imports first, so it imports little: a worker says that it lives before it loads the rest.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import wait

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

_SECONDS_WITHOUT_A_SIGN = 60
"""A worker that does not answer its supervisor for so long hangs, and is replaced. The answer comes
from a thread of its own, also while checkpoints are loaded."""

_SECONDS_BETWEEN_LOOKS = 0.5


class Worker(Process):
    """One process; it reads its settings from the environment."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
        self.supervisor = os.getpid()
        super().__init__(config, sockets)

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        """Load and serve; in the new process."""
        threading.Thread(target=self.always_pong, daemon=True).start()
        # Ctrl-C is the way to end a server, not an error.
        with suppress(KeyboardInterrupt):
            try:
                from isogloss.scripts.serving import make_worker_server  # noqa: PLC0415 (see above)

                self._server = make_worker_server()
            except Exception as error:
                sys.stderr.write(f"error: a worker cannot start: {error}\n")
                sys.exit(STARTUP_FAILURE)
            self._server.run(sockets)

    def ping(self, timeout: float = 5) -> bool:
        """Whether the worker answers in time; one that dies meanwhile is not waited for.

        The supervisor holds both ends of the pipe, so that a death does not close it.
        """
        try:
            self.parent_conn.send(b"ping")
            wait([self.parent_conn, self.process.sentinel], timeout)
            if not self.parent_conn.poll():
                return False
            self.parent_conn.recv()
        except (OSError, EOFError):
            return False
        return True

    def always_pong(self) -> None:
        """Answer the supervisor; end where it has died."""
        self.parent_conn.close()
        with suppress(EOFError, OSError):
            while True:
                self.child_conn.recv()
                self.child_conn.send(self._server is not None and self._server.started)
        # It has hung up, and will soon say why, unless it is dead.
        while os.getppid() == self.supervisor:
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        os.kill(os.getpid(), signal.SIGTERM)


class Supervisor(Multiprocess):
    """Keeps workers alive; says so once all of them serve."""

    def __init__(self, count: int, listener: socket.socket, announce: Callable[[], object]) -> None:
        config = uvicorn.Config(
            "service:create_app",
            factory=True,
            workers=count,
            log_config=None,
            timeout_worker_healthcheck=_SECONDS_WITHOUT_A_SIGN,
        )
        super().__init__(config, [listener])
        self._announce: Callable[[], object] | None = announce

    def init_processes(self) -> None:
        """Start all workers."""
        for _ in range(self.processes_num):
            self.processes.append(self._start())

    def keep_subprocess_alive(self) -> None:
        """Replace the workers that died or hang."""
        for place, worker in enumerate(self.processes):
            if self.should_exit.is_set():
                return
            if worker.is_alive(timeout=_SECONDS_WITHOUT_A_SIGN):
                continue
            worker.kill()
            worker.join()
            if worker.exitcode == STARTUP_FAILURE:
                self.should_exit.set()
                return
            self.processes[place] = self._start()
        if self._announce is not None and all(one.is_ready() for one in self.processes):
            self._announce()
            self._announce = None

    def _start(self) -> Worker:
        worker = Worker(self.config, self.sockets)
        worker.start()
        return worker


def share_processors(workers: int) -> None:
    """Give each worker its part of the processors, unless the environment says otherwise.

    To be called before the workers start: libraries read these variables once.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    threads = str(max(1, (cores or 1) // workers))
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, threads)
