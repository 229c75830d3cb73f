"""Numbers of any float type to float32 rows, each of which is finite or has a problem."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from isogloss.service.streaming.rows import Problem, Rows


def checked_rows(
    first: int,
    vectors: Float[np.ndarray, "n m"],
    *,
    words: tuple[str | None, ...] | None = None,
    given: Bool[np.ndarray, " n"] | None = None,
    problems: dict[int, Problem] | None = None,
) -> Rows:
    """Put vectors into rows; those that float32 cannot hold get a problem and become zero.

    Args:
        first: Position of the first one in the stream.
        vectors: Of shape [n, m].
        words: Their words.
        given: Which rows have a vector; None where all have.
        problems: What is known to be wrong already.

    """
    with np.errstate(over="ignore"):
        matrix = vectors.astype(np.float32, copy=False)
    found = dict(problems or {})
    # One sum tells at little cost that all are finite; large numbers may cheat it, hence the rest.
    with np.errstate(over="ignore", invalid="ignore"):
        suspicious = not np.isfinite(matrix.sum(axis=1)).all()
    if suspicious:
        finite = np.isfinite(matrix)
        bad = np.flatnonzero(~finite.all(axis=1))
        if len(bad):
            matrix = matrix.copy()
        for row in bad.tolist():
            column = int(np.flatnonzero(~finite[row])[0])
            found.setdefault(
                row,
                Problem.expected(
                    "non_finite_input",
                    f"number {column}",
                    expected="a finite float32",
                    found=str(vectors[row, column]),
                ),
            )
            matrix[row] = 0
    return Rows(first, len(matrix), words, matrix, given, found)
