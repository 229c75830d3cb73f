"""Neighbours as JSON, written without models in between.

The shortest number that is a float32 is what orjson writes for one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import orjson
from fastapi import Response
from jaxtyping import Float32, Integer

from isogloss.models.retrieval import Neighbours

_RESULTS_AT_ONCE = 256
_FEW_NEIGHBOURS = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What is answered for a word or a vector.

    Attributes:
        rows: Rows of the target words, of shape [k].
        scores: Their scores, of shape [k].
        fields: What stands beside the neighbours: before them, and after them.

    """

    rows: Integer[np.ndarray, " k"]
    scores: Float32[np.ndarray, " k"]
    before: dict[str, object]
    after: dict[str, object]


def are_few(results: int, k: int) -> bool:
    """Whether so many results are written sooner than a thread is found for it."""
    return results * k <= _FEW_NEIGHBOURS


def results_answer(results: Sequence[Result], target_words: Sequence[str]) -> Response:
    """Answer with results, in their order.

    Args:
        results: What is answered.
        target_words: The words that the rows are of.

    """
    pieces = (
        orjson.dumps(
            [
                _as_dict(result, target_words)
                for result in results[begin : begin + _RESULTS_AT_ONCE]
            ],
            option=orjson.OPT_SERIALIZE_NUMPY,
        )[1:-1]
        for begin in range(0, len(results), _RESULTS_AT_ONCE)
    )
    return Response(b'{"results":[' + b",".join(pieces) + b"]}", media_type="application/json")


def results_of_vectors(neighbours: Neighbours) -> Iterator[Result]:
    """Give each query's neighbours as a result."""
    for rows, scores in zip(neighbours.rows, neighbours.scores, strict=True):
        yield Result(rows, scores, {}, {})


def _as_dict(result: Result, target_words: Sequence[str]) -> dict[str, object]:
    return {
        **result.before,
        "neighbours": [
            {"word": target_words[row], "score": score}
            for row, score in zip(result.rows.tolist(), result.scores, strict=True)
        ],
        **result.after,
    }
