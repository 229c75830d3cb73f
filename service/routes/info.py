"""What runs here."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter

from isogloss.models.retrieval import choose_device
from isogloss.models.retrieval.training_record import installed_versions
from isogloss.service.routes.context import CurrentState
from isogloss.service.routing import declared
from isogloss.service.schemas import InfoAnswer, LimitsAnswer

router = APIRouter(prefix="/v1", tags=["operation"])


@router.get("/info")
@declared()
async def info(state: CurrentState) -> InfoAnswer:
    """Versions, device, pairs and limits."""
    settings = state.settings
    return InfoAnswer(
        versions=installed_versions(),
        device=choose_device(settings.device),
        pairs=sorted(state.catalogue.pairs),
        workers=settings.workers,
        started=state.started,
        uptime_seconds=round((datetime.now(UTC) - state.started).total_seconds(), 3),
        limits=LimitsAnswer.model_validate(settings, from_attributes=True),
    )
