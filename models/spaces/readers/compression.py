"""The compressions that are undone while reading, told from the first bytes."""

from __future__ import annotations

import bz2
import gzip
import lzma
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BufferedIOBase
from types import ModuleType
from typing import Protocol, runtime_checkable

_PACKED_BYTES_AT_ONCE = 1 << 16
WINDOW_BYTES = 1 << 28
"""Most memory that an archive may ask for to be unpacked; ``xz -9`` and ``zstd -19`` need less."""
_LARGEST_ZSTD_WINDOW = 27
"""Its binary logarithm, as ``zstd`` itself allows without being told otherwise."""


@runtime_checkable
class SteppedStream(Protocol):
    """A stream that gives out what one step of decompression gave: the next step may fail."""

    def read1(self, size: int, /) -> bytes:
        """Read at most ``size`` bytes; nothing only at the end."""


class Decompressor(Protocol):
    """What ``bz2``, ``lzma`` and ``zstd`` have in common."""

    @property
    def eof(self) -> bool:
        """Whether the end mark was reached."""

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes without more input."""

    @property
    def unused_data(self) -> bytes:
        """What stood after the end mark."""

    def decompress(self, data: bytes, /, max_length: int = -1) -> bytes:
        """Unpack, giving out at most ``max_length`` bytes."""


@dataclass(frozen=True, slots=True)
class Compression:
    """A way to compress a file.

    Attributes:
        name: As reports call it.
        magic: The first bytes.
        open: Makes the unpacked stream of a packed one.

    """

    name: str
    magic: tuple[bytes, ...]
    open: Callable[[BufferedIOBase], SteppedStream]


class _Unpacked:
    """Unpacks streams that follow each other, never more at a time than is asked for.

    The classes of the standard library do the same, but let an archive choose its memory.
    """

    def __init__(
        self, packed: BufferedIOBase, magic: tuple[bytes, ...], start: Callable[[], Decompressor]
    ) -> None:
        self._packed = packed
        self._magic = magic
        self._start = start
        self._stream = start()
        self._rest = b""

    def read1(self, size: int, /) -> bytes:
        """Read at most ``size`` bytes; nothing only at the end."""
        while not self._stream.eof or self._next():
            packed, self._rest = self._rest, b""
            if not packed and self._stream.needs_input:
                packed = self._packed.read(_PACKED_BYTES_AT_ONCE)
                if not packed:
                    raise EOFError
            if data := self._stream.decompress(packed, size):
                return data
        return b""

    def _next(self) -> bool:
        """Go on with the stream that follows, if one does; other bytes there do not count."""
        rest = self._stream.unused_data.lstrip(b"\0")
        while len(rest) < len(self._magic[0]):
            more = self._packed.read(_PACKED_BYTES_AT_ONCE)
            if not more:
                return False
            rest = (rest + more).lstrip(b"\0")
        if not rest.startswith(self._magic):
            return False
        self._stream, self._rest = self._start(), rest
        return True


def _open_gzip(packed: BufferedIOBase) -> SteppedStream:
    return gzip.GzipFile(fileobj=packed)


def _open_bzip2(packed: BufferedIOBase) -> SteppedStream:
    return _Unpacked(packed, _BZIP2, bz2.BZ2Decompressor)


def _open_xz(packed: BufferedIOBase) -> SteppedStream:
    return _Unpacked(packed, _XZ, lambda: lzma.LZMADecompressor(memlimit=WINDOW_BYTES))


def _open_zstd(packed: BufferedIOBase) -> SteppedStream:
    zstd = _zstd()
    options = {zstd.DecompressionParameter.window_log_max: _LARGEST_ZSTD_WINDOW}
    return _Unpacked(packed, _ZSTD, lambda: zstd.ZstdDecompressor(options=options))


def _zstd() -> ModuleType:
    if sys.version_info >= (3, 14):
        from compression import zstd  # noqa: PLC0415
    else:
        from backports import zstd  # noqa: PLC0415
    return zstd


_GZIP = (b"\x1f\x8b",)
_BZIP2 = (b"BZh",)
_XZ = (b"\xfd7zXZ\x00", b"\x5d\x00\x00")
# The second kind are frames that hold no data; some tools begin with one.
_ZSTD = (b"\x28\xb5\x2f\xfd", *(bytes((0x50 + kind, 0x2A, 0x4D, 0x18)) for kind in range(16)))

COMPRESSIONS = (
    Compression("gzip", _GZIP, _open_gzip),
    Compression("bzip2", _BZIP2, _open_bzip2),
    Compression("xz", _XZ, _open_xz),
    Compression("zstd", _ZSTD, _open_zstd),
)
"""All of them but zip, which is a folder too."""

LONGEST_MAGIC = max(len(magic) for each in COMPRESSIONS for magic in each.magic)


def wants_memory(error: Exception) -> bool:
    """Whether a decompressor refused to take as much memory as the archive asks for."""
    # Neither library has an error of its own for it.
    return "memory" in str(error).lower() and damage_of(error) is not None


def damage_of(error: Exception) -> str | None:
    """Say what an error of a decompressor means for the file; None where it is another error."""
    if isinstance(error, lzma.LZMAError | zlib.error | zipfile.BadZipFile | gzip.BadGzipFile):
        return str(error)
    # zstd's own error is looked for by name: the module is loaded only where such a file is.
    if type(error).__name__ == "ZstdError" or (isinstance(error, OSError) and error.errno is None):
        return str(error)
    return None
