"""The application: settings and translators in, HTTP out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI

from models.retrieval import Translator
from service.body_limit import BodyLimit
from service.catalogue import Catalogue, load_catalogue
from service.errors import add_error_handlers
from service.routes import align, health, pairs, translation
from service.routes.context import ServiceState
from service.settings import Settings


def create_app(
    settings: Settings | None = None, *, translators: Mapping[str, Translator] | None = None
) -> FastAPI:
    """Make the application.

    Args:
        settings: Read from the environment where none are given.
        translators: Pair, for instance ``fr-es``, → what to serve. Where none are given, every
            checkpoint under ``settings.checkpoints`` is loaded at the start.

    """
    settings = settings or Settings()
    state = ServiceState(
        settings=settings,
        catalogue=Catalogue(dict(translators or {})),
        limiter=CapacityLimiter(settings.threads),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if translators is None:
            state.catalogue = await to_thread.run_sync(
                load_catalogue, settings.checkpoints, settings.device
            )
        yield

    app = FastAPI(
        title="Isogloss",
        summary="Translations from word embeddings.",
        version=_version(),
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.state.service = state
    app.add_middleware(BodyLimit, max_body_bytes=settings.max_body_bytes)
    add_error_handlers(app)
    for module in (health, pairs, translation, align):
        app.include_router(module.router)
    return app


def _version() -> str:
    try:
        return version("isogloss")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "unknown"
