"""Reads safetensors: a matrix of vectors, its words in the metadata or in a list beside it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from isogloss.models.errors import (
    CorruptArchiveError,
    EmptyFileError,
    TruncatedFileError,
    UnknownFormatError,
    WordListError,
)
from isogloss.models.spaces.readers.byte_source import ByteSource
from isogloss.models.spaces.readers.head import Head
from isogloss.models.spaces.readers.request import Collected, Request
from isogloss.models.spaces.readers.word_bytes import take_encoded
from isogloss.models.spaces.readers.word_list import check_word_list, read_word_list

_BYTES_AT_ONCE = 1 << 20
_LENGTH = 8
_LONGEST_HEADER = 100_000_000
"""As the library itself allows."""
_TYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "BF16": "<u2"}


def is_safetensors(head: Head) -> bool:
    """Whether a file begins with the length of a JSON object, and that object."""
    length = int.from_bytes(head.data[:_LENGTH], "little")
    begins = head.data[_LENGTH : _LENGTH + 1] == b"{"
    return begins and 2 <= length <= _LONGEST_HEADER and b'"' in head.data[_LENGTH : _LENGTH + 8]


def read_safetensors(source: ByteSource, request: Request) -> Collected:
    """Read the tensor ``vectors``, else the only matrix.

    The words are a JSON list under ``words`` in the metadata, else a list as of a ``.npy``.

    Raises:
        UnknownFormatError: There is no such tensor, or it holds no floating-point numbers.
        WordListError: There are no words, or not as many as vectors.
        VectorFileError: It cannot be read.

    """
    header = _read_header(source)
    name, tensor = _matrix(source, header)
    count, dimension = tensor["shape"]
    words = _words(source, header, request)
    check_word_list(source.path, len(words), count)
    collector = request.collector(dimension, count)
    begin, end = tensor["data_offsets"]
    kind = np.dtype(_TYPES[tensor["dtype"]])
    if end - begin != count * dimension * kind.itemsize:
        reason = f"{name}: {end - begin} bytes for {[count, dimension]} of {tensor['dtype']}"
        raise CorruptArchiveError(source.path, reason)
    source.skip(begin)
    row, width = 0, dimension * kind.itemsize
    while row < count and not collector.full:
        data = source.read(min(count - row, max(1, _BYTES_AT_ONCE // width)) * width)
        whole = len(data) // width
        block = np.frombuffer(data[: whole * width], kind).reshape(whole, dimension)
        if tensor["dtype"] == "BF16":
            block = (block.astype(np.uint32) << 16).view(np.float32)
        take_encoded(words[row : row + whole], block, row + 1, collector)
        row += whole
        if len(data) < width or len(data) % width:
            reason = f"expected {count} vectors, found {row}"
            collector.refuse(source.ended_early(reason, line=row + 1), count=count - row)
            break
    return Collected(collector)


def _read_header(source: ByteSource) -> dict[str, Any]:
    length = int.from_bytes(source.read(_LENGTH), "little")
    data = source.read(length)
    if len(data) < length:
        raise TruncatedFileError(source.path, "the safetensors file ends within its header")
    try:
        header = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise CorruptArchiveError(source.path, f"the header is no JSON: {error}") from error
    if not isinstance(header, dict):
        raise CorruptArchiveError(source.path, "the header is no JSON object")
    return header


def _matrix(source: ByteSource, header: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    tensors = {name: each for name, each in header.items() if _is_tensor(each)}
    matrices = [name for name, each in tensors.items() if len(each["shape"]) == 2]
    chosen = "vectors" if "vectors" in matrices else matrices[0] if len(matrices) == 1 else None
    if chosen is None or tensors[chosen]["dtype"] not in _TYPES:
        found = ", ".join(
            f"{name} ({each['dtype']} {each['shape']})" for name, each in [*tensors.items()][:8]
        )
        reason = f"expected a tensor vectors of floating-point numbers, found {found or 'none'}"
        raise UnknownFormatError(source.path, reason)
    if 0 in tensors[chosen]["shape"]:
        raise EmptyFileError(source.path, f"{chosen}: has shape {tensors[chosen]['shape']}")
    return chosen, tensors[chosen]


def _is_tensor(entry: object) -> bool:
    if not isinstance(entry, dict):
        return False
    shape, offsets = entry.get("shape"), entry.get("data_offsets")
    return (
        isinstance(entry.get("dtype"), str)
        and isinstance(shape, list)
        and isinstance(offsets, list)
        and len(offsets) == 2
        and all(isinstance(each, int) and 0 <= each < 1 << 62 for each in (*shape, *offsets))
        and offsets[0] <= offsets[1]
    )


def _words(source: ByteSource, header: dict[str, Any], request: Request) -> list[bytes]:
    metadata = header.get("__metadata__")
    listed = metadata.get("words") if isinstance(metadata, dict) else None
    if listed is None or request.words is not None:
        return read_word_list(request)
    try:
        words = json.loads(listed)
        # Half of a surrogate pair passes here, and is refused when the word is decoded.
        return [word.encode("utf-8", "surrogatepass") for word in words]
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        reason = "words in the metadata: expected a JSON list of strings"
        raise WordListError(source.path, reason) from error
