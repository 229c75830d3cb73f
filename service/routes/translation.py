"""Words and vectors in, target words out."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from models.retrieval import Neighbour
from service.exchange import exchange_of
from service.responses import answer, number
from service.routes.context import (
    ChosenTranslator,
    CurrentExchange,
    CurrentState,
    compute,
    errors,
)
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
from service.streaming.descriptions import (
    KInAddress,
    ScoreInAddress,
    streamed_answers,
    streamed_body,
)
from service.streaming.documents import read_document
from service.streaming.media_types import Form
from service.streaming.translations import is_plain_json, translated_answer

router = APIRouter(
    prefix="/v1/pairs/{pair}", tags=["translation"], responses=errors(400, 404, 413, 422)
)


@router.post(
    "/translate",
    response_model=TranslateAnswer,
    responses=streamed_answers(Form.NDJSON, Form.ARROW),
    openapi_extra=streamed_body(TranslateRequest),
)
async def translate(
    http: Request,
    translator: ChosenTranslator,
    state: CurrentState,
    k: KInAddress = 10,
    score: ScoreInAddress = "csls",
) -> Response:
    """Find target words for each word; a word that is not known says so in its own result.

    Rows stream in both directions, in the forms of Content-Type and Accept.
    """
    if not is_plain_json(http):
        return await translated_answer(http, translator, state, k=k, score=score)
    request = await read_document(http, TranslateRequest)
    check_k(request.k, state.settings)
    check_words(request.words, state.settings)
    exchange_of(http.scope).items = len(request.words)

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
    request: SearchRequest,
    translator: ChosenTranslator,
    state: CurrentState,
    exchange: CurrentExchange,
) -> Response:
    """Find target words for raw source vectors, also for vectors never seen before."""
    check_k(request.k, state.settings)
    check_vectors(request.vectors, translator.source_dimension, state.settings)
    exchange.items = len(request.vectors)

    def work() -> Response:
        vectors = matrix_of(request.vectors, translator.source_dimension)
        results = translator.search(vectors, request.k, request.score)
        return answer(
            SearchAnswer(results=[SearchResult(neighbours=_neighbours(one)) for one in results])
        )

    return await compute(state, work)


def _neighbours(neighbours: Sequence[Neighbour]) -> list[NeighbourAnswer]:
    return [NeighbourAnswer(word=one.word, score=number(one.score)) for one in neighbours]
