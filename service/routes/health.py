"""Whether the service runs and whether it can answer."""

from __future__ import annotations

from fastapi import APIRouter

from isogloss.service.errors import BusyError, NotReadyError, ShuttingDownError
from isogloss.service.routes.context import CurrentState, errors
from isogloss.service.routing import declared
from isogloss.service.schemas import LiveAnswer, ReadyAnswer

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
@declared(role=None, probe=True)
async def live() -> LiveAnswer:
    """Say that the process answers: its event loop is not stuck."""
    return LiveAnswer(status="live")


@router.get("/ready", responses=errors(503))
@declared(role=None, probe=True)
async def ready(state: CurrentState) -> ReadyAnswer:
    """Say that at least one pair is served and the service neither full nor about to end."""
    if state.ending:
        raise ShuttingDownError
    if not state.catalogue.pairs:
        raise NotReadyError
    if state.gate.full:
        raise BusyError
    return ReadyAnswer(status="ready", pairs=sorted(state.catalogue.pairs))
