"""The protocol that every aligner follows, and its immutable result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32

from isogloss.models.aligners.maps import FittedMap
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.normalizer import Normalizer, unit_rows

_ROWS_AT_ONCE = 8192


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stage:
    """A map that the fit passed through on its way, kept so that it can be reported apart.

    Attributes:
        name: ``start``, ``raw`` or ``refined``.
        transport: The map at the end of the stage.
        criterion: Held-out agreement of the map, see :mod:`isogloss.models.aligners.criterion`.
        seconds: Time that the stage took.

    """

    name: str
    transport: FittedMap
    criterion: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alignment:
    """A fitted map from raw source vectors to the target's normalised space.

    Attributes:
        source_normalizer: Fitted on the source vectors.
        transport: The map T between the normalised spaces.
        target_normalizer: Fitted on the target vectors.
        found: Whether the map passes the bound that tells an alignment from chance. Always true
            for supervised aligners.
        stages: The maps on the way, the last one being ``transport`` itself.
        history: What was observed.

    """

    source_normalizer: Normalizer
    transport: FittedMap
    target_normalizer: Normalizer
    found: bool = True
    stages: tuple[Stage, ...] = ()
    history: tuple[Progress, ...] = ()

    def __call__(self, vectors: Float32[np.ndarray, "n m"]) -> Float32[np.ndarray, "n d"]:
        """Map raw source vectors to unit vectors of the target's normalised space.

        Raises:
            ShapeError: ``vectors`` is not a matrix of the source dimension.

        """
        return apply_transport(self.transport, self.source_normalizer(vectors))


def apply_transport(
    transport: FittedMap, normalised: Float32[np.ndarray, "n m"]
) -> Float32[np.ndarray, "n d"]:
    """Map normalised source vectors to unit vectors, in blocks, on the device of the transport."""
    mapped = np.empty((len(normalised), transport.specification.target_dimension), np.float32)
    for begin in range(0, len(normalised), _ROWS_AT_ONCE):
        block = slice(begin, begin + _ROWS_AT_ONCE)
        mapped[block] = transport.images(normalised[block])
    return unit_rows(mapped)


@runtime_checkable
class Aligner(Protocol):
    """A way to fit a map between two spaces. Supervision, where any, enters by the constructor."""

    def fit(
        self,
        source: EmbeddingSpace,
        target: EmbeddingSpace,
        *,
        observe: Observer = ignore_progress,
    ) -> Alignment:
        """Fit the map.

        Raises:
            NoAlignmentFoundError: An unsupervised fit found nothing; carries the best map.
            DivergenceError: The loss became NaN or exploded.

        """
