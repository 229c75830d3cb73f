"""What a person asks beside a translation: who else, what did I mean, does it lead back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from isogloss.models.retrieval import Translator
from isogloss.models.retrieval.neighbourhood import Side, neighbourhood
from isogloss.service.documents import read_document, read_rows
from isogloss.service.exchange import exchange_of
from isogloss.service.exploration import MOST_EXAMPLES
from isogloss.service.exploration_schemas import (
    MOST_BACK,
    BackAnswer,
    BackRequest,
    BackResult,
    ExamplesAnswer,
    NeighbourhoodAnswer,
    NeighbourhoodRequest,
    PlaceAnswer,
    SpellingAnswer,
    WordsAnswer,
)
from isogloss.service.responses import answer, number
from isogloss.service.routes.context import CurrentState, errors
from isogloss.service.routing import declared
from isogloss.service.schemas import NeighbourAnswer
from isogloss.service.state import ServiceState, compute
from isogloss.service.streaming.descriptions import json_body

router = APIRouter(prefix="/v1/pairs/{pair}", tags=["exploration"], responses=errors(400, 404, 422))


async def _served(request: Request, pair: str) -> Translator:
    state: ServiceState = request.app.state.service
    translator = state.catalogue.translator(pair)
    exchange_of(request.scope).pair = pair
    return translator


ServedTranslator = Annotated[Translator, Depends(_served)]


@router.get("/words")
@declared(costs_work=True)
async def words(
    translator: ServedTranslator,
    state: CurrentState,
    like: Annotated[
        str, Query(min_length=1, max_length=100, description="A word as it was typed.")
    ],
    side: Annotated[Side, Query(description="In which language.")] = "source",
    k: Annotated[int, Query(ge=1, le=50, description="Most words of each kind.")] = 5,
) -> WordsAnswer:
    """Find words of the vocabulary that are written nearly like this one, or begin with it."""

    def find() -> WordsAnswer:
        exploration = state.explorations.of(translator)
        known = (
            translator.source.rows if side == "source" else exploration.back(translator).target_rows
        )
        spellings = exploration.spellings(translator, side)
        return WordsAnswer(
            in_vocabulary=like in known,
            spellings=[
                SpellingAnswer(word=each.word, edits=each.edits)
                for each in spellings.nearest(like, k)
            ],
            completions=list(spellings.beginning_with(like, k)),
        )

    return await compute(state, find)


@router.get("/examples")
@declared(costs_work=True)
async def examples(
    translator: ServedTranslator,
    state: CurrentState,
    k: Annotated[int, Query(ge=1, le=MOST_EXAMPLES, description="Most words.")] = 6,
) -> ExamplesAnswer:
    """Give frequent words whose translation leads back to them: words to begin with."""
    exploration = state.explorations.of(translator)
    found = await compute(state, lambda: exploration.examples(translator))
    return ExamplesAnswer(words=list(found[:k]))


@router.post(
    "/back",
    response_model=BackAnswer,
    responses=errors(413),
    openapi_extra=json_body(BackRequest),
)
@declared(costs_work=True)
async def back(http: Request, translator: ServedTranslator, state: CurrentState) -> Response:
    """Find source words for target words, through the same map read backwards.

    Searched are the most frequent source words, as many as `looked_at` says, and `home`.
    """
    found = await read_rows(http, BackRequest, state, dimension=0, most_words=MOST_BACK)
    asked, words = found.document, found.words or []
    exchange_of(http.scope).items = len(words)

    def find() -> Response:
        search = state.explorations.of(translator).back(translator)
        home = None if asked.home is None else translator.vector(asked.home)
        if asked.home is not None and home is not None:
            search = search.including(asked.home, translator.align(home[None])[0])
        rows = {word: search.target_rows[word] for word in words if word in search.target_rows}
        found = search.search(translator, list(rows.values()), asked.k, asked.score)
        neighbours = {
            word: [
                NeighbourAnswer(word=search.words[row], score=number(score))
                for row, score in zip(found.rows[place], found.scores[place], strict=True)
            ]
            for place, word in enumerate(rows)
        }
        results = [
            BackResult(word=word, neighbours=neighbours[word], in_vocabulary=True)
            if word in neighbours
            else BackResult(word=word, neighbours=[], in_vocabulary=False, reason="unknown_word")
            for word in words
        ]
        return answer(BackAnswer(results=results, looked_at=len(search)))

    return await compute(state, find)


@router.post(
    "/neighbourhood",
    response_model=NeighbourhoodAnswer,
    responses=errors(413),
    openapi_extra=json_body(NeighbourhoodRequest),
)
@declared(costs_work=True)
async def surroundings(
    http: Request, translator: ServedTranslator, state: CurrentState
) -> Response:
    """Lay a word, its neighbours and words of both languages around them on a plane."""
    asked = await read_document(http, NeighbourhoodRequest)
    exchange_of(http.scope).items = 1
    known = asked.word in translator.source.rows

    def find() -> Response:
        found = neighbourhood(
            translator,
            state.explorations.of(translator).back(translator),
            asked.word,
            k=asked.k,
            score=asked.score,
            around=asked.around,
        )
        if found is None:
            return answer(
                NeighbourhoodAnswer(
                    in_vocabulary=known,
                    places=[],
                    shown=(0, 0),
                    reason="zero_vector" if known else "unknown_word",
                )
            )
        places = [
            PlaceAnswer(
                word=each.word, side=each.side, role=each.role, x=number(each.x), y=number(each.y)
            )
            for each in found.places
        ]
        return answer(NeighbourhoodAnswer(in_vocabulary=known, places=places, shown=found.shown))

    return await compute(state, find)
