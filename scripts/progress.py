"""Progress on standard error; silent where standard error is not a terminal."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self, final

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from models.aligners.aligner import Progress as Observation


@final
class ProgressBars:
    """One bar for each file that is read and each stage of a fit, while the block runs."""

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[metrics]}"),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def observe(self, observation: Observation) -> None:
        """Show a step of a fit."""
        metrics = "  ".join(f"{name} {value:.3f}" for name, value in observation.metrics.items())
        self._show(observation.stage, observation.step, observation.total, metrics)

    def observe_reading(self, name: str, count: int) -> None:
        """Show that ``count`` words of a file are read; how many there are is not known."""
        self._show(f"reading {name}", count, None, "words")

    def _show(self, stage: str, done: int, total: int | None, metrics: str) -> None:
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total, metrics="")
        self._bars.update(self._tasks[stage], completed=done, total=total, metrics=metrics)
