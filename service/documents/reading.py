"""A small JSON document: read whole, checked as a whole."""

from __future__ import annotations

import codecs
from http import HTTPStatus
from typing import TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from isogloss.service.errors import ServiceError, TooLargeError

SMALL = 1 << 16
"""Bytes that are parsed sooner than a thread is found for them."""

Document = TypeVar("Document", bound=BaseModel)


class MalformedJsonError(ServiceError):
    """The body is no JSON."""

    def __init__(self, found: str) -> None:
        super().__init__(
            HTTPStatus.BAD_REQUEST,
            "bad_request",
            f"body: expected JSON, found {found}",
            {"expected": "JSON", "found": found},
        )


async def read_document(request: Request, kind: type[Document]) -> Document:
    """Read the body as a document that is always small.

    Raises:
        TooLargeError: It is not.
        MalformedJsonError: It is no JSON.
        RequestValidationError: It is not such a document.

    """
    body = await request.body()
    if len(body) > SMALL:
        raise TooLargeError("bytes of the body", expected=SMALL, found=len(body))
    return parse_document(kind, body)


def parse_document(kind: type[Document], body: bytes) -> Document:
    """Read bytes as a document.

    Raises:
        MalformedJsonError: They are no JSON.
        RequestValidationError: They are not such a document.

    """
    check_beginning(body)
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise explained(error, ("body",)) from error


def check_beginning(body: bytes) -> None:
    """Refuse a byte-order mark, and a body that is empty.

    Raises:
        MalformedJsonError: It begins so.

    """
    if body.startswith(codecs.BOM_UTF8):
        raise MalformedJsonError("a byte-order mark before it (RFC 8259, section 8.1)")
    if not body.strip():
        raise MalformedJsonError("an empty body")


def explained(
    error: ValidationError, place: tuple[str | int, ...]
) -> MalformedJsonError | RequestValidationError:
    """Say what is wrong with a document, or with a part of it.

    Args:
        error: What pydantic says.
        place: Where the part stands.

    """
    found = error.errors(include_url=False, include_context=False)
    if found[0]["type"] == "json_invalid":
        reason = found[0]["msg"].removeprefix("Invalid JSON: ")
        where = "" if place == ("body",) else f" in {'.'.join(map(str, place[1:]))}"
        return MalformedJsonError(f"{reason}{where}")
    return RequestValidationError(
        [{**problem, "loc": (*place, *problem["loc"])} for problem in found]
    )
