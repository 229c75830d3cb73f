"""Progress on standard error: bars on a terminal, and lines where it is none.

A line is written when a step of a plan begins, and every 30 seconds; a command without a plan that
is done sooner writes nothing.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar, final

from rich.console import Console
from rich.filesize import decimal
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

if TYPE_CHECKING:
    from isogloss.models.progress.observation import Progress as Observation

ItemT = TypeVar("ItemT")

_SECONDS_BETWEEN_LINES = 30
_TITLE = 36
"""Characters of a title, so that bar, count and time fit into 80 columns."""


class _Count(ProgressColumn):
    """How much is done, of how much where that is known, and how much each second."""

    def render(self, task: Task) -> Text:
        shown = decimal if task.fields["unit"] == "bytes" else _number
        unit = "" if task.fields["unit"] == "bytes" else f" {task.fields['unit']}"
        total = "" if task.total is None else f"/{shown(int(task.total))}"
        rate = "" if not task.speed else f", {_rate(task.speed, task.fields['unit'])}"
        return Text(f"{shown(int(task.completed))}{total}{unit.rstrip()}{rate}")


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a plan.

    Attributes:
        title: What users see.
        stages: Beginnings of the names of the stages that belong to it.

    """

    title: str
    stages: tuple[str, ...]


@final
class ProgressBars:
    """One bar for each file that is read and each stage of the work, while the block runs.

    Args:
        plan: The steps that the work has, in their order; none where that is not known.
        losses: Whether the figures of a step are shown.

    """

    def __init__(self, *, plan: Sequence[Step] = (), losses: bool = False) -> None:
        self._plan = tuple(plan)
        self._losses = losses
        self._step = -1
        self._lines = None if sys.stderr.isatty() else _Lines(each_step=bool(plan))
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            _Count(),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[metrics]}"),
            console=Console(stderr=True),
            disable=self._lines is not None,
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
        title = self._titled(stage)
        if self._lines is not None:
            self._lines.tell(title, done, total, unit)
            return
        if stage not in self._tasks:
            short = title if len(title) <= _TITLE else f"{title[: _TITLE - 1]}…"
            self._tasks[stage] = self._bars.add_task(
                escape(short), total=total, metrics="", unit=unit
            )
        self._bars.update(self._tasks[stage], completed=done, total=total, metrics=metrics)

    def _titled(self, stage: str) -> str:
        """Say at which step of the plan a stage is; a step never goes back."""
        for number in range(max(self._step, 0), len(self._plan)):
            step = self._plan[number]
            if stage.startswith(step.stages):
                self._step = number
                name = step.title if stage in step.stages else f"{step.title}: {stage}"
                return f"{number + 1}/{len(self._plan)} {name}"
        return stage


@final
class _Lines:
    """Progress as plain lines, for logs."""

    def __init__(self, *, each_step: bool) -> None:
        self._each_step = each_step
        self._title = ""
        self._begin = self._last = time.monotonic()

    def tell(self, title: str, done: int, total: int | None, unit: str) -> None:
        """Write a line where one is due."""
        now = time.monotonic()
        new = title != self._title
        if new:
            self._title, self._begin = title, now
        if not (new and self._each_step) and now - self._last < _SECONDS_BETWEEN_LINES:
            return
        self._last = now
        line = title
        if not new:
            count = f"{done:,}" if total is None else f"{done:,} of {total:,}"
            line += f": {count}{f' {unit}' if unit else ''}"
            if total and done:
                left = (now - self._begin) / done * (total - done)
                line += f" ({done / total:.0%}), about {left:.0f} s left"
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


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
