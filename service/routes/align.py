"""Words and vectors in, target vectors out."""

from __future__ import annotations

from fastapi import APIRouter, Response

from service.responses import answer, numbers
from service.routes.context import ChosenTranslator, CurrentState, compute, errors
from service.routes.inputs import check_vectors, check_words, matrix_of
from service.schemas import AlignAnswer, AlignRequest, UnknownWord

router = APIRouter(
    prefix="/v1/pairs/{pair}", tags=["translation"], responses=errors(400, 404, 413, 422)
)


@router.post("/align", response_model=AlignAnswer)
async def align(
    request: AlignRequest, translator: ChosenTranslator, state: CurrentState
) -> Response:
    """Map words or raw source vectors into the target's normalised space."""
    if request.vectors is not None:
        given = request.vectors
        check_vectors(given, translator.source_dimension, state.settings)

        def work() -> Response:
            aligned = translator.align(matrix_of(given, translator.source_dimension))
            return answer(AlignAnswer(vectors=[numbers(row) for row in aligned], unknown=[]))

        return await compute(state, work)

    words = request.words or []
    check_words(words, state.settings)

    def work_on_words() -> Response:
        found = translator.align_words(words)
        return answer(
            AlignAnswer(
                vectors=[None if one.vector is None else numbers(one.vector) for one in found],
                unknown=[
                    UnknownWord(position=position, word=one.word, reason=one.reason)
                    for position, one in enumerate(found)
                    if one.reason is not None
                ],
            )
        )

    return await compute(state, work_on_words)
