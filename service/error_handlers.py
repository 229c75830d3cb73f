"""Every error as HTTP shows it. The only place where errors of `models` get a status."""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from isogloss.models.errors import (
    InputError,
    IsoglossError,
    NonFiniteInputError,
    OptionError,
    ShapeError,
)
from isogloss.service.errors import ServiceError, error_code
from isogloss.service.exchange import exchange_of
from isogloss.service.logs import logger
from isogloss.service.responses import error_response

_log = logger("isogloss.service")

_STATUS: tuple[tuple[type[IsoglossError], HTTPStatus], ...] = (
    (ShapeError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (NonFiniteInputError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (OptionError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (InputError, HTTPStatus.UNPROCESSABLE_ENTITY),
)
_MOST_PROBLEMS = 20
_LONGEST_FOUND = 80


def add_error_handlers(app: FastAPI) -> None:
    """Show every error in one shape."""
    app.exception_handler(ServiceError)(_refuse)
    app.exception_handler(IsoglossError)(_translate)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_http)
    app.exception_handler(ClientDisconnect)(_gone)
    app.exception_handler(Exception)(internal_error)


def refusal(request: Request, error: ServiceError) -> Response:
    """Answer a request that the service itself refuses."""
    return _answer(
        request, error.status, error.code, error.message, error.detail, headers=error.headers
    )


async def internal_error(request: Request, error: Exception) -> Response:
    """Log what happened and tell the caller nothing of it."""
    exchange = exchange_of(request.scope)
    _log.error(
        "the server failed",
        method=request.method,
        request_id=exchange.request_id,
        exc_info=error,
    )
    return _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "the server failed")


async def _gone(request: Request, _: ClientDisconnect) -> Response:
    """Answer nobody: the caller went away while it sent. That is no failure of the server."""
    exchange_of(request.scope).disconnected = True
    return Response(status_code=HTTPStatus.BAD_REQUEST)


async def _refuse(request: Request, error: ServiceError) -> Response:
    return refusal(request, error)


async def _translate(request: Request, error: IsoglossError) -> Response:
    for kind, status in _STATUS:
        if isinstance(error, kind):
            detail = (
                {"expected": error.expected, "found": error.found}
                if isinstance(error, ShapeError)
                else {}
            )
            return _answer(request, status, error_code(error), str(error), detail)
    return await internal_error(request, error)


async def _invalid(request: Request, error: RequestValidationError) -> Response:
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
    return _answer(
        request,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid_request",
        message,
        {"problems": problems},
    )


async def _http(request: Request, error: HTTPException) -> Response:
    # What the middleware refuses while FastAPI reads the body comes here inside of a 400.
    if isinstance(error.__cause__, ServiceError):
        return refusal(request, error.__cause__)
    status = HTTPStatus(error.status_code)
    code = status.phrase.lower().replace(" ", "_")
    return _answer(request, status, code, str(error.detail), headers=error.headers)


def _answer(
    request: Request,
    status: HTTPStatus,
    code: str,
    message: str,
    detail: Mapping[str, Any] | None = None,
    *,
    headers: Mapping[str, str] | None = None,
) -> Response:
    exchange = exchange_of(request.scope)
    exchange.code, exchange.message = code, message
    return error_response(status, code, message, detail, headers)


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
