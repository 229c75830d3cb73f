"""What a running fit tells of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One observation of a running fit.

    Attributes:
        stage: What is running, for instance ``start: entropic, 1000 words``.
        step: Steps done in this stage.
        total: Steps that the stage will take at most.
        metrics: Figures of this step, for instance ``{"criterion": 0.61}``.

    """

    stage: str
    step: int
    total: int
    metrics: Mapping[str, float] = field(default_factory=dict)


Observer = Callable[[Progress], None]
"""Is told of every step. What it raises ends the fit, after the state has been saved."""


def ignore_progress(_: Progress) -> None:
    """Observe nothing."""


class Recorder:
    """An observer that keeps what it is told, and tells it on.

    Attributes:
        history: What was observed so far.

    """

    def __init__(self, observe: Observer) -> None:
        self.history: list[Progress] = []
        self._observe = observe

    def __call__(self, progress: Progress) -> None:
        """Keep one observation, and tell it on."""
        self.history.append(progress)
        self._observe(progress)
