"""Words and vectors in, target vectors out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from isogloss.service.routes.context import ChosenTranslator, CurrentState, errors
from isogloss.service.routing import declared
from isogloss.service.schemas import AlignAnswer, AlignRequest
from isogloss.service.streaming.alignment import aligned_answer
from isogloss.service.streaming.descriptions import streamed_answers, streamed_body
from isogloss.service.streaming.media_types import STREAMED, Form

router = APIRouter(
    prefix="/v1/pairs/{pair}", tags=["translation"], responses=errors(400, 404, 413, 422)
)


@router.post(
    "/align",
    response_model=AlignAnswer,
    responses=streamed_answers(Form.NDJSON, Form.ARROW, Form.NPY),
    openapi_extra=streamed_body(AlignRequest),
)
@declared(costs_work=True, streams=STREAMED)
async def align(request: Request, translator: ChosenTranslator, state: CurrentState) -> Response:
    """Map words or raw source vectors into the target's normalised space.

    Rows stream in both directions, in the forms of Content-Type and Accept.
    """
    return await aligned_answer(request, translator, state)
