"""The normalisation under which two spaces are compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from isogloss.models.errors import DirectionsError, ShapeError
from isogloss.models.spaces.embedding_space import EmbeddingSpace

_SMALLEST_NORM = 1e-12
_EXACT_NORMS = (1e-6, 1e6)
"""Outside of these, squares of float32 numbers may overflow or vanish."""
_ALIKE = 1e-5
"""Distance of unit vectors from their mean that rounding alone can make."""


def unit_rows(vectors: Float32[np.ndarray, "n dimension"]) -> Float32[np.ndarray, "n dimension"]:
    """Divide each row by its Euclidean norm, however large; a row of zeros stays as it is.

    >>> unit_rows(np.array([[3e30, 4e30], [0, 1e-42]], np.float32)).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 1.0]]
    """
    with np.errstate(over="ignore"):
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Float32[np.ndarray, "n dimension"] = vectors / np.maximum(norms, _SMALLEST_NORM)
    (extreme,) = np.nonzero(~((norms[:, 0] >= _EXACT_NORMS[0]) & (norms[:, 0] <= _EXACT_NORMS[1])))
    if len(extreme):
        rows = vectors[extreme].astype(np.float64)
        own = np.linalg.norm(rows, axis=1, keepdims=True)
        unit[extreme] = np.divide(rows, own, out=np.zeros_like(rows), where=own > 0)
    return unit


@dataclass(frozen=True, slots=True, eq=False)
class Normalizer:
    """Unit length, less the mean, unit length again (Artetxe et al. 2018, section 3.1).

    The mean is fitted once, on the whole vocabulary, and is part of the checkpoint: a vector that
    was never seen is normalised as the vocabulary was.

    Attributes:
        mean: Mean of the unit vectors, of shape [dimension].

    """

    mean: Float32[np.ndarray, " dimension"]

    @classmethod
    def of(cls, space: EmbeddingSpace) -> Normalizer:
        """Fit the mean on a space that a map is to be fitted on.

        Raises:
            DirectionsError: Fewer than two of its vectors are not zero, or nothing is left of them
                after centring.

        """
        normalizer = cls.fit(space.vectors)
        unit = unit_rows(space.vectors)
        kept = unit.any(axis=1)
        language, some = space.language, int(kept.sum())
        if some == 0:
            raise DirectionsError(f"all {len(space)} {language} vectors are zero: no directions")
        if some == 1:
            raise DirectionsError(
                f"only one {language} word has a vector that is not zero: too little to fit a map"
            )
        directions = unit[kept]
        if np.abs(directions - directions.mean(axis=0)).max() < _ALIKE:
            raise DirectionsError(
                f"all {some} {language} vectors point the same way: nothing is left after centring"
            )
        return normalizer

    @classmethod
    def fit(cls, vectors: Float32[np.ndarray, "n dimension"]) -> Normalizer:
        """Fit the mean on raw vectors."""
        return cls(unit_rows(vectors).mean(axis=0, dtype=np.float64).astype(np.float32))

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return int(self.mean.shape[0])

    def __call__(
        self, vectors: Float32[np.ndarray, "n dimension"]
    ) -> Float32[np.ndarray, "n dimension"]:
        """Normalise raw vectors; a zero vector, which has no direction, stays zero.

        Raises:
            ShapeError: ``vectors`` is not a matrix of this dimension.

        """
        if vectors.ndim != 2 or vectors.shape[1] != self.dimension:
            raise ShapeError(
                "vectors", expected=f"[n, {self.dimension}]", found=str(list(vectors.shape))
            )
        unit = unit_rows(vectors)
        centred = unit_rows(unit - self.mean)
        # What has no direction gets none by being moved.
        centred[~unit.any(axis=1)] = 0
        return centred
