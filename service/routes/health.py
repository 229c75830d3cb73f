"""Whether the service runs and whether it can answer."""

from __future__ import annotations

from fastapi import APIRouter

from service.errors import NotReadyError
from service.routes.context import CurrentCatalogue, errors
from service.schemas import LiveAnswer, ReadyAnswer

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def live() -> LiveAnswer:
    """Say that the process answers."""
    return LiveAnswer(status="live")


@router.get("/ready", responses=errors(503))
async def ready(catalogue: CurrentCatalogue) -> ReadyAnswer:
    """Say that at least one pair is served; 503 otherwise."""
    if not catalogue.translators:
        raise NotReadyError
    return ReadyAnswer(status="ready", pairs=sorted(catalogue.translators))
