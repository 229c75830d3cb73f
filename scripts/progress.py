"""Progress on standard error, with rate and time left; silent where that is not a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar, final

from rich.console import Console
from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

if TYPE_CHECKING:
    from isogloss.models.progress.observation import Progress as Observation

ItemT = TypeVar("ItemT")


class _Count(ProgressColumn):
    """How much is done, of how much where that is known, and how much each second."""

    def render(self, task: Task) -> Text:
        shown = decimal if task.fields["unit"] == "bytes" else _number
        unit = "" if task.fields["unit"] == "bytes" else f" {task.fields['unit']}"
        total = "" if task.total is None else f"/{shown(int(task.total))}"
        rate = "" if not task.speed else f", {_rate(task.speed, task.fields['unit'])}"
        return Text(f"{shown(int(task.completed))}{total}{unit.rstrip()}{rate}")


@final
class ProgressBars:
    """One bar for each file that is read and each stage of the work, while the block runs."""

    def __init__(self, *, losses: bool = False) -> None:
        self._losses = losses
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            _Count(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
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
        metrics = ""
        if self._losses:
            shown = observation.metrics.items()
            metrics = "  ".join(f"{name} {value:.3f}" for name, value in shown)
        self._show(observation.stage, observation.step, observation.total, metrics=metrics)

    def observe_reading(self, name: str, count: int) -> None:
        """Show that ``count`` words of a file are read; how many there are is not known."""
        self._show(f"reading {name}", count, None, unit="words")

    def observe_bytes(self, name: str, done: int, total: int | None) -> None:
        """Show that so many bytes of a file have come."""
        self._show(name, done, total, unit="bytes")

    def observe_words(self, name: str, done: int, total: int) -> None:
        """Show that so many words are done."""
        self._show(name, done, total, unit="words")

    def stage(self, name: str, *, unit: str = "") -> Callable[[int, int | None], None]:
        """Begin a stage; what is given is told how much of it is done, and of how much."""
        self._show(name, 0, None, unit=unit)
        return lambda done, total: self._show(name, done, total, unit=unit)

    def _show(
        self, stage: str, done: int, total: int | None, *, unit: str = "", metrics: str = ""
    ) -> None:
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total, metrics="", unit=unit)
        self._bars.update(self._tasks[stage], completed=done, total=total, metrics=metrics)


def tracked(items: Sequence[ItemT], name: str) -> Iterator[ItemT]:
    """Give the items one by one, and show how many are done."""
    with ProgressBars() as bars:
        tell = bars.stage(name)
        for number, item in enumerate(items):
            tell(number, len(items))
            yield item
        tell(len(items), len(items))


def _number(count: int) -> str:
    return f"{count:,}"


def _rate(speed: float, unit: str) -> str:
    if unit == "bytes":
        return f"{decimal(int(speed))}/s"
    return f"{speed:,.0f}/s" if speed >= 10 else f"{speed:.1f}/s"
