"""What only the operator may ask for."""

from __future__ import annotations

from fastapi import APIRouter

from isogloss.service.routes.context import CurrentState
from isogloss.service.routes.pairs import refused_checkpoints
from isogloss.service.routing import declared
from isogloss.service.schemas import ReloadAnswer
from isogloss.service.upkeep import reload

router = APIRouter(prefix="/v1/admin", tags=["operation"])


@router.post("/reload")
@declared(role="admin")
async def reload_checkpoints(state: CurrentState) -> ReloadAnswer:
    """Look for new, changed and removed checkpoints at once, in every worker."""
    workers = await reload(state)
    return ReloadAnswer(
        workers=workers,
        pairs=sorted(state.catalogue.pairs),
        refused=refused_checkpoints(state.catalogue),
    )
