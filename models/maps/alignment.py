"""What a fit gives: a map from raw source vectors to the target's normalised space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from isogloss.models.maps.fitted import FittedMap
from isogloss.models.progress.observation import Progress
from isogloss.models.spaces.normalizer import Normalizer, unit_rows
from isogloss.models.verdict import UNJUDGED, Verdict

_ROWS_AT_ONCE = 8192


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
        verdict: Whether the map is an alignment, and how that is known.
        stages: The maps on the way, the last one being ``transport`` itself.
        history: What was observed.

    """

    source_normalizer: Normalizer
    transport: FittedMap
    target_normalizer: Normalizer
    verdict: Verdict = UNJUDGED
    stages: tuple[Stage, ...] = ()
    history: tuple[Progress, ...] = ()

    @property
    def found(self) -> bool:
        """Whether the map is an alignment."""
        return self.verdict.found

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
