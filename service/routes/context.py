"""What the endpoints are given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request, Response

from models.retrieval import Translator
from service.catalogue import Catalogue
from service.schemas import ErrorAnswer
from service.settings import Settings


@dataclass(slots=True)
class ServiceState:
    """The state of a running service.

    Attributes:
        settings: As they were at the start.
        catalogue: Replaced as a whole, never changed.
        limiter: How many requests are computed at the same time.

    """

    settings: Settings
    catalogue: Catalogue
    limiter: CapacityLimiter


def _state(request: Request) -> ServiceState:
    state: ServiceState = request.app.state.service
    return state


def _catalogue(request: Request) -> Catalogue:
    return _state(request).catalogue


def _translator(request: Request, pair: str) -> Translator:
    return _state(request).catalogue.translator(pair)


async def compute(state: ServiceState, work: Callable[[], Response]) -> Response:
    """Work in a thread, so that the event loop goes on answering."""
    return await to_thread.run_sync(work, limiter=state.limiter)


CurrentState = Annotated[ServiceState, Depends(_state)]
CurrentCatalogue = Annotated[Catalogue, Depends(_catalogue)]
ChosenTranslator = Annotated[Translator, Depends(_translator)]


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe errors for OpenAPI."""
    return {status: {"model": ErrorAnswer} for status in statuses}
