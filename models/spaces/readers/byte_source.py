"""A stream of bytes that can be looked at before it is read, whatever it was compressed with."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol, cast, runtime_checkable

from isogloss.models.errors import (
    CorruptArchiveError,
    EmptyFileError,
    TruncatedFileError,
    UnreadableFileError,
    VectorFileError,
)

_BYTES_AT_ONCE = 1 << 20


@runtime_checkable
class SteppedStream(Protocol):
    """A stream that gives out what one step of decompression gave: the next step may fail."""

    def read1(self, size: int, /) -> bytes:
        """Read at most ``size`` bytes; nothing only at the end."""


class ByteSource:
    """Reads bytes in order; what arrived before a failure is delivered before the failure counts.

    A truncated archive still holds whole words. So a failure of the decompression ends the stream,
    as the end of the file does, and is kept in ``failure`` for the reader to raise or to report.

    Attributes:
        path: The file.
        compression: ``none``, ``gzip``, ``bzip2``, ``xz`` or ``zip``.
        failure: Why the stream ended before its end, or None.

    """

    def __init__(self, path: Path, stream: SteppedStream, compression: str) -> None:
        self.path = path
        self.compression = compression
        self.failure: VectorFileError | None = None
        self._stream = stream
        self._ahead = b""
        self._ended = False

    def peek(self, count: int) -> bytes:
        """Return the next ``count`` bytes, or all that are left, without consuming them."""
        if len(self._ahead) < count:
            self._ahead += self._fetch(count - len(self._ahead))
        return self._ahead[:count]

    def peek_lines(self, count: int, *, most: int) -> bytes:
        """Return at least ``count`` lines if that takes no more than ``most`` bytes."""
        size = _BYTES_AT_ONCE >> 4
        while len(head := self.peek(size)) == size < most and head.count(b"\n") < count:
            size = min(4 * size, most)
        return head

    def read(self, count: int) -> bytes:
        """Consume ``count`` bytes, or all that are left."""
        taken, self._ahead = self._ahead[:count], self._ahead[count:]
        if len(taken) < count:
            taken += self._fetch(count - len(taken))
        return taken

    def read_chunk(self) -> bytes:
        """Consume a convenient number of bytes; nothing only at the end."""
        return self.read(max(len(self._ahead), _BYTES_AT_ONCE))

    def unread(self, data: bytes) -> None:
        """Put bytes back that were consumed too many."""
        self._ahead = data + self._ahead

    def read_into(self, target: memoryview) -> int:
        """Fill ``target`` and return how many bytes there were."""
        filled = 0
        while filled < len(target):
            piece = self.read(min(_BYTES_AT_ONCE, len(target) - filled))
            if not piece:
                break
            target[filled : filled + len(piece)] = piece
            filled += len(piece)
        return filled

    def skip(self, count: int) -> int:
        """Consume ``count`` bytes unseen and return how many there were."""
        skipped = 0
        while skipped < count:
            piece = self.read(min(_BYTES_AT_ONCE, count - skipped))
            if not piece:
                break
            skipped += len(piece)
        return skipped

    def ended_early(self, reason: str, *, line: int | None) -> VectorFileError:
        """Build the error of a stream that ended too early; the archive's own goes first."""
        if self.failure is None:
            return TruncatedFileError(self.path, reason, line=line)
        return type(self.failure)(self.path, self.failure.reason, line=line)

    def _fetch(self, count: int) -> bytes:
        pieces: list[bytes] = []
        while count > 0 and not self._ended:
            try:
                piece = self._stream.read1(count)
            except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
                self.failure = _named(self.path, error)
                piece = b""
            self._ended = not piece
            pieces.append(piece)
            count -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


@contextlib.contextmanager
def open_source(path: Path) -> Iterator[ByteSource]:
    """Open a file, through its decompression where its first bytes say that it is compressed.

    Raises:
        UnreadableFileError: The file is missing, is a directory or may not be read.
        EmptyFileError: The file, or the archive, holds nothing.
        CorruptArchiveError: A zip archive holds several files, an encrypted one, or is damaged.
        TruncatedFileError: A zip archive lacks its end.

    """
    with contextlib.ExitStack() as stack:
        try:
            raw = stack.enter_context(path.open("rb"))
            magic = raw.peek(6)[:6]
        except OSError as error:
            raise UnreadableFileError(path, f"cannot be read: {error.strerror}") from error
        if not magic:
            raise EmptyFileError(path, "expected words with vectors, found an empty file")
        stream: SteppedStream = raw
        compression = "none"
        if magic.startswith(b"\x1f\x8b"):
            compression, stream = "gzip", stack.enter_context(gzip.GzipFile(fileobj=raw))
        elif magic.startswith(b"BZh"):
            compression, stream = "bzip2", stack.enter_context(bz2.BZ2File(raw))
        elif magic.startswith(b"\xfd7zXZ\x00"):
            compression, stream = "xz", stack.enter_context(lzma.LZMAFile(raw))
        elif magic.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            archive = stack.enter_context(open_zip(path, raw))
            compression, stream = "zip", stack.enter_context(_only_member(path, archive))
        source = ByteSource(path, stream, compression)
        if not source.peek(1):
            raise source.failure or EmptyFileError(path, f"the {compression} archive holds no byte")
        yield source


def open_zip(path: Path, stream: IO[bytes]) -> zipfile.ZipFile:
    """Open a zip archive.

    Raises:
        TruncatedFileError: The archive lacks its directory, which stands at its end.

    """
    try:
        return zipfile.ZipFile(stream)
    except zipfile.BadZipFile as error:
        raise TruncatedFileError(path, f"the zip archive lacks its end: {error}") from error


def open_member(path: Path, archive: zipfile.ZipFile, name: str) -> zipfile.ZipExtFile:
    """Open one file of a zip archive.

    Raises:
        CorruptArchiveError: The file is encrypted, damaged or compressed in an unknown way.

    """
    try:
        # The signature promises less than what there is, which can read in steps.
        return cast("zipfile.ZipExtFile", archive.open(name))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise CorruptArchiveError(path, f"{name} in the zip archive: {error}") from error


def _only_member(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipExtFile:
    names = [member.filename for member in archive.infolist() if not member.is_dir()]
    if not names:
        raise EmptyFileError(path, "the zip archive holds no file")
    if len(names) > 1:
        listed = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
        raise CorruptArchiveError(
            path, f"expected one file in the zip archive, found {len(names)}: {listed}"
        )
    return open_member(path, archive, names[0])


def _named(path: Path, error: Exception) -> VectorFileError:
    # gzip, bz2 and zipfile raise EOFError at a missing end; lzma and zlib say so in words.
    if isinstance(error, EOFError) or "incomplete" in str(error).lower():
        return TruncatedFileError(path, "the archive ends before its end mark")
    if isinstance(error, (gzip.BadGzipFile, zlib.error, lzma.LZMAError, zipfile.BadZipFile)):
        return CorruptArchiveError(path, f"the archive is damaged: {error}")
    if isinstance(error, OSError) and error.errno is not None:
        return UnreadableFileError(path, f"cannot be read: {error.strerror}")
    return CorruptArchiveError(path, f"the archive is damaged: {error}")
