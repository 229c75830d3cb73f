"""Reads arrays of NumPy: ``.npy`` with a list of words beside it, and ``.npz`` with both."""

from __future__ import annotations

import codecs
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import numpy as np

from isogloss.models.errors import EmptyFileError, UnknownFormatError, WordListError
from isogloss.models.spaces.readers.bounds import DEFAULT_BOUNDS, ReadBounds
from isogloss.models.spaces.readers.byte_source import (
    ByteSource,
    PackedFile,
    open_member,
    open_source,
)
from isogloss.models.spaces.readers.collector import Collector
from isogloss.models.spaces.readers.word_bytes import take_encoded

_BYTES_AT_ONCE = 1 << 20
_MEMBERS = ("words.npy", "vectors.npy")


@dataclass(frozen=True, slots=True)
class ArrayHeader:
    """Shape and type of an array that is still to be read, row by row."""

    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]


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
    if len(words) != header.shape[0]:
        reason = f"expected a word for each of {header.shape[0]} vectors, found {len(words)}"
        raise WordListError(source.path, reason)
    row = 0
    for block in _read_blocks(source, header):
        take_encoded(words[row : row + len(block)], block, row + 1, collector)
        row += len(block)
        if collector.full:
            return
    if row < len(words):
        reason = f"expected {len(words)} vectors, found {row}"
        collector.refuse(source.ended_early(reason, line=row + 1), count=len(words) - row)


def read_word_list(
    path: Path, words: Path | None, bounds: ReadBounds = DEFAULT_BOUNDS
) -> list[bytes]:
    """Read the word list of an array: one word per line, nothing stripped but the line end.

    Args:
        path: The array.
        words: The list; None looks for ``NAME.words.txt`` and ``NAME.txt`` beside the array.
        bounds: How much it may hold.

    Raises:
        WordListError: There is none.
        VectorFileError: It cannot be read.

    """
    if words is None:
        candidates = [path.with_name(path.stem + ending) for ending in (".words.txt", ".txt")]
        words = next((candidate for candidate in candidates if candidate.is_file()), None)
        if words is None:
            tried = " and ".join(candidate.name for candidate in candidates)
            raise WordListError(path, f"an array needs a list of words; tried {tried} beside it")
    pieces: list[bytes] = []
    with open_source(words, bounds) as source:
        while chunk := source.read_chunk():
            pieces.append(chunk)
        if source.failure is not None:
            raise source.failure
    text = b"".join(pieces).removeprefix(codecs.BOM_UTF8)
    return text.replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n")


def has_arrays(archive: zipfile.ZipFile) -> bool:
    """Whether a zip archive is a ``.npz``."""
    return any(name.endswith(".npy") for name in archive.namelist())


def open_archived_vectors(
    path: Path, archive: zipfile.ZipFile, packed: PackedFile, bounds: ReadBounds
) -> tuple[list[bytes], ByteSource, ArrayHeader]:
    """Read the words of a ``.npz`` and open its vectors.

    Returns:
        The words in UTF-8, the stream after the header of the vectors, and that header.

    Raises:
        UnknownFormatError: It lacks ``words`` or ``vectors``, or ``words`` is no list of strings.
        VectorFileError: It cannot be read.

    """
    missing = [name for name in _MEMBERS if name not in archive.namelist()]
    if missing:
        keys = ", ".join(name.removesuffix(".npy") for name in archive.namelist())
        reason = f"expected an .npz with the keys words and vectors, found {keys}"
        raise UnknownFormatError(path, reason)
    with open_member(path, archive, "words.npy") as member:
        words = _read_words(ByteSource(path, member, "zip", bounds=bounds, packed=packed))
    member = open_member(path, archive, "vectors.npy")
    source = ByteSource(path, member, "zip", bounds=bounds, packed=packed)
    return words, source, read_vectors_header(source, "vectors")


def _read_words(source: ByteSource) -> list[bytes]:
    header = _read_header(source, "words")
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
    except ValueError as error:
        if not source.peek(1):
            raise source.ended_early(f"{name}: {error}", line=None) from error
        raise UnknownFormatError(source.path, f"{name}: {error}") from error
    if dtype.hasobject:
        reason = f"{name}: holds Python objects (a pickle), which are never read"
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
