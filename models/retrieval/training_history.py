"""What was observed while a map was fitted, short enough to be kept with it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, ClassVar, final

from isogloss.models.errors import InputError
from isogloss.models.progress.observation import Progress

MOST_POINTS = 200
"""Points of a curve that are kept: as many as a small chart can show."""

MOST_STAGES = 100
"""Stages that are kept, the first ones."""

_STRICT: Mapping[str, object] = {"extra": "forbid", "strict": True, "allow_inf_nan": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """A file that the map was fitted on.

    Attributes:
        role: ``source``, ``target`` or ``lexicon``.
        name: Its name, without the folder.
        format: Of word vectors, for instance ``fasttext-text``; None for a lexicon.
        words: Words that were kept; entries of a lexicon.
        dimension: Length of their vectors; None for a lexicon.
        zero_vectors: Words kept whose vector is zero.
        skipped: Reason → how many words were left out for it.

    """

    __pydantic_config__: ClassVar[Any] = _STRICT

    role: str
    name: str
    format: str | None
    words: int
    dimension: int | None
    zero_vectors: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A figure over the steps of a stage; points without a finite value are left out.

    Attributes:
        steps: Increasing.
        values: One per step.

    Raises:
        InputError: There are not as many values as steps, or the steps do not increase.

    """

    __pydantic_config__: ClassVar[Any] = _STRICT

    steps: tuple[int, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.steps) != len(self.values):
            raise InputError(f"curve: expected {len(self.steps)} values, found {len(self.values)}")
        if any(later <= step for step, later in pairwise(self.steps)):
            raise InputError("curve: expected steps that increase")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedStage:
    """One stage of a fit, as it was observed.

    Attributes:
        name: For instance ``start 1 of 4: similarity-profiles``.
        steps: The last step.
        total: Steps that it was to take at most.
        seconds: Time until its steps were done, what led to the first of them included.
        curves: Name of a figure → its curve.

    """

    __pydantic_config__: ClassVar[Any] = _STRICT

    name: str
    steps: int
    total: int
    seconds: float
    curves: Mapping[str, Curve]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingHistory:
    """What was observed while a map was fitted, in bounded size.

    Attributes:
        inputs: The files.
        limit: Words that were to be read of each file at most; None: all.
        bound: Held-out agreement from which on the map counted as found; None where it was fitted
            on a dictionary.
        stages: In the order in which they began.

    """

    __pydantic_config__: ClassVar[Any] = _STRICT

    inputs: tuple[InputFile, ...] = ()
    limit: int | None = None
    bound: float | None = None
    stages: tuple[ObservedStage, ...] = ()


@final
class HistoryRecorder:
    """An observer that keeps the curves of a fit."""

    def __init__(
        self,
        earlier: tuple[ObservedStage, ...] = (),
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Begin, or go on after the stages of an interrupted fit."""
        self._stages = {stage.name: _RunningStage.again(stage) for stage in earlier}
        self._clock = clock
        self._last = clock()

    def __call__(self, progress: Progress) -> None:
        """Keep one observation. A step that is seen again replaces what came after it."""
        now = self._clock()
        stage = self._stages.setdefault(progress.stage, _RunningStage())
        stage.seconds += now - self._last
        self._last = now
        stage.steps, stage.total = progress.step, progress.total
        for points in stage.curves.values():
            while points and points[-1][0] >= progress.step:
                points.pop()
        for name, value in progress.metrics.items():
            if math.isfinite(value):
                stage.curves.setdefault(name, []).append((progress.step, float(value)))

    def stages(self) -> tuple[ObservedStage, ...]:
        """Give what was observed so far, thinned to a bounded size."""
        return tuple(
            ObservedStage(
                name=name,
                steps=stage.steps,
                total=stage.total,
                seconds=round(stage.seconds, 3),
                curves={figure: _thinned(points) for figure, points in stage.curves.items()},
            )
            for name, stage in list(self._stages.items())[:MOST_STAGES]
        )


@final
@dataclass(slots=True)
class _RunningStage:
    steps: int = 0
    total: int = 0
    seconds: float = 0.0
    curves: dict[str, list[tuple[int, float]]] = field(default_factory=dict)

    @classmethod
    def again(cls, stage: ObservedStage) -> _RunningStage:
        curves = {
            name: list(zip(curve.steps, curve.values, strict=True))
            for name, curve in stage.curves.items()
        }
        return cls(stage.steps, stage.total, stage.seconds, curves)


def _thinned(points: list[tuple[int, float]]) -> Curve:
    """Keep points evenly, the first and the last among them."""
    if len(points) > MOST_POINTS:
        last = len(points) - 1
        points = [points[round(i * last / (MOST_POINTS - 1))] for i in range(MOST_POINTS)]
    return Curve(
        steps=tuple(step for step, _ in points), values=tuple(value for _, value in points)
    )
