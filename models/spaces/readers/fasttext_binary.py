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
from isogloss.models.spaces.readers.refused import refusal
from isogloss.models.spaces.readers.request import Collected, Request
from isogloss.models.spaces.readers.word_bytes import take_encoded
from isogloss.models.spaces.subwords import FastTextSubwords

FASTTEXT_MAGIC = (793712314).to_bytes(4, "little")
_NEWEST_VERSION = 12
_SUPERVISED = 3
_LONGEST_NGRAM = 1000
_ROWS_AT_ONCE = 1024
_PARAMETERS = "<12id"
_SIZES = "<3iq"
# Largest values that any trained model has; for telling models without a magic number from noise.
_LARGEST = (1 << 17, 1000, 1 << 20, 1 << 30, 1000, 100, 4, 3, 1 << 30, 100, 100, 1 << 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class FastTextHeader:
    """The parameters that matter for reading (``Args::save`` and ``Dictionary::save``).

    Attributes:
        dimension: Length of the vectors.
        words: Words of the vocabulary.
        labels: Entries of the vocabulary that are labels and have no vector here. Also a model that
            was not trained on labels has one where the text holds a token ``__label__``.
        buckets: Rows of the n-grams' matrix.
        minimum_length: Characters of the shortest n-gram.
        maximum_length: Characters of the longest; 0 where the model has none.
        old: Whether it is of 2016, before files had a magic number and could be quantised.

    """

    dimension: int
    words: int
    labels: int
    buckets: int
    minimum_length: int
    maximum_length: int
    old: bool


def is_old_fasttext(head: bytes) -> bool:
    """Whether a file begins as models did before they had a magic number."""
    size = struct.calcsize(_PARAMETERS)
    if len(head) < size + struct.calcsize(_SIZES):
        return False
    *parameters, sampling = struct.unpack_from(_PARAMETERS, head)
    entries, words, labels, tokens = struct.unpack_from(_SIZES, head, size)
    dimension, window, epochs, _, _, _, loss, model = parameters[:8]
    return (
        all(0 <= value <= most for value, most in zip(parameters, _LARGEST, strict=True))
        and min(dimension, window, epochs, loss, model) > 0
        and 0 <= sampling <= 1
        and words > 0
        and labels >= 0
        and entries == words + labels
        and tokens >= 0
    )


def read_fasttext(source: ByteSource, request: Request) -> Collected:
    """Read a model: the words, and the n-grams for other words.

    Raises:
        UnknownFormatError: It is a classifier, is quantised, or of an unknown version.
        VectorFileError: As ``read_space`` says.

    """
    header = _read_header(source)
    collector = request.collector(header.dimension, header.words)
    read_fasttext_words(source, header, collector)
    return Collected(collector, read_fasttext_subwords(source, header))


def _read_header(source: ByteSource) -> FastTextHeader:
    old = source.peek(len(FASTTEXT_MAGIC)) != FASTTEXT_MAGIC
    if not old:
        _, version = _unpack(source, "<4si", "its version")
        if version > _NEWEST_VERSION:
            reason = f"expected a fastText model of version ≤ {_NEWEST_VERSION}, found {version}"
            raise UnknownFormatError(source.path, reason)
    parameters = _unpack(source, _PARAMETERS, "its parameters")
    dimension, model, buckets, minimum, maximum = (
        int(parameters[index]) for index in (0, 7, 8, 9, 10)
    )
    _, words, labels, _ = _unpack(source, _SIZES, "the size of its vocabulary")
    pruned = -1 if old else _unpack(source, "<q", "the size of its vocabulary")[0]
    # What its header says it was trained as, not whether its text holds labels.
    if model == _SUPERVISED:
        raise refusal(source.path, "fasttext-classifier")
    if pruned >= 0:
        raise refusal(source.path, "fasttext-quantised")
    if dimension < 1 or min(words, buckets, labels) < 0 or maximum > _LONGEST_NGRAM:
        reason = f"a fastText header with dimension {dimension}, {words} words, {buckets} buckets"
        raise UnknownFormatError(source.path, reason)
    if words == 0:
        raise EmptyFileError(source.path, "the fastText model holds no word")
    return FastTextHeader(
        dimension=dimension,
        words=words,
        labels=labels,
        buckets=buckets,
        minimum_length=max(minimum, 1),
        maximum_length=maximum,
        old=old,
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
    names = _read_vocabulary(source, header)
    if not header.old and _unpack(source, "<?", "its matrix")[0]:
        raise refusal(source.path, "fasttext-quantised")
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


def _read_vocabulary(source: ByteSource, header: FastTextHeader) -> list[bytes]:
    """Read words, each closed by NUL and followed by its count (8 bytes) and kind (1 byte).

    Labels come in the same list; the matrix has no rows for them.
    """
    count = header.words + header.labels
    longest = 4 * source.bounds.word_length
    names: list[bytes] = []
    kinds: list[int] = []
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
            kinds.append(data[end + 9])
            begin = end + 10
        rest = data[begin:]
        if len(names) < count and len(rest) > longest:
            reason = f"no end of the word within {longest} bytes"
            raise MalformedLineError(source.path, reason, line=len(names) + 1)
    source.unread(rest)
    words = [name for name, kind in zip(names, kinds, strict=True) if kind == 0]
    if len(words) != header.words:
        reason = f"the fastText header promises {header.words} words, found {len(words)}"
        raise UnknownFormatError(source.path, reason)
    return words


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
