"""A server in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs.

    Attributes:
        address: Where it answers.
        process: The process.
        log: What it has written to standard error.

    """

    address: str
    process: subprocess.Popen[str]
    log: IO[str]

    def lines(self) -> list[str]:
        """Read the log so far."""
        return Path(self.log.name).read_text().splitlines()


@contextmanager
def running_server(
    checkpoints: Path, *options: str, environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Start `isogloss serve` on a free port; give its address once it answers."""
    with server_process(checkpoints, *options, environment=environment) as server:
        yield server.address


@contextmanager
def server_process(
    checkpoints: Path, *options: str, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Start `isogloss serve` on a free port; give it once it answers."""
    command = [sys.executable, "-m", "isogloss", "serve", "--checkpoints", str(checkpoints)]
    # A file and not a pipe: nobody reads a pipe here, and a full one would stop the server.
    with (
        tempfile.NamedTemporaryFile("w+", suffix=".log") as log,
        subprocess.Popen(
            [*command, "--port", "0", "--json", *options],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        server = Server("", process, log)
        try:
            assert process.stdout is not None
            lines = []
            for line in process.stdout:
                lines.append(line)
                if line == "}\n":
                    break
            assert lines, "\n".join(server.lines())
            yield Server(json.loads("".join(lines))["address"], process, log)
        finally:
            process.terminate()
            process.wait(timeout=30)
