"""Reads tables of Parquet and Arrow: a column of words, and their vectors."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from isogloss.models.errors import (
    CorruptArchiveError,
    DependencyError,
    MalformedLineError,
    UnknownFormatError,
    UnpackedSizeError,
    UnreadableFileError,
    WrongDimensionError,
)
from isogloss.models.spaces.readers.byte_source import ByteSource
from isogloss.models.spaces.readers.head import Head
from isogloss.models.spaces.readers.request import Collected, Request
from isogloss.models.spaces.readers.word_bytes import take_encoded

ARROW_MAGIC = b"ARROW1\0\0"
_PARQUET_MAGIC = b"PAR1"
_ROWS_AT_ONCE = 1024
_ADVICE = "one column of words and one of lists of numbers, or some named word and vector"


def is_parquet(head: Head) -> bool:
    """Whether a file begins as Parquet does, and not as a text whose first word is its magic."""
    return head.starts_with(_PARQUET_MAGIC) and head.data[4:5] not in (b"", b" ", b"\t")


def read_parquet(source: ByteSource, request: Request) -> Collected:
    """Read a Parquet file.

    Raises:
        DependencyError: PyArrow is not installed.
        VectorFileError: As ``read_space`` says.

    """
    return _read(source, request, "Parquet")


def read_arrow(source: ByteSource, request: Request) -> Collected:
    """Read a file of Arrow (Feather); see :func:`read_parquet`."""
    return _read(source, request, "Arrow")


def _read(source: ByteSource, request: Request, kind: str) -> Collected:
    path = source.path
    if source.compression != "none" or not path.is_file():
        reason = f"{kind} is read from the file itself: not from a pipe, nor compressed once more"
        raise UnreadableFileError(path, reason)
    try:
        import pyarrow as arrow  # noqa: PLC0415
    except ModuleNotFoundError as error:
        message = f"reading {kind} needs pyarrow, which is not installed; pip install pyarrow"
        raise DependencyError(message) from error
    collected: Collected | None = None
    row = 0
    try:
        with _opened(path, kind) as table:
            word, vectors = _columns(path, table.schema)
            for batch in table.batches([word, *vectors]):
                _check_bounds(batch, source)
                if collected is None:
                    dimension = _dimension(batch, vectors)
                    collected = Collected(request.collector(dimension, None))
                _take(batch, word, vectors, row + 1, collected)
                row += batch.num_rows
                if collected.collector.full:
                    break
    except (arrow.ArrowException, OSError, UnicodeDecodeError, SystemError, OverflowError) as error:
        reason = f"the {kind} file is damaged: {' '.join(str(error).split())[:200]}"
        raise CorruptArchiveError(path, reason, line=row + 1) from error
    if collected is None:
        collected = Collected(request.collector(1, None))
    return collected


class _Table:
    """A file of record batches."""

    def __init__(self, file: Any, kind: str) -> None:
        self._file = file
        self._kind = kind
        self.schema = file.schema_arrow if kind == "Parquet" else file.schema

    def batches(self, columns: list[str]) -> Iterator[Any]:
        if self._kind == "Parquet":
            batches = self._file.iter_batches(_ROWS_AT_ONCE, columns=columns)
        else:
            batches = (
                _validated(self._file.get_batch(number)).select(columns)
                for number in range(self._file.num_record_batches)
            )
        return (batch for batch in batches if batch.num_rows)


def _validated(batch: Any) -> Any:
    """Check every offset: one that points elsewhere would end the process."""
    batch.validate(full=True)
    return batch


@contextlib.contextmanager
def _opened(path: Path, kind: str) -> Iterator[_Table]:
    import pyarrow as arrow  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    # Not mapped: a file that shrinks meanwhile would end the process.
    with arrow.OSFile(str(path)) as file:
        if kind == "Parquet":
            yield _Table(parquet.ParquetFile(file), kind)
        else:
            yield _Table(arrow.ipc.open_file(file), kind)


def _columns(path: Path, schema: Any) -> tuple[str, list[str]]:
    """Find the column of words, and that of vectors or the columns of their numbers."""
    from pyarrow import types  # noqa: PLC0415

    strings, lists, floats, whole = [], [], [], []
    for field in schema:
        kind = field.type.value_type if types.is_dictionary(field.type) else field.type
        if types.is_string(kind) or types.is_large_string(kind):
            strings.append(field.name)
        elif types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
            if types.is_floating(kind.value_type):
                lists.append(field.name)
        elif types.is_floating(kind):
            floats.append(field.name)
        elif types.is_integer(kind):
            whole.append(field.name)
    strings = ["word"] if "word" in strings else strings
    lists = ["vector"] if "vector" in lists else lists
    if len(strings) != 1 or len(lists) > 1 or not (lists or floats):
        found = ", ".join(f"{field.name} ({field.type})" for field in schema)
        raise UnknownFormatError(path, f"expected {_ADVICE}; found {found[:200]}")
    if not lists and whole:
        reason = f"the column {whole[0]} holds whole numbers, unlike the vectors: take it out"
        raise UnknownFormatError(path, reason)
    return strings[0], lists or floats


def _check_bounds(batch: Any, source: ByteSource) -> None:
    most = source.bounds.unpacked_bytes
    if most is not None and batch.nbytes > most:
        raise UnpackedSizeError(source.path, f"expected at most {most} bytes, found more")


def _dimension(batch: Any, vectors: list[str]) -> int:
    if len(vectors) > 1:
        return len(vectors)
    first = batch.column(vectors[0])[0].as_py()
    return len(first) if isinstance(first, list) and first else 1


def _take(batch: Any, word: str, vectors: list[str], first: int, collected: Collected) -> None:
    """Hand over the rows of a batch; one by one where some do not fit."""
    collector = collected.collector
    names = _encoded(batch.column(word))
    matrix = _matrix(batch, vectors, collector.dimension)
    known = [name for name in names if name is not None]
    if matrix is not None and len(known) == len(names):
        take_encoded(known, matrix, first, collector)
        return
    columns = [batch.column(name).to_pylist() for name in vectors]
    rows = columns[0] if len(columns) == 1 else zip(*columns, strict=True)
    for line, (name, row) in enumerate(zip(names, rows, strict=True), start=first):
        if collector.full:
            return
        if name is None or row is None or None in row:
            reason = "expected a word and its vector, found an empty cell"
            collector.refuse(MalformedLineError(collector.path, reason, line=line))
        elif len(row) != collector.dimension:
            expected = f"expected {collector.dimension} numbers, found {len(row)}"
            reason = f"vector of {name.decode('utf-8', 'backslashreplace')!r}: {expected}"
            collector.refuse(WrongDimensionError(collector.path, reason, line=line))
        else:
            take_encoded([name], np.array([row], np.float64), line, collector)


def _encoded(column: Any) -> list[bytes | None]:
    """Words as they stand in the file, which need not be UTF-8."""
    import pyarrow as arrow  # noqa: PLC0415

    if isinstance(column, arrow.DictionaryArray):
        column = column.dictionary_decode()
    names: list[bytes | None] = column.cast(arrow.large_binary()).to_pylist()
    return names


def _matrix(batch: Any, vectors: list[str], dimension: int) -> np.ndarray | None:
    """Numbers of a batch, [rows, dimension]; None where a cell is empty or a list too long."""
    columns = [batch.column(name) for name in vectors]
    if any(column.null_count for column in columns):
        return None
    if len(columns) > 1:
        return np.stack([column.to_numpy(zero_copy_only=False) for column in columns], axis=1)
    lengths = columns[0].value_lengths().to_numpy(zero_copy_only=False)
    numbers = columns[0].flatten()
    if numbers.null_count or not (lengths == dimension).all():
        return None
    matrix: np.ndarray = numbers.to_numpy(zero_copy_only=False).reshape(-1, dimension)
    return matrix
