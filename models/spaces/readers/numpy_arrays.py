"""Reads arrays of NumPy: ``.npy`` with a list of words beside it, and ``.npz`` with both."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from tokenize import TokenError
from typing import IO, NamedTuple, cast

import numpy as np

from isogloss.models.errors import EmptyFileError, UnknownFormatError
from isogloss.models.spaces.readers.byte_source import (
    ByteSource,
    open_member,
    open_packed,
    open_zip,
)
from isogloss.models.spaces.readers.collector import Collector
from isogloss.models.spaces.readers.request import Collected, Request
from isogloss.models.spaces.readers.word_bytes import take_encoded
from isogloss.models.spaces.readers.word_list import check_word_list, read_word_list

_BYTES_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class ArrayHeader:
    """Shape and type of an array that is still to be read, row by row."""

    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]


def read_npy(source: ByteSource, request: Request) -> Collected:
    """Read a ``.npy`` and the list of words that belongs to it.

    Raises:
        VectorFileError: As ``read_space`` says.

    """
    header = read_vectors_header(source)
    words = read_word_list(request)
    collector = request.collector(header.shape[1], header.shape[0])
    read_vectors(source, header, words, collector)
    return Collected(collector)


def read_vectors_header(source: ByteSource, name: str = "the array") -> ArrayHeader:
    """Read the header of a matrix of vectors.

    Args:
        source: The stream, at the beginning of the array.
        name: What the array is called in errors.

    Raises:
        UnknownFormatError: It is no matrix of floating-point numbers, stored by rows.
        EmptyFileError: It has no row or no column.
        TruncatedFileError: The file ends within the header.

    """
    header = _read_header(source, name)
    if header.dtype.kind != "f" or len(header.shape) != 2:
        found = f"{header.dtype} of shape {list(header.shape)}"
        reason = f"{name}: expected floating-point numbers [words, dimension], found {found}"
        if header.dtype.kind in "iu" and len(header.shape) == 2:
            reason += "; save it as astype('float32')"
        raise UnknownFormatError(source.path, reason)
    if 0 in header.shape:
        raise EmptyFileError(source.path, f"{name}: has shape {list(header.shape)}")
    return header


def read_vectors(
    source: ByteSource, header: ArrayHeader, words: Sequence[bytes], collector: Collector
) -> None:
    """Read the rows of a matrix, each with its word.

    Args:
        source: The stream, after the header.
        header: Shape and type of the matrix.
        words: A word per row, in UTF-8.
        collector: Where they go.

    Raises:
        VectorFileError: As ``read_space`` says.

    """
    check_word_list(source.path, len(words), header.shape[0])
    row = 0
    for block in _read_blocks(source, header):
        take_encoded(words[row : row + len(block)], block, row + 1, collector)
        row += len(block)
        if collector.full:
            return
    if row < len(words):
        reason = f"expected {len(words)} vectors, found {row}"
        collector.refuse(source.ended_early(reason, line=row + 1), count=len(words) - row)


def read_npz(source: ByteSource, request: Request) -> Collected:
    """Read a ``.npz``: the strings and the matrix of numbers in it, whatever they are called.

    Raises:
        UnknownFormatError: It does not hold one of each.
        VectorFileError: It cannot be read.

    """
    with contextlib.ExitStack() as stack:
        raw, packed = stack.enter_context(open_packed(source.path))
        archive = stack.enter_context(open_zip(source.path, raw))

        def opened(name: str) -> ByteSource:
            member = stack.enter_context(open_member(source.path, archive, name))
            return ByteSource(source.path, member, "zip", bounds=source.bounds, packed=packed)

        names = _members(archive, opened)
        words = _read_words(opened(names.words), names.words)
        vectors = opened(names.vectors)
        header = read_vectors_header(vectors, names.vectors.removesuffix(".npy"))
        collector = request.collector(header.shape[1], header.shape[0])
        read_vectors(vectors, header, words, collector)
    return Collected(collector)


class _Members(NamedTuple):
    words: str
    vectors: str


_MEMBERS = _Members("words.npy", "vectors.npy")


def _members(archive: zipfile.ZipFile, opened: Callable[[str], ByteSource]) -> _Members:
    """Find the strings and the matrix; by their names, else by what they hold."""
    names = [name for name in archive.namelist() if name.endswith(".npy")]
    if set(_MEMBERS) <= set(names):
        return _MEMBERS
    headers = {name: _read_header(opened(name), name.removesuffix(".npy")) for name in names[:64]}
    lists = [name for name, header in headers.items() if header.dtype.kind in "US"]
    matrices = [name for name, header in headers.items() if len(header.shape) == 2]
    if len(lists) != 1 or len(matrices) != 1:
        keys = ", ".join(
            f"{name.removesuffix('.npy')} ({header.dtype} {list(header.shape)})"
            for name, header in headers.items()
        )
        reason = f"expected an .npz with the keys words and vectors, found {keys}"
        raise UnknownFormatError(opened(names[0]).path, reason)
    return _Members(lists[0], matrices[0])


def _read_words(source: ByteSource, name: str) -> list[bytes]:
    header = _read_header(source, name.removesuffix(".npy"))
    if header.dtype.kind not in "US" or len(header.shape) != 1:
        found = f"{header.dtype} of shape {list(header.shape)}"
        reason = f"words: expected a list of strings [words], found {found}"
        raise UnknownFormatError(source.path, reason)
    words: list[bytes] = []
    for block in _read_blocks(source, header):
        if header.dtype.kind == "S":
            words.extend(block.tolist())
        else:
            # Half of a surrogate pair passes here, and is refused when the word is decoded.
            words.extend(word.encode("utf-8", "surrogatepass") for word in block.tolist())
    if len(words) < header.shape[0]:
        reason = f"words: expected {header.shape[0]}, found {len(words)}"
        raise source.ended_early(reason, line=len(words) + 1)
    return words


def _read_header(source: ByteSource, name: str) -> ArrayHeader:
    stream = cast("IO[bytes]", source)
    try:
        version = np.lib.format.read_magic(stream)
        if version == (1, 0):
            shape, by_column, dtype = np.lib.format.read_array_header_1_0(stream)
        else:
            shape, by_column, dtype = np.lib.format.read_array_header_2_0(stream)
    # The header is a Python literal, which NumPy parses by several means.
    except (ValueError, SyntaxError, TypeError, OverflowError, RecursionError, TokenError) as error:
        if not source.peek(1):
            raise source.ended_early(f"{name}: {error}", line=None) from error
        raise UnknownFormatError(source.path, f"{name}: {error}") from error
    if dtype.hasobject:
        reason = (
            f"{name}: holds Python objects (a pickle), which are never read; save words as "
            "numpy.array(words, dtype=str), numbers as astype('float32')"
        )
        raise UnknownFormatError(source.path, reason)
    if by_column and len(shape) > 1:
        reason = f"{name}: is stored by columns; save numpy.ascontiguousarray of it"
        raise UnknownFormatError(source.path, reason)
    return ArrayHeader(shape, dtype)


def _read_blocks(source: ByteSource, header: ArrayHeader) -> Iterator[np.ndarray]:
    """Give out the whole rows that there are, some at a time."""
    width = int(np.prod(header.shape[1:], dtype=np.int64))
    size = max(width * header.dtype.itemsize, 1)
    left = header.shape[0]
    while left > 0:
        count = min(left, max(1, _BYTES_AT_ONCE // size))
        data = source.read(count * size)
        whole = len(data) // size
        if whole:
            block = np.frombuffer(data[: whole * size], header.dtype)
            yield block.reshape(whole, *header.shape[1:])
        if whole < count:
            return
        left -= count
