"""The forms of rows, as OpenAPI shows them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel

from isogloss.models.retrieval import Ranking
from isogloss.service.routes.context import errors
from isogloss.service.streaming.media_types import Form

_STREAMS_ONLY = "For all forms but JSON, whose documents hold it themselves."

KInAddress = Annotated[int, Query(ge=1, le=1_000_000, description=_STREAMS_ONLY)]
ScoreInAddress = Annotated[Ranking, Query(description=_STREAMS_ONLY)]

_BODIES: dict[Form, str] = {
    Form.NDJSON: "A row per line: a word, a vector, or an object with word, vector or both.",
    Form.ARROW: "An Arrow IPC stream with the columns word and vector, one or both.",
    Form.NPY: "A float matrix of NumPy, row by row.",
}


def json_body(document: type[BaseModel]) -> dict[str, Any]:
    """Describe a body that is a JSON document and is read by its endpoint."""
    schema = document.model_json_schema(ref_template="#/components/schemas/{model}")
    return {"requestBody": {"required": True, "content": {Form.JSON: {"schema": schema}}}}


def streamed_body(document: type[BaseModel]) -> dict[str, Any]:
    """Describe a body that may be a JSON document or rows in another form."""
    content: dict[str, Any] = json_body(document)["requestBody"]["content"]
    for form, description in _BODIES.items():
        content[form] = {
            "schema": {"type": "string", "format": "binary", "description": description}
        }
    return {"requestBody": {"required": True, "content": content}}


def streamed_answers(*forms: Form) -> dict[int | str, dict[str, Any]]:
    """Describe the answers of an endpoint that streams, beside the JSON document."""
    content = {form: {"schema": {"type": "string", "format": "binary"}} for form in forms}
    return {200: {"content": content}, **errors(400, 404, 406, 408, 413, 415, 422, 507)}
