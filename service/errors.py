"""Every error as HTTP shows it. The only place where errors of `models` get a status."""

from __future__ import annotations

import logging
import math
import re
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from models.errors import (
    InputError,
    IsoglossError,
    NonFiniteInputError,
    OptionError,
    ShapeError,
)
from service.responses import error_response

_logger = logging.getLogger("isogloss.service")

_STATUS: tuple[tuple[type[IsoglossError], HTTPStatus], ...] = (
    (ShapeError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (NonFiniteInputError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (OptionError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (InputError, HTTPStatus.UNPROCESSABLE_ENTITY),
)
_MOST_PROBLEMS = 20
_LONGEST_FOUND = 80


class ServiceError(Exception):
    """A request that the service itself refuses."""

    def __init__(
        self, status: HTTPStatus, code: str, message: str, detail: dict[str, Any] | None = None
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.detail = detail or {}
        super().__init__(message)


class UnknownPairError(ServiceError):
    """No checkpoint of this pair is served."""

    def __init__(self, pair: str, available: list[str]) -> None:
        detail = {"pair": pair, "available": available}
        super().__init__(HTTPStatus.NOT_FOUND, "unknown_pair", f"no pair {pair!r}", detail)


class TooLargeError(ServiceError):
    """A request is larger than the settings allow."""

    def __init__(self, what: str, *, expected: int, found: int) -> None:
        message = f"{what}: expected at most {expected}, found {found}"
        detail = {"expected": f"at most {expected}", "found": str(found)}
        super().__init__(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", message, detail)


class NotReadyError(ServiceError):
    """No pair is served."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.SERVICE_UNAVAILABLE, "not_ready", "no pair is served")


def error_code(error: IsoglossError) -> str:
    """Name a class for machines: ``CheckpointIntegrityError`` is ``checkpoint_integrity``."""
    name = type(error).__name__.removesuffix("Error")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def add_error_handlers(app: FastAPI) -> None:
    """Show every error in one shape."""
    app.exception_handler(ServiceError)(_refuse)
    app.exception_handler(IsoglossError)(_translate)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_http)
    app.exception_handler(Exception)(_internal)


async def _refuse(_: Request, error: ServiceError) -> Response:
    return error_response(error.status, error.code, error.message, error.detail)


async def _translate(request: Request, error: IsoglossError) -> Response:
    for kind, status in _STATUS:
        if isinstance(error, kind):
            detail = (
                {"expected": error.expected, "found": error.found}
                if isinstance(error, ShapeError)
                else {}
            )
            return error_response(status, error_code(error), str(error), detail)
    return await _internal(request, error)


async def _invalid(_: Request, error: RequestValidationError) -> Response:
    problems = [
        {
            "where": ".".join(str(part) for part in problem["loc"]),
            "expected": problem["msg"],
            "found": _short(problem.get("input")),
        }
        for problem in error.errors()[:_MOST_PROBLEMS]
    ]
    first = problems[0]
    message = f"{first['where']}: {first['expected']}, found {first['found']}"
    return error_response(
        HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", message, {"problems": problems}
    )


async def _http(_: Request, error: HTTPException) -> Response:
    status = HTTPStatus(error.status_code)
    code = status.phrase.lower().replace(" ", "_")
    return error_response(status, code, str(error.detail), headers=error.headers)


async def _internal(request: Request, error: Exception) -> Response:
    """Log what happened and tell the caller nothing of it."""
    _logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return error_response(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "the server failed")


def _short(value: object) -> str:
    """Say what was found, without echoing a whole body."""
    match value:
        case None:
            return "null"
        case bool() | int():
            text = str(value).lower()
        case float():
            text = str(value) if math.isfinite(value) else f"{value} (not a finite number)"
        case str():
            text = ascii(value[:_LONGEST_FOUND])
        case list():
            text = f"a list of {len(value)}"
        case dict():
            text = "an object"
        case _:
            text = type(value).__name__
    return text[:_LONGEST_FOUND]
