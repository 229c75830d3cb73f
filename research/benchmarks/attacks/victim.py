"""A server that is attacked, and what others see of it meanwhile."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

PAIR = "en-fr"
_ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Victim:
    """A server in a process of its own.

    Attributes:
        port: Where it answers, on 127.0.0.1.
        process: The process that was started; with several workers, their supervisor.
        log: File of what it has written to standard error.

    """

    port: int
    process: subprocess.Popen[str]
    log: Path

    @property
    def address(self) -> str:
        """For instance ``http://127.0.0.1:8000``."""
        return f"http://127.0.0.1:{self.port}"

    def family(self) -> list[psutil.Process]:
        """Find the process and all that it has started."""
        own = psutil.Process(self.process.pid)
        return [own, *own.children(recursive=True)]

    def mebibytes(self) -> float:
        """Resident memory of the process and all that it has started."""
        total = 0
        for process in self.family():
            try:
                total += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        return total / 2**20

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        seconds: float = 60,
    ) -> tuple[int, bytes]:
        """Ask once, on a connection of its own; status 0 where there was no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()


@dataclass(slots=True)
class Seen:
    """What others saw while the attack went on.

    Attributes:
        before: Memory before it, in MiB.
        peak: Most memory during it, in MiB.
        probes: Seconds that each ``GET /health/live`` took; one that failed took for ever.

    """

    before: float
    peak: float
    probes: list[float] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """Memory that the attack took, in MiB."""
        return round(self.peak - self.before, 1)

    @property
    def slowest_probe(self) -> float:
        """Longest time that a health probe took, in seconds."""
        return round(max(self.probes, default=0.0), 3)


@contextmanager
def watching(victim: Victim, *, pause: float = 0.02) -> Iterator[Seen]:
    """Look at memory and at ``/health/live`` again and again until the block ends."""
    memory = victim.mebibytes()
    seen = Seen(memory, memory)
    ended = threading.Event()

    def weigh() -> None:
        while not ended.wait(0.02):
            seen.peak = max(seen.peak, victim.mebibytes())

    def probe() -> None:
        while not ended.wait(pause):
            begun = time.perf_counter()
            status, _ = victim.ask("GET", "/health/live")
            taken = time.perf_counter() - begun
            seen.probes.append(taken if status == http.client.OK else float("inf"))

    threads = [threading.Thread(target=each) for each in (weigh, probe)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        ended.set()
        for thread in threads:
            thread.join()
        seen.peak = max(seen.peak, victim.mebibytes())


@contextmanager
def attacked(
    checkpoints: Path,
    *options: str,
    environment: Mapping[str, str] | None = None,
    source: Path = _ROOT,
) -> Iterator[Victim]:
    """Run `isogloss serve` on a free port.

    Args:
        checkpoints: What is served.
        options: More of the command line.
        environment: Variables beside those of this process.
        source: Folder of the program; an older version has its own.

    """
    module = "isogloss" if (source / "isogloss").exists() else "scripts.cli"
    command = [sys.executable, "-m", module, "serve", "--checkpoints", str(checkpoints)]
    variables = {"OMP_NUM_THREADS": "1", **os.environ, "PYTHONPATH": str(source)}
    with (
        tempfile.NamedTemporaryFile("w", suffix=".log") as log,
        subprocess.Popen(
            [*command, "--port", "0", "--json", *options],
            cwd=source,
            env={**variables, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            address = _announced(process.stdout)
            yield Victim(int(address.rpartition(":")[2]), process, Path(log.name))
        finally:
            process.terminate()
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()


def _announced(output: IO[str] | None) -> str:
    assert output is not None
    lines: list[str] = []
    for line in output:
        lines.append(line)
        if line == "}\n":
            break
    address: str = json.loads("".join(lines))["address"]
    return address
