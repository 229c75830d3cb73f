"""A file of word vectors in, an aligned one or a lexicon out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from isogloss.models.retrieval import Translator
from isogloss.models.spaces.readers.bounds import ReadBounds
from isogloss.service.exchange import exchange_of
from isogloss.service.routes.context import ChosenTranslator, CurrentState, errors
from isogloss.service.routes.inputs import check_k
from isogloss.service.routing import declared
from isogloss.service.state import ServiceState
from isogloss.service.streaming.media_types import MULTIPART
from isogloss.service.streaming.multipart import uploaded_form
from isogloss.service.streaming.streamed_answer import StreamedAnswer, Work
from isogloss.service.streaming.uploaded_vectors import (
    UploadOptions,
    aligned_text,
    lexicon_text,
    read_uploaded,
)

router = APIRouter(
    prefix="/v1/pairs/{pair}",
    tags=["translation"],
    responses=errors(400, 404, 408, 413, 415, 422, 507),
)
_TEXT, _LINES = "text/plain; charset=utf-8", "text/tab-separated-values; charset=utf-8"


def _described() -> dict[str, Any]:
    schema = UploadOptions.model_json_schema()
    schema["properties"]["file"] = {
        "type": "string",
        "format": "binary",
        "description": "A text of word vectors, .vec, also compressed.",
    }
    schema["required"] = ["file"]
    return {"requestBody": {"required": True, "content": {MULTIPART: {"schema": schema}}}}


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "An aligned .vec, or a lexicon.",
        "content": {
            kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in (_TEXT, _LINES)
        },
    }
}


@router.post("/upload", response_class=Response, responses=_ANSWERS, openapi_extra=_described())
@declared(costs_work=True, streams=frozenset({MULTIPART}))
async def upload(request: Request, translator: ChosenTranslator, state: CurrentState) -> Response:
    """Align a file of word vectors, or make a lexicon of it.

    The vectors are held in memory until the answer ends, so only few are worked on at a time.
    """
    leave = partial(_leave, state, request)
    try:
        return await _answer(request, translator, state, leave)
    except BaseException:
        leave()
        raise


def _leave(state: ServiceState, request: Request) -> None:
    """Give the place back, if one was taken, and the memory to the system."""
    with suppress(RuntimeError):
        state.uploads.release_on_behalf_of(request)
        state.memory_to_return = True


async def _answer(
    request: Request, translator: Translator, state: ServiceState, leave: Callable[[], None]
) -> Response:
    exchange, settings = exchange_of(request.scope), state.settings
    loop = asyncio.get_running_loop()
    async with uploaded_form(request, settings.max_upload_bytes, state.uploads_disk) as form:
        options = _options_of(form.fields)
        check_k(options.k, settings)
        # Not before: who sends slowly keeps nobody else from being worked on.
        await state.uploads.acquire_on_behalf_of(request)

        def observe(_: int) -> None:
            loop.call_soon_threadsafe(exchange.progress)

        read = partial(
            read_uploaded,
            form.file,
            translator,
            limit=options.limit,
            most_words=settings.max_upload_words,
            bounds=ReadBounds(
                word_length=settings.max_word_length,
                unpacked_bytes=settings.max_upload_unpacked_bytes,
            ),
            observe=observe,
        )
        space = await to_thread.run_sync(read, limiter=state.limiter)
    exchange.items = len(space)

    def steps() -> Iterator[bytes]:
        if options.answer == "vectors":
            return aligned_text(translator, space)
        return lexicon_text(translator, space, options)

    return StreamedAnswer(
        Work(answer=lambda _: iter(()), end=steps, fail=lambda _: b""),
        state.limiter,
        media_type=_TEXT if options.answer == "vectors" else _LINES,
        most_spooled=0,
        body_was_read=True,
        done=leave,
    )


def _options_of(fields: dict[str, str]) -> UploadOptions:
    try:
        return UploadOptions.model_validate(fields)
    except ValidationError as error:
        problems = [
            {**problem, "loc": ("body", *problem["loc"])}
            for problem in error.errors(include_url=False, include_context=False)
        ]
        raise RequestValidationError(problems) from error
