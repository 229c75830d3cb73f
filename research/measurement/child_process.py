"""A command that is run in a process of its own, and what it took."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

from research.measurement.peak_memory import peak_mebibytes


@dataclass(frozen=True, slots=True)
class FinishedProcess:
    """A command that has ended.

    Attributes:
        exit_code: As the shell has it; negative is the number of the signal that ended it.
        output: What it wrote to standard output.
        errors: What it wrote to standard error.
        seconds: From its start to its end.
        processor_seconds: Of it and of the processes that it waited for, in user and system mode.
        peak_mebibytes: Largest resident memory of it, or of the largest that it waited for; None
            where that cannot be told from the memory of the process that started it.

    """

    exit_code: int
    output: str
    errors: str
    seconds: float
    processor_seconds: float
    peak_mebibytes: float | None


def run_measured(command: Sequence[str]) -> FinishedProcess:
    """Run a command to its end and measure this one run.

    ``RUSAGE_CHILDREN`` would give the largest of all children so far; waiting for the one gives its
    own. A child's peak begins with that of the process that started it, so that a figure no larger
    than this process's own says nothing: measure from a small process.

    Raises:
        OSError: The command cannot be started.

    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        child = subprocess.Popen(command, stdout=output, stderr=errors)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (output, errors):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "replace"))
    unit = 1 if sys.platform == "darwin" else 1024
    peak = usage.ru_maxrss * unit / 2**20
    return FinishedProcess(
        exit_code=child.returncode,
        output=texts[0],
        errors=texts[1],
        seconds=seconds,
        processor_seconds=usage.ru_utime + usage.ru_stime,
        peak_mebibytes=peak if peak > peak_mebibytes() else None,
    )
