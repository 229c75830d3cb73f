"""A server in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextmanager
def running_server(checkpoints: Path) -> Iterator[str]:
    """Start `isogloss serve` on a free port; give its address once it answers."""
    command = [sys.executable, "-m", "scripts.cli", "serve", "--checkpoints", str(checkpoints)]
    with subprocess.Popen(
        [*command, "--port", "0", "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            lines = []
            for line in process.stdout:
                lines.append(line)
                if line == "}\n":
                    break
            assert lines, process.stderr.read() if process.stderr else ""
            yield json.loads("".join(lines))["address"]
        finally:
            process.terminate()
            process.wait(timeout=30)
