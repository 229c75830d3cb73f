"""Answers as bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import numpy as np
from fastapi import Response
from jaxtyping import Float32
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


def number(value: float | np.float32) -> float:
    """Write a float32 as the shortest number that is it: 0.71, not 0.7099999785423279."""
    return float(str(np.float32(value)))


def numbers(vector: Float32[np.ndarray, " d"]) -> list[float]:
    """Write a vector, of shape [d], as the shortest numbers that are it."""
    return [number(value) for value in vector]
