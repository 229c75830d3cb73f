"""The joint map of a whole pair."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from isogloss.service.exchange import exchange_of
from isogloss.service.joint_maps import JointMapAnswer, map_path, read_joint_map
from isogloss.service.responses import answer
from isogloss.service.routes.context import CurrentState, errors
from isogloss.service.routing import declared
from isogloss.service.state import compute

router = APIRouter(prefix="/v1/pairs", tags=["exploration"], responses=errors(404, 422, 500))


@router.get(
    "/{pair}/map",
    response_model=JointMapAnswer,
    responses={204: {"description": "No map lies beside the checkpoint."}},
)
@declared()
async def joint_map(pair: str, request: Request, state: CurrentState) -> Response:
    """Give the map that `isogloss map` has written beside the checkpoint, if there is one."""
    catalogue = state.catalogue
    translator = catalogue.translator(pair)
    checkpoint = catalogue.pairs[pair].checkpoint
    exchange_of(request.scope).pair = pair
    directory = state.keeper.directory
    languages = (translator.source.language, translator.target_language)

    def read() -> Response:
        if directory is None:
            return Response(status_code=204)
        found = read_joint_map(map_path(directory, checkpoint), languages)
        return Response(status_code=204) if found is None else answer(found)

    return await compute(state, read)
