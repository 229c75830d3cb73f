"""What is counted, for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from isogloss.service.routes.context import CurrentState
from isogloss.service.routing import declared
from isogloss.service.upkeep import note_load

router = APIRouter(tags=["operation"])


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
@declared(role="metrics")
def metrics(state: CurrentState) -> Response:
    """Counters and gauges in the text format of Prometheus."""
    note_load(state)
    state.metrics.measure_memory()
    return Response(state.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)
