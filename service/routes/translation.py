"""Words and vectors in, target words or target vectors out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from fastapi import APIRouter, Response
from jaxtyping import Float32

from models.errors import NonFiniteInputError, OptionError, ShapeError
from models.retrieval import Neighbour
from service.errors import TooLargeError
from service.responses import answer
from service.routes.context import ChosenTranslator, CurrentState, compute, errors
from service.schemas import (
    AlignAnswer,
    AlignRequest,
    NeighbourAnswer,
    SearchAnswer,
    SearchRequest,
    SearchResult,
    TranslateAnswer,
    TranslateRequest,
    TranslationAnswer,
    UnknownWord,
)
from service.settings import Settings

router = APIRouter(
    prefix="/v1/pairs/{pair}", tags=["translation"], responses=errors(400, 404, 413, 422)
)


@router.post("/translate", response_model=TranslateAnswer)
async def translate(
    request: TranslateRequest, translator: ChosenTranslator, state: CurrentState
) -> Response:
    """Find target words for each word; a word that is not known says so in its own result."""
    _check_k(request.k, state.settings)
    _check_words(request.words, state.settings)

    def work() -> Response:
        results = []
        for found in translator.translate(request.words, request.k, request.score):
            result = TranslationAnswer(
                word=found.word,
                neighbours=_neighbours(found.neighbours),
                in_vocabulary=found.in_vocabulary,
            )
            if found.reason is not None:
                result.reason = found.reason
            results.append(result)
        return answer(TranslateAnswer(results=results))

    return await compute(state, work)


@router.post("/search", response_model=SearchAnswer)
async def search(
    request: SearchRequest, translator: ChosenTranslator, state: CurrentState
) -> Response:
    """Find target words for raw source vectors, also for vectors never seen before."""
    _check_k(request.k, state.settings)
    _check_vectors(request.vectors, translator.source_dimension, state.settings)

    def work() -> Response:
        vectors = _matrix(request.vectors, translator.source_dimension)
        results = translator.search(vectors, request.k, request.score)
        return answer(
            SearchAnswer(results=[SearchResult(neighbours=_neighbours(one)) for one in results])
        )

    return await compute(state, work)


@router.post("/align", response_model=AlignAnswer)
async def align(
    request: AlignRequest, translator: ChosenTranslator, state: CurrentState
) -> Response:
    """Map words or raw source vectors into the target's normalised space."""
    if request.vectors is not None:
        given = request.vectors
        _check_vectors(given, translator.source_dimension, state.settings)

        def work() -> Response:
            aligned = translator.align(_matrix(given, translator.source_dimension))
            return answer(AlignAnswer(vectors=[_numbers(row) for row in aligned], unknown=[]))

        return await compute(state, work)

    words = request.words or []
    _check_words(words, state.settings)

    def work_on_words() -> Response:
        found = translator.align_words(words)
        return answer(
            AlignAnswer(
                vectors=[None if one.vector is None else _numbers(one.vector) for one in found],
                unknown=[
                    UnknownWord(position=position, word=one.word, reason=one.reason)
                    for position, one in enumerate(found)
                    if one.reason is not None
                ],
            )
        )

    return await compute(state, work_on_words)


def _check_k(k: int, settings: Settings) -> None:
    if k > settings.max_k:
        raise OptionError(f"k: expected at most {settings.max_k}, found {k}")


def _check_words(words: Sequence[str], settings: Settings) -> None:
    if len(words) > settings.max_words:
        raise TooLargeError("words", expected=settings.max_words, found=len(words))
    for position, word in enumerate(words):
        if len(word) > settings.max_word_length:
            raise TooLargeError(
                f"characters of words[{position}]",
                expected=settings.max_word_length,
                found=len(word),
            )


def _check_vectors(vectors: Sequence[Sequence[float]], dimension: int, settings: Settings) -> None:
    if len(vectors) > settings.max_vectors:
        raise TooLargeError("vectors", expected=settings.max_vectors, found=len(vectors))
    for position, vector in enumerate(vectors):
        if len(vector) != dimension:
            raise ShapeError(
                f"vectors[{position}]",
                expected=f"{dimension} numbers",
                found=f"{len(vector)} numbers",
            )


def _matrix(
    vectors: Sequence[Sequence[float]], dimension: int
) -> Float32[np.ndarray, "n dimension"]:
    with np.errstate(over="ignore"):
        matrix = np.array(vectors, np.float64).reshape(-1, dimension).astype(np.float32)
    if not np.isfinite(matrix).all():
        row, column = np.argwhere(~np.isfinite(matrix))[0]
        raise NonFiniteInputError(
            f"vectors[{row}][{column}]: expected a float32 number, found {vectors[row][column]}"
        )
    return matrix


def _neighbours(neighbours: Sequence[Neighbour]) -> list[NeighbourAnswer]:
    return [NeighbourAnswer(word=one.word, score=_number(one.score)) for one in neighbours]


def _number(value: float | np.float32) -> float:
    """Write a float32 as the shortest number that is it: 0.71, not 0.7099999785423279."""
    return float(str(np.float32(value)))


def _numbers(vector: Float32[np.ndarray, " d"]) -> list[float]:
    return [_number(value) for value in vector]
