"""What the endpoints are given."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import Depends, Query, Request

from isogloss.models.retrieval import Translator
from isogloss.service.catalogue import Catalogue
from isogloss.service.exchange import Exchange, exchange_of
from isogloss.service.schemas import ErrorAnswer
from isogloss.service.state import ServiceState

Via = Annotated[
    str | None,
    Query(
        max_length=64,
        description="A third language: the pair is joined from two that meet in it.",
        examples=["es"],
    ),
]


async def _state(request: Request) -> ServiceState:
    state: ServiceState = request.app.state.service
    return state


async def _catalogue(request: Request) -> Catalogue:
    catalogue: Catalogue = request.app.state.service.catalogue
    return catalogue


async def _exchange(request: Request) -> Exchange:
    return exchange_of(request.scope)


async def _translator(request: Request, pair: str, via: Via = None) -> Translator:
    state: ServiceState = request.app.state.service
    catalogue = state.catalogue
    if via is None:
        translator = catalogue.translator(pair)
    else:
        loop = asyncio.get_running_loop()
        made = await loop.run_in_executor(state.executor, catalogue.composition, pair, via)
        translator = made.translator
    exchange_of(request.scope).pair = pair
    return translator


CurrentState = Annotated[ServiceState, Depends(_state)]
CurrentCatalogue = Annotated[Catalogue, Depends(_catalogue)]
CurrentExchange = Annotated[Exchange, Depends(_exchange)]
ChosenTranslator = Annotated[Translator, Depends(_translator)]
"""The translator of a pair, directly or by way of a third language."""


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe errors for OpenAPI."""
    return {status: {"model": ErrorAnswer} for status in statuses}
