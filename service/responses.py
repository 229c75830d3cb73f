"""Answers as bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Response
from pydantic import BaseModel


def error_response(
    status: HTTPStatus,
    code: str,
    message: str,
    detail: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with an error, in the one shape that errors have.

    The text is ASCII: it may quote what the caller sent, and that may be no text at all.
    """
    content = {"error": {"code": code, "message": message, "detail": dict(detail or {})}}
    return Response(
        json.dumps(content).encode("ascii"),
        status_code=status,
        media_type="application/json",
        headers=dict(headers or {}),
    )


def answer(model: BaseModel) -> Response:
    """Answer with a model; a field that was not set is left out.

    Made where the answer is computed: a large one takes long to write, and FastAPI would write it
    on the event loop.
    """
    return Response(model.model_dump_json(exclude_unset=True), media_type="application/json")
