"""Reads the binary format of word2vec."""

from __future__ import annotations

import numpy as np

from isogloss.models.errors import MalformedLineError
from isogloss.models.spaces.readers.byte_source import ByteSource
from isogloss.models.spaces.readers.collector import Collector
from isogloss.models.spaces.readers.word_bytes import take_encoded


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
