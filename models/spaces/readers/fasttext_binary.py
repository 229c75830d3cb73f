"""Reads the binary model of fastText: words, their vectors and the vectors of their n-grams."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float32

from isogloss.models.errors import (
    EmptyFileError,
    MalformedLineError,
    NonFiniteInputError,
    NonFiniteVectorError,
    UnknownFormatError,
)
from isogloss.models.spaces.readers.byte_source import ByteSource
from isogloss.models.spaces.readers.collector import Collector
from isogloss.models.spaces.readers.recognition import FASTTEXT_MAGIC
from isogloss.models.spaces.readers.word_bytes import take_encoded
from isogloss.models.spaces.subwords import FastTextSubwords

_NEWEST_VERSION = 12
_SUPERVISED = 3
_ROWS_AT_ONCE = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class FastTextHeader:
    """The parameters that matter for reading (``Args::save`` and ``Dictionary::save``).

    Attributes:
        dimension: Length of the vectors.
        words: Words of the vocabulary.
        buckets: Rows of the n-grams' matrix.
        minimum_length: Characters of the shortest n-gram.
        maximum_length: Characters of the longest; 0 where the model has none.

    """

    dimension: int
    words: int
    buckets: int
    minimum_length: int
    maximum_length: int


def read_fasttext_header(source: ByteSource) -> FastTextHeader:
    """Read the header of a fastText model, up to the vocabulary.

    Raises:
        UnknownFormatError: The model is a classifier, is quantised, or of an unknown version.
        TruncatedFileError: The file ends within the header.

    """
    magic, version = _unpack(source, "<4si", "its version")
    if magic != FASTTEXT_MAGIC or version > _NEWEST_VERSION:
        reason = f"expected a fastText model of version ≤ {_NEWEST_VERSION}, found {version}"
        raise UnknownFormatError(source.path, reason)
    parameters = _unpack(source, "<12id", "its parameters")
    dimension, model, buckets, minimum, maximum = (
        int(parameters[index]) for index in (0, 7, 8, 9, 10)
    )
    _, words, labels, _, pruned = _unpack(source, "<3iqq", "the size of its vocabulary")
    if model == _SUPERVISED or labels > 0:
        reason = "expected word vectors, found a supervised fastText model (a classifier)"
        raise UnknownFormatError(source.path, reason)
    if pruned >= 0:
        reason = "expected a full fastText model, found a quantised one whose n-grams are pruned"
        raise UnknownFormatError(source.path, reason)
    if dimension < 1 or words < 0 or buckets < 0:
        reason = f"a fastText header with dimension {dimension}, {words} words, {buckets} buckets"
        raise UnknownFormatError(source.path, reason)
    if words == 0:
        raise EmptyFileError(source.path, "the fastText model holds no word")
    return FastTextHeader(
        dimension=dimension,
        words=words,
        buckets=buckets,
        minimum_length=max(minimum, 1),
        maximum_length=maximum,
    )


def read_fasttext_words(source: ByteSource, header: FastTextHeader, collector: Collector) -> None:
    """Read the vocabulary and the words' own vectors.

    Args:
        source: The stream, after the header.
        header: The header.
        collector: Where the words go.

    Raises:
        VectorFileError: As ``read_space`` says.

    """
    names = _read_vocabulary(source, header.words)
    (quantised,) = _unpack(source, "<?", "its matrix")
    if quantised:
        reason = "expected a full fastText model, found a quantised one; use the .bin, not the .ftz"
        raise UnknownFormatError(source.path, reason)
    rows, dimension = _unpack(source, "<2q", "its matrix")
    expected = (header.words + header.buckets, header.dimension)
    if (rows, dimension) != expected:
        reason = f"expected a matrix of {list(expected)}, found {[rows, dimension]}"
        raise UnknownFormatError(source.path, reason)
    for begin in range(0, header.words, _ROWS_AT_ONCE):
        count = min(_ROWS_AT_ONCE, header.words - begin)
        if collector.full:
            _skip(source, 4 * dimension * (header.words - begin))
            return
        block = _read_rows(source, count, header.dimension, f"the vector of word {begin + 1}")
        take_encoded(names[begin : begin + count], block, begin + 1, collector)


def read_fasttext_subwords(source: ByteSource, header: FastTextHeader) -> FastTextSubwords | None:
    """Read the vectors of the n-grams; None where the model has none.

    What follows them in the file, the output matrix, serves training only and is not read.

    Raises:
        TruncatedFileError: The file ends within them.
        NonFiniteVectorError: One of them holds NaN or infinity.

    """
    if header.buckets == 0 or header.maximum_length < header.minimum_length:
        return None
    ngrams = _read_rows(source, header.buckets, header.dimension, "the vectors of its n-grams")
    try:
        return FastTextSubwords(ngrams, header.minimum_length, header.maximum_length)
    except NonFiniteInputError as error:
        raise NonFiniteVectorError(source.path, str(error)) from error


def _read_vocabulary(source: ByteSource, count: int) -> list[bytes]:
    """Read words, each closed by NUL and followed by its count (8 bytes) and kind (1 byte)."""
    longest = 4 * source.bounds.word_length
    names: list[bytes] = []
    rest = b""
    while len(names) < count:
        chunk = source.read_chunk()
        if not chunk:
            reason = f"the fastText model holds {count} words, found {len(names)}"
            raise source.ended_early(reason, line=len(names) + 1)
        data = rest + chunk
        begin = 0
        while len(names) < count:
            end = data.find(b"\0", begin)
            if end < 0 or end + 10 > len(data):
                break
            names.append(data[begin:end])
            begin = end + 10
        rest = data[begin:]
        if len(names) < count and len(rest) > longest:
            reason = f"no end of the word within {longest} bytes"
            raise MalformedLineError(source.path, reason, line=len(names) + 1)
    source.unread(rest)
    return names


def _read_rows(
    source: ByteSource, count: int, dimension: int, what: str
) -> Float32[np.ndarray, "count dimension"]:
    try:
        rows = np.empty((count, dimension), "<f4")
    except (MemoryError, ValueError) as error:
        raise UnknownFormatError(source.path, f"{what}: {error}") from error
    size = rows.nbytes
    found = source.read_into(rows.data.cast("B"))
    if found < size:
        reason = f"{what}: expected {size} bytes, found {found}"
        raise source.ended_early(reason, line=None)
    return rows


def _skip(source: ByteSource, count: int) -> None:
    found = source.skip(count)
    if found < count:
        reason = f"the vectors of its words: expected {count} more bytes, found {found}"
        raise source.ended_early(reason, line=None)


def _unpack(source: ByteSource, layout: str, what: str) -> tuple[Any, ...]:
    size = struct.calcsize(layout)
    data = source.read(size)
    if len(data) < size:
        raise source.ended_early(f"the fastText model ends before {what}", line=None)
    return struct.unpack(layout, data)
