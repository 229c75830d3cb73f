"""Words and vectors in, target words out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from isogloss.service.answers import are_few, results_answer, results_of_vectors
from isogloss.service.documents import read_rows
from isogloss.service.exchange import exchange_of
from isogloss.service.routes.context import ChosenTranslator, CurrentState, errors
from isogloss.service.routes.inputs import check_k
from isogloss.service.routing import declared
from isogloss.service.schemas import SearchAnswer, SearchRequest, TranslateAnswer, TranslateRequest
from isogloss.service.state import compute
from isogloss.service.streaming.descriptions import (
    KInAddress,
    ScoreInAddress,
    json_body,
    streamed_answers,
    streamed_body,
)
from isogloss.service.streaming.media_types import STREAMED, Form
from isogloss.service.streaming.translations import is_plain_json, translated_answer
from isogloss.service.translating import translated

router = APIRouter(
    prefix="/v1/pairs/{pair}", tags=["translation"], responses=errors(400, 404, 413, 422)
)


@router.post(
    "/translate",
    response_model=TranslateAnswer,
    responses=streamed_answers(Form.NDJSON, Form.ARROW),
    openapi_extra=streamed_body(TranslateRequest),
)
@declared(costs_work=True, streams=STREAMED)
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
    asked = await read_rows(http, TranslateRequest, state, dimension=0)
    request, words = asked.document, asked.words or []
    check_k(request.k, state.settings)
    exchange_of(http.scope).items = len(words)
    return await translated(state, translator, words, request.k, request.score)


@router.post(
    "/search",
    response_model=SearchAnswer,
    responses=errors(415),
    openapi_extra=json_body(SearchRequest),
)
@declared(costs_work=True)
async def search(http: Request, translator: ChosenTranslator, state: CurrentState) -> Response:
    """Find target words for raw source vectors, also for vectors never seen before."""
    dimension = translator.source_dimension
    asked = await read_rows(http, SearchRequest, state, dimension=dimension)
    k, score, vectors = asked.document.k, asked.document.score, asked.vectors
    check_k(k, state.settings)
    translator.check_search_options(k, score)
    count = 0 if vectors is None else len(vectors)
    exchange_of(http.scope).items = count
    if vectors is None or not count:
        return results_answer((), translator.target_words)
    neighbours = await state.batchers.of(translator).search(translator, vectors, k, score)

    def write() -> Response:
        return results_answer(list(results_of_vectors(neighbours)), translator.target_words)

    few = are_few(count, neighbours.rows.shape[1])
    return write() if few else await compute(state, write)
