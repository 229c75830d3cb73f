"""Answers_contra as an Arrow IPC stream."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Generic

import pyarrow as pa

from isogloss.service.errors import ServiceError
from isogloss.service.streaming.arrow_columns import (
    TRANSLATED,
    aligned_batch,
    aligned_schema,
    translated_batch,
)
from isogloss.service.streaming.rows import AlignedRows, Answers_contra, TranslatedRows

FAILURE_KEY = "isogloss.error"
"""Key under which the metadata of a last, empty batch hold the error that ended a stream."""

_END_OF_STREAM = b"\xff\xff\xff\xff\x00\x00\x00\x00"


class ArrowEncoder(Generic[Answers_contra]):
    """Writes a record batch per block of answers."""

    def __init__(
        self, schema: pa.Schema, batch: Callable[[Answers_contra], pa.RecordBatch]
    ) -> None:
        self._schema = schema
        self._batch = batch
        self._head: bytes = schema.serialize().to_pybytes()

    def write(self, answers: Answers_contra) -> bytes:
        """Write a record batch."""
        head, self._head = self._head, b""
        message: bytes = self._batch(answers).serialize().to_pybytes()
        return head + message

    def end(self) -> bytes:
        """Write the end of the stream, behind a schema alone where there was no row."""
        return self._head + _END_OF_STREAM

    def fail(self, error: ServiceError) -> bytes:
        """Write an empty batch with the error, and no end of the stream."""
        content = {"code": error.code, "message": error.message, "detail": error.detail}
        sink = pa.BufferOutputStream()
        writer = pa.ipc.new_stream(sink, self._schema)
        empty = pa.RecordBatch.from_pylist([], schema=self._schema)
        writer.write_batch(empty, custom_metadata={FAILURE_KEY: json.dumps(content)})
        stream: bytes = sink.getvalue().to_pybytes()
        return self._head + stream[len(self._schema.serialize()) :]


def aligned_arrow_encoder(dimension: int) -> ArrowEncoder[AlignedRows]:
    """Make the encoder of ``align``."""
    schema = aligned_schema(dimension)
    return ArrowEncoder(schema, lambda answers: aligned_batch(answers, schema))


def translated_arrow_encoder() -> ArrowEncoder[TranslatedRows]:
    """Make the encoder of ``translate``."""
    return ArrowEncoder(TRANSLATED, translated_batch)
