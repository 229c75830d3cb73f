"""The JSON document of `search`, read without standing in the way of other requests.

A document of 5,000 vectors takes the interpreter for half a second when it is parsed at once, in
whichever thread that is. Here only its outline is: each vector is parsed by itself, and others get
their turn in between.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np
from fastapi import Request
from jaxtyping import Float32

from isogloss.models.errors import NonFiniteInputError, ShapeError
from isogloss.models.retrieval import Ranking
from isogloss.service.routes.inputs import check_k, check_vector_count, check_vectors, matrix_of
from isogloss.service.schemas import SearchRequest
from isogloss.service.settings import Settings
from isogloss.service.state import ServiceState, compute
from isogloss.service.streaming.documents import parse_document
from isogloss.service.streaming.media_types import Form, form_of_body

_SMALL = 1 << 16
"""Bytes that are parsed sooner than a thread is found for them."""


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What is searched for.

    Attributes:
        vectors: Raw source vectors, of shape [n, m], finite.
        k: Neighbours of each.
        score: By which score.

    """

    vectors: Float32[np.ndarray, "n m"]
    k: int
    score: Ranking


class _Outline(msgspec.Struct, forbid_unknown_fields=True):
    vectors: list[msgspec.Raw]
    k: int = 10
    score: Ranking = "csls"


_OUTLINE = msgspec.json.Decoder(_Outline)
_VECTOR = msgspec.json.Decoder(list[float])


async def read_search(request: Request, dimension: int, state: ServiceState) -> Search:
    """Read and check the body of a search.

    Raises:
        UnsupportedMediaTypeError: It is not JSON.
        RequestValidationError: It is not such a document.
        OptionError: ``k`` is too large.
        TooLargeError: There are too many vectors.
        ShapeError: One has another dimension.
        NonFiniteInputError: A number is too large for float32.

    """
    form_of_body(request.headers.get("content-type"), (Form.JSON,))
    body = await request.body()
    if len(body) <= _SMALL:
        return parse_search(body, dimension, state.settings)
    return await compute(state, lambda: parse_search(body, dimension, state.settings))


def parse_search(body: bytes, dimension: int, settings: Settings) -> Search:
    """Parse and check the body of a search; see :func:`read_search`."""
    try:
        outline = _OUTLINE.decode(body)
        if outline.k < 1:
            return _parse_and_explain(body, dimension, settings)
        check_k(outline.k, settings)
        check_vector_count(len(outline.vectors), settings)
        matrix = _matrix(outline.vectors, dimension)
    # Also what msgspec does not take and the schema does: the schema has the last word.
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _parse_and_explain(body, dimension, settings)
    return Search(matrix, outline.k, outline.score)


def _matrix(vectors: list[msgspec.Raw], dimension: int) -> Float32[np.ndarray, "n m"]:
    exact = np.empty((len(vectors), dimension), np.float64)
    for row, text in enumerate(vectors):
        vector = _VECTOR.decode(text)
        if len(vector) != dimension:
            raise ShapeError(
                f"vectors[{row}]",
                expected=f"{dimension} numbers",
                found=f"{len(vector)} numbers",
            )
        exact[row] = vector
    with np.errstate(over="ignore"):
        matrix: Float32[np.ndarray, "n m"] = exact.astype(np.float32)
    if not np.isfinite(matrix).all():
        row, column = np.argwhere(~np.isfinite(matrix))[0]
        raise NonFiniteInputError(
            f"vectors[{row}][{column}]: expected a float32 number, found {exact[row, column]}"
        )
    return matrix


def _parse_and_explain(body: bytes, dimension: int, settings: Settings) -> Search:
    """Read by the schema, whose errors name every problem."""
    document = parse_document(SearchRequest, body)
    check_k(document.k, settings)
    check_vectors(document.vectors, dimension, settings)
    return Search(matrix_of(document.vectors, dimension), document.k, document.score)
