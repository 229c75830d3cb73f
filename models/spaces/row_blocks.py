"""Questions to a large matrix that must not cost a copy of it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

_ROWS_AT_ONCE = 4096


def all_finite(vectors: Float32[np.ndarray, "n dimension"]) -> bool:
    """Whether the matrix holds neither NaN nor infinity."""
    return all(
        bool(np.isfinite(vectors[begin : begin + _ROWS_AT_ONCE]).all())
        for begin in range(0, len(vectors), _ROWS_AT_ONCE)
    )


def count_zero_rows(vectors: Float32[np.ndarray, "n dimension"]) -> int:
    """Count the rows that are zero throughout."""
    return sum(
        int((~vectors[begin : begin + _ROWS_AT_ONCE].any(axis=1)).sum())
        for begin in range(0, len(vectors), _ROWS_AT_ONCE)
    )
