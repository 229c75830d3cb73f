"""Rows as an Arrow IPC stream.

pyarrow reads such a stream from a file, by waiting for bytes. A service may not wait; so the
messages are cut out here (the format's "encapsulated message format"), and pyarrow reads each.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from isogloss.service.errors import TooLargeError
from isogloss.service.streaming.arrow_columns import check_schema, rows_of_batch
from isogloss.service.streaming.rows import MalformedStreamError, Rows

_CONTINUATION = 0xFFFFFFFF
_SCHEMA, _RECORD_BATCH = 1, 3
_LONGEST_METADATA = 1 << 20
_ROWS_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class _Metadata:
    """What must be known of a message before its body is there.

    Attributes:
        kind: 1 for a schema, 2 for a dictionary, 3 for a record batch.
        body: Bytes of the body.
        compressed: Whether its buffers are compressed.

    """

    kind: int
    body: int
    compressed: bool


class ArrowDecoder:
    """Reads the columns ``word`` and ``vector``, one or both."""

    rows_promised = None

    def __init__(self, dimension: int, *, most_word_length: int, most_bytes: int) -> None:
        self._dimension = dimension
        self._most_word_length = most_word_length
        self._most_bytes = most_bytes
        self._rest = bytearray()
        self._schema: pa.Schema | None = None
        self._rows = 0
        self._ended = False

    def feed(self, data: bytes) -> Iterator[Rows]:
        """Give out the rows of the record batches that are complete."""
        self._rest += data
        while not self._ended and len(self._rest) >= 8:
            mark, length = struct.unpack_from("<Ii", self._rest)
            if mark != _CONTINUATION or not 0 <= length <= _LONGEST_METADATA:
                raise MalformedStreamError(
                    f"expected an Arrow message behind row {self._rows}, found other bytes"
                )
            if length == 0:
                self._ended = True
                del self._rest[:8]
                break
            if len(self._rest) < 8 + length:
                return
            metadata = _read_metadata(bytes(self._rest[8 : 8 + length]))
            if not 0 <= metadata.body <= self._most_bytes:
                raise TooLargeError(
                    "bytes of a record batch", expected=self._most_bytes, found=metadata.body
                )
            size = 8 + length + metadata.body
            if len(self._rest) < size:
                return
            message = bytes(self._rest[:size])
            del self._rest[:size]
            yield from self._read(metadata, message)
        if self._ended and self._rest:
            raise MalformedStreamError("expected nothing behind the end of the Arrow stream")

    def end(self) -> Iterator[Rows]:
        """Check that the stream ended where a message ends."""
        if self._schema is None:
            raise MalformedStreamError("the body ends before the schema of the Arrow stream")
        if self._rest:
            raise MalformedStreamError(f"the body ends within a message, behind row {self._rows}")
        return iter(())

    def _read(self, metadata: _Metadata, message: bytes) -> Iterator[Rows]:
        try:
            if metadata.kind == _SCHEMA and self._schema is None:
                schema = pa.ipc.read_schema(pa.py_buffer(message))
                check_schema(schema, self._dimension)
                self._schema = schema
                return
            if metadata.kind != _RECORD_BATCH or self._schema is None or metadata.compressed:
                raise MalformedStreamError(
                    "expected one schema, then record batches without dictionaries or compression"
                )
            batch = pa.ipc.read_record_batch(
                pa.ipc.read_message(pa.py_buffer(message)), self._schema
            )
            batch.validate(full=True)
        except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
            raise MalformedStreamError(
                f"the Arrow message behind row {self._rows} cannot be read"
            ) from error
        for begin in range(0, batch.num_rows, _ROWS_AT_ONCE):
            rows = rows_of_batch(
                batch.slice(begin, _ROWS_AT_ONCE),
                self._rows,
                self._dimension,
                most_word_length=self._most_word_length,
            )
            self._rows += rows.count
            yield rows


def _read_metadata(flatbuffer: bytes) -> _Metadata:
    """Read a few fields of the flatbuffer ``Message`` (Message.fbs of the Arrow format)."""
    try:
        message = struct.unpack_from("<I", flatbuffer)[0]
        kind = _field(flatbuffer, message, 1)
        header = _field(flatbuffer, message, 2)
        body = _field(flatbuffer, message, 3)
        number = flatbuffer[kind] if kind else 0
        compressed = False
        if number == _RECORD_BATCH:
            batch = header + struct.unpack_from("<I", flatbuffer, header)[0]
            compressed = bool(_field(flatbuffer, batch, 3))
        size = struct.unpack_from("<q", flatbuffer, body)[0] if body else 0
    except (struct.error, IndexError) as error:
        raise MalformedStreamError("the head of an Arrow message cannot be read") from error
    return _Metadata(number, size, compressed)


def _field(flatbuffer: bytes, table: int, number: int) -> int:
    """Place of a field of a table; 0 where it is left out."""
    fields = table - struct.unpack_from("<i", flatbuffer, table)[0]
    if fields < 0:
        raise IndexError(fields)
    place = 4 + 2 * number
    if place >= struct.unpack_from("<H", flatbuffer, fields)[0]:
        return 0
    offset: int = struct.unpack_from("<H", flatbuffer, fields + place)[0]
    return table + offset if offset else 0
