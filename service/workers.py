"""What the workers of one server tell each other, through a folder that they share."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

_ASKED = "reload"
_LOCK = "reload.lock"
_DONE = ".reloaded"


@contextmanager
def workers_folder() -> Iterator[tuple[Path, dict[str, str]]]:
    """Make the folder that the workers of one server share; it is removed at the end.

    Yields:
        The folder, and the variables that have to be in the environment of a worker when it starts.

    """
    with TemporaryDirectory(prefix="isogloss-workers-") as name:
        metrics = Path(name) / "metrics"
        metrics.mkdir()
        yield Path(name), {"PROMETHEUS_MULTIPROC_DIR": str(metrics)}


class WorkerBoard:
    """Lets one worker ask all of them to look for new checkpoints, and see when they have.

    The folder holds one file with the number of the last wish, and one file for each worker with
    the number of the last wish that it has fulfilled.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = folder / f"{os.getpid()}{_DONE}"

    def asked(self) -> int:
        """Read the number of the last wish; 0 where there was none."""
        return _number(self._folder / _ASKED)

    def ask(self) -> int:
        """Ask all workers to look; the number of this wish."""
        with (self._folder / _LOCK).open("w") as lock:
            # One at a time: two workers that ask at once must not make one wish of it.
            fcntl.flock(lock, fcntl.LOCK_EX)
            wish = self.asked() + 1
            _write(self._folder / _ASKED, wish)
        return wish

    def done(self, wish: int) -> None:
        """Say that this worker has fulfilled a wish."""
        _write(self._own, wish)

    def own(self) -> int:
        """Read the number of the last wish that this worker has fulfilled."""
        return _number(self._own)

    def workers(self) -> dict[int, int]:
        """Process → number of the last wish that it has fulfilled, of the workers that live."""
        found = {}
        for file in self._folder.glob(f"*{_DONE}"):
            pid = int(file.name.removesuffix(_DONE))
            if psutil.pid_exists(pid):
                found[pid] = _number(file)
            else:
                file.unlink(missing_ok=True)
        return found

    def leave(self) -> None:
        """Take this worker's file away."""
        self._own.unlink(missing_ok=True)


def _number(file: Path) -> int:
    with suppress(OSError, ValueError):
        return int(file.read_text("ascii"))
    return 0


def _write(file: Path, number: int) -> None:
    # Written beside and renamed in: half a number is a number too.
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    beside.write_text(f"{number}", "ascii")
    beside.replace(file)
