"""Vectors as a NumPy array, ``.npy``: the form says at its head how many rows there are."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np

from isogloss.service.errors import ServiceError
from isogloss.service.streaming.rows import AlignedRows, MalformedStreamError, Rows
from isogloss.service.streaming.vectors import checked_rows

_LONGEST_HEAD = 4096
_VERSIONS = {
    (1, 0): (2, np.lib.format.read_array_header_1_0),
    (2, 0): (4, np.lib.format.read_array_header_2_0),
}
_PREFIX = len(np.lib.format.MAGIC_PREFIX) + 2


class NpyDecoder:
    """Reads a matrix of shape [n, dimension], of float16, float32 or float64, row by row."""

    def __init__(self, dimension: int) -> None:
        self.rows_promised: int | None = None
        self._dimension = dimension
        self._type = np.dtype(np.float32)
        self._rest = b""
        self._rows = 0

    def feed(self, data: bytes) -> Iterator[Rows]:
        """Give out the rows that are complete."""
        data = self._rest + data if self._rest else data
        if self.rows_promised is None:
            data = self._read_head(data)
            if self.rows_promised is None:
                self._rest = data
                return
        size = self._dimension * self._type.itemsize
        count = len(data) // size
        self._rest = data[count * size :]
        left = self.rows_promised - self._rows
        if count > left or (count == left and self._rest):
            raise MalformedStreamError(
                f"the array promises {self.rows_promised} rows, found more bytes",
                expected=f"{self.rows_promised} rows",
                found="more",
            )
        if not count:
            return
        array = np.frombuffer(data, self._type, count * self._dimension)
        rows = checked_rows(self._rows, array.reshape(count, self._dimension))
        self._rows += count
        yield rows

    def end(self) -> Iterator[Rows]:
        """Check that all rows came."""
        if self.rows_promised is None:
            raise MalformedStreamError(
                "the body ends within the head of the array",
                expected="an array",
                found=f"{len(self._rest)} bytes",
            )
        if self._rows < self.rows_promised:
            raise MalformedStreamError(
                f"the array promises {self.rows_promised} rows, found {self._rows}",
                expected=f"{self.rows_promised} rows",
                found=f"{self._rows} rows",
            )
        return iter(())

    def _read_head(self, data: bytes) -> bytes:
        """Read the head, and return what stands behind it; all where the head is not complete."""
        magic = np.lib.format.MAGIC_PREFIX
        if not data.startswith(magic[: len(data)]):
            raise MalformedStreamError(
                "expected an array of NumPy", expected=repr(magic), found=repr(data[:6])
            )
        if len(data) < _PREFIX:
            return data
        version = (data[_PREFIX - 2], data[_PREFIX - 1])
        if version not in _VERSIONS:
            raise MalformedStreamError(
                f"npy version {version[0]}.{version[1]}",
                expected="1.0 or 2.0",
                found=f"{version[0]}.{version[1]}",
            )
        width, read = _VERSIONS[version]
        begin = _PREFIX + width
        if len(data) < begin:
            return data
        length = int.from_bytes(data[_PREFIX:begin], "little")
        if length > _LONGEST_HEAD:
            raise MalformedStreamError(
                f"head of the array: expected at most {_LONGEST_HEAD} bytes, found {length}",
                expected=f"at most {_LONGEST_HEAD} bytes",
                found=str(length),
            )
        if len(data) < begin + length:
            return data
        try:
            shape, by_column, self._type = read(io.BytesIO(data[_PREFIX:]))
        except Exception as error:  # whatever a forged head makes NumPy's parser raise
            raise MalformedStreamError("the head of the array cannot be read") from error
        self._check(shape, by_column=by_column)
        self.rows_promised = shape[0]
        return data[begin + length :]

    def _check(self, shape: tuple[int, ...], *, by_column: bool) -> None:
        if self._type.kind != "f" or self._type.itemsize > 8:
            raise MalformedStreamError(
                f"array: expected float16, float32 or float64, found {self._type}",
                expected="float16, float32 or float64",
                found=str(self._type),
            )
        if by_column:
            raise MalformedStreamError(
                "array: expected row by row, found column by column",
                expected="fortran_order: False",
                found="fortran_order: True",
            )
        if len(shape) != 2 or shape[1] != self._dimension or shape[0] < 0:
            raise MalformedStreamError(
                f"array: expected shape [n, {self._dimension}], found {list(shape)}",
                expected=f"[n, {self._dimension}]",
                found=str(list(shape)),
            )


class NpyEncoder:
    """Writes vectors as a float32 matrix; a row without an answer is NaN."""

    def __init__(self, rows: int, dimension: int) -> None:
        self._head = _head(rows, dimension)

    def write(self, answers: AlignedRows) -> bytes:
        """Write rows."""
        head, self._head = self._head, b""
        return head + answers.vectors.astype("<f4", copy=False).tobytes()

    def end(self) -> bytes:
        """Write the head of an array without rows."""
        return self._head

    def fail(self, error: ServiceError) -> bytes:
        """Write nothing: the array ends too early, and so says that it failed."""
        return b""


def _head(rows: int, dimension: int) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": "<f4", "fortran_order": False, "shape": (rows, dimension)}
    )
    return stream.getvalue()
