"""The normalisation under which two spaces are compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from isogloss.models.errors import ShapeError

_SMALLEST_NORM = 1e-12


def unit_rows(vectors: Float32[np.ndarray, "n dimension"]) -> Float32[np.ndarray, "n dimension"]:
    """Divide each row by its Euclidean norm; a row of zeros stays as it is."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Float32[np.ndarray, "n dimension"] = vectors / np.maximum(norms, _SMALLEST_NORM)
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
        """Normalise raw vectors.

        Raises:
            ShapeError: ``vectors`` is not a matrix of this dimension.

        """
        if vectors.ndim != 2 or vectors.shape[1] != self.dimension:
            raise ShapeError(
                "vectors", expected=f"[n, {self.dimension}]", found=str(list(vectors.shape))
            )
        return unit_rows(unit_rows(vectors) - self.mean)
