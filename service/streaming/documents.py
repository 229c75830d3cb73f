"""A JSON document of rows: read whole, checked as a whole."""

from __future__ import annotations

from typing import TypeVar

from anyio import to_thread
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

_SMALL = 1 << 16
"""Bytes that are parsed sooner than a thread is found for them."""

Document = TypeVar("Document", bound=BaseModel)


async def read_document(request: Request, kind: type[Document]) -> Document:
    """Read the body as a document.

    Raises:
        RequestValidationError: It is no JSON, or not such a document.

    """
    body = await request.body()
    if len(body) <= _SMALL:
        return parse_document(kind, body)
    return await to_thread.run_sync(parse_document, kind, body)


def parse_document(kind: type[Document], body: bytes) -> Document:
    """Read bytes as a document.

    Raises:
        RequestValidationError: They are no JSON, or not such a document.

    """
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        problems = [
            {**problem, "loc": ("body", *problem["loc"])}
            for problem in error.errors(include_url=False, include_context=False)
        ]
        raise RequestValidationError(problems) from error
