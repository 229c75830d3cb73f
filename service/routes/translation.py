"""Words and vectors in, target words out."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Response

from models.retrieval import Neighbour
from service.responses import answer, number
from service.routes.context import ChosenTranslator, CurrentState, compute, errors
from service.routes.inputs import check_k, check_vectors, check_words, matrix_of
from service.schemas import (
    NeighbourAnswer,
    SearchAnswer,
    SearchRequest,
    SearchResult,
    TranslateAnswer,
    TranslateRequest,
    TranslationAnswer,
)

router = APIRouter(
    prefix="/v1/pairs/{pair}", tags=["translation"], responses=errors(400, 404, 413, 422)
)


@router.post("/translate", response_model=TranslateAnswer)
async def translate(
    request: TranslateRequest, translator: ChosenTranslator, state: CurrentState
) -> Response:
    """Find target words for each word; a word that is not known says so in its own result."""
    check_k(request.k, state.settings)
    check_words(request.words, state.settings)

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
    check_k(request.k, state.settings)
    check_vectors(request.vectors, translator.source_dimension, state.settings)

    def work() -> Response:
        vectors = matrix_of(request.vectors, translator.source_dimension)
        results = translator.search(vectors, request.k, request.score)
        return answer(
            SearchAnswer(results=[SearchResult(neighbours=_neighbours(one)) for one in results])
        )

    return await compute(state, work)


def _neighbours(neighbours: Sequence[Neighbour]) -> list[NeighbourAnswer]:
    return [NeighbourAnswer(word=one.word, score=number(one.score)) for one in neighbours]
