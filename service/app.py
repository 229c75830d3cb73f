"""The application: settings and translators in, HTTP out."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial

from anyio import CapacityLimiter
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from isogloss.models.retrieval import Translator
from isogloss.models.retrieval.training_record import installed_versions
from isogloss.service.batching import Batchers, BatchLimits
from isogloss.service.body_limit import BodyLimit, BodyMemory
from isogloss.service.catalogue import Catalogue, CatalogueKeeper
from isogloss.service.environment import check_environment
from isogloss.service.error_handlers import add_error_handlers
from isogloss.service.exposure import accepted_hosts, accepted_origins, check_exposure
from isogloss.service.logs import request_log
from isogloss.service.metrics import Metrics
from isogloss.service.middleware.admission import Admission, Gate
from isogloss.service.middleware.authentication import Authentication
from isogloss.service.middleware.deadline import Deadline
from isogloss.service.middleware.known_words import KnownWords
from isogloss.service.middleware.observation import Observation
from isogloss.service.middleware.questions import Questions
from isogloss.service.middleware.strangers import Strangers
from isogloss.service.routes import (
    admin,
    align,
    exploration,
    health,
    info,
    joint_map,
    page,
    pairs,
    prometheus,
    translation,
    upload,
)
from isogloss.service.routes.context import errors
from isogloss.service.routing import RouteTable, declared
from isogloss.service.settings import Settings
from isogloss.service.state import ServiceState
from isogloss.service.upkeep import note_catalogue, read_doorkeeper, upkeep
from isogloss.service.workers import WorkerBoard


def create_app(
    settings: Settings | None = None, *, translators: Mapping[str, Translator] | None = None
) -> FastAPI:
    """Make the application.

    Args:
        settings: Read from the environment where none are given.
        translators: Pair, for instance ``fr-es``, → what to serve. Where none are given, every
            checkpoint under ``settings.checkpoints`` is loaded at the start, and the directory is
            watched.

    Raises:
        OptionError: The service could be reached from other machines without a key, and nobody has
            said that this is wanted.
        KeyFileError: The file of the keys cannot be used.

    """
    if settings is None:
        check_environment(os.environ)
        settings = Settings()
    check_exposure(settings)
    state = _make_state(settings, translators)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with upkeep(state, watch=translators is None):
            yield

    app = FastAPI(
        title="Isogloss",
        summary="Translations from word embeddings.",
        version=installed_versions().get("isogloss", "unknown"),
        lifespan=lifespan,
        redirect_slashes=False,
        # FastAPI's own pages load their scripts from elsewhere; ours are among the page's files.
        docs_url=None,
        redoc_url=None,
        responses=errors(401, 403, 408, 429, 503, 504),
    )
    app.state.service = state
    asked = (pairs, translation, exploration, joint_map, align, upload)
    routers = [module.router for module in (page, health, info, prometheus, *asked, admin)]
    own = [route for route in app.routes if isinstance(route, Route)]  # the OpenAPI document
    for route in own:
        declared(role=None)(route.endpoint)
    routes = RouteTable.of([*own, *(route for router in routers for route in router.routes)])
    app.state.routes = routes
    _add_middleware(app, state, routes)
    add_error_handlers(app)
    for router in routers:
        app.include_router(router)
    return app


def _make_state(settings: Settings, translators: Mapping[str, Translator] | None) -> ServiceState:
    metrics = Metrics(installed_versions())
    keeper = CatalogueKeeper(
        settings.checkpoints if translators is None else None,
        settings.device,
        catalogue=Catalogue.of(translators or {}),
        replaced=partial(note_catalogue, metrics),
    )
    note_catalogue(metrics, Catalogue(), keeper.catalogue)
    executor = ThreadPoolExecutor(settings.threads, "isogloss-compute")
    limits = BatchLimits(
        settings.max_batch, settings.max_waiting_vectors, settings.batch_milliseconds / 1000
    )
    return ServiceState(
        settings=settings,
        keeper=keeper,
        executor=executor,
        limiter=CapacityLimiter(settings.threads),
        uploads=CapacityLimiter(settings.max_uploads),
        gate=Gate(settings.max_concurrent, settings.max_queue),
        streams=Gate(settings.max_streams, 0),
        doorkeeper=read_doorkeeper(settings),
        metrics=metrics,
        batchers=Batchers(executor, limits, metrics.batch_size.observe),
        body_memory=BodyMemory(settings.max_bodies_bytes),
        uploads_disk=BodyMemory(settings.max_uploads_bytes),
        board=None if settings.workers_folder is None else WorkerBoard(settings.workers_folder),
    )


def _add_middleware(app: FastAPI, state: ServiceState, routes: RouteTable) -> None:
    """Put the layers around the application; the one that is added last is the outermost."""
    settings = state.settings
    app.add_middleware(KnownWords, state=state)
    app.add_middleware(
        Admission, gate=state.gate, streams=state.streams, least_pace=settings.least_pace
    )
    app.add_middleware(
        BodyLimit,
        max_body_bytes=settings.max_body_bytes,
        max_stream_bytes=settings.max_stream_bytes,
        memory=state.body_memory,
    )
    app.add_middleware(
        Deadline,
        request_seconds=settings.request_seconds,
        stream_seconds=settings.stream_seconds,
    )
    app.add_middleware(Questions)
    app.add_middleware(Authentication, doorkeeper=state.doorkeeper)
    app.add_middleware(
        Strangers, hosts=accepted_hosts(settings), origins=accepted_origins(settings)
    )
    log = request_log(wanted=settings.log_requests, words=settings.log_words)
    app.add_middleware(
        Observation,
        metrics=state.metrics,
        log=log,
        routes=routes,
        ending=lambda: state.ending,
    )
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", "x-api-key", "x-request-id"],
            expose_headers=["retry-after", "x-request-id"],
        )
