"""Reads the binary format of word2vec."""

from __future__ import annotations

import re

import numpy as np

from isogloss.models.errors import MalformedLineError, UnknownFormatError
from isogloss.models.spaces.readers.byte_source import ByteSource
from isogloss.models.spaces.readers.collector import Collector
from isogloss.models.spaces.readers.fields import fields_of
from isogloss.models.spaces.readers.numbers import is_number
from isogloss.models.spaces.readers.request import Collected, Request
from isogloss.models.spaces.readers.word_bytes import take_encoded

_HEADER = re.compile(rb"([0-9]{1,18}) ([0-9]{1,6}) ?\r?\n")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def is_word2vec_binary(head: bytes) -> bool:
    """Whether a file begins with the header of a text and goes on with what is no text."""
    header = _HEADER.match(head)
    if header is None:
        return False
    promised, dimension = int(header[1]), int(header[2])
    body = head[header.end() :]
    return (
        promised > 0
        and dimension > 0
        and not _begins_with_numbers(body)
        and (_is_binary(body, dimension) or _is_all_records(body, promised, dimension))
    )


def read_word2vec(source: ByteSource, request: Request) -> Collected:
    """Read the header and the records.

    Raises:
        VectorFileError: As ``read_space`` says.

    """
    header = _HEADER.match(source.peek(64))
    if header is None:
        raise UnknownFormatError(source.path, "expected a header of two numbers")
    source.skip(header.end())
    promised, dimension = int(header[1]), int(header[2])
    collector = request.collector(dimension, promised)
    read_word2vec_binary(source, collector, promised=promised)
    return Collected(collector)


def read_word2vec_binary(source: ByteSource, collector: Collector, *, promised: int) -> None:
    """Read records of a word, a space and float32 numbers (little-endian).

    The original tool ends each record with a line feed, others do not: one before a word goes.

    Args:
        source: The stream, at the first record.
        collector: Where the words go.
        promised: Records that the header promises.

    Raises:
        VectorFileError: As ``read_space`` says.

    """
    size = 4 * collector.dimension
    longest = 4 * source.bounds.word_length
    record = 1
    rest = b""
    while record <= promised and not collector.full:
        chunk = source.read_chunk()
        if not chunk:
            reason = f"the header promises {promised} words, found {record - 1}"
            collector.refuse(source.ended_early(reason, line=record), count=promised - record + 1)
            return
        data = rest + chunk
        words, vectors, begin = _split_records(data, size, promised - record + 1)
        rest = data[begin:]
        if len(rest) > size + longest:
            reason = f"no space within {longest} bytes of a word"
            raise MalformedLineError(source.path, reason, line=record + len(words))
        _take(words, vectors, record, collector)
        record += len(words)
    if not collector.full and (rest + source.peek(1)).strip(b"\n"):
        reason = f"the header promises {promised} words, found more bytes after them"
        collector.refuse(MalformedLineError(source.path, reason, line=record))


def _split_records(data: bytes, size: int, most: int) -> tuple[list[bytes], list[bytes], int]:
    """Split off the whole records; also return where the first one that is not whole begins."""
    words: list[bytes] = []
    vectors: list[bytes] = []
    begin = 0
    while len(words) < most:
        space = data.find(b" ", begin)
        end = space + 1 + size
        if space < 0 or end > len(data):
            break
        words.append(data[begin:space])
        vectors.append(data[space + 1 : end])
        begin = end
    return words, vectors, begin


def _take(words: list[bytes], vectors: list[bytes], first: int, collector: Collector) -> None:
    block = np.frombuffer(b"".join(vectors), "<f4").reshape(len(words), collector.dimension)
    take_encoded([word.removeprefix(b"\n") for word in words], block, first, collector)


def _begins_with_numbers(body: bytes) -> bool:
    """Whether at least half of the fields after the first word are numbers."""
    line = body.partition(b"\n")[0]
    fields = fields_of(line.rstrip(b"\r"))[1:]
    return bool(fields) and 2 * sum(map(is_number, fields)) >= len(fields)


def _is_all_records(body: bytes, promised: int, dimension: int) -> bool:
    """Whether the bytes are just the promised binary records, though all could be letters."""
    end = 0
    for _ in range(promised):
        space = body.find(b" ", end)
        if space < 0 or space + 4 * dimension >= len(body):
            return False
        end = space + 1 + 4 * dimension
    return body[end:] in {b"", b"\n"}


def _is_binary(body: bytes, dimension: int) -> bool:
    """Whether what is not numbers could not be a text with a mistake in its first line either."""
    _, _, vector = body.partition(b" ")
    vector = vector[: 4 * dimension]
    if _CONTROL.search(vector):
        return True
    try:
        vector.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason != "unexpected end of data"
    return False
