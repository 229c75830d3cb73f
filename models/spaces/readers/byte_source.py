"""A stream of bytes that can be looked at before it is read, whatever it was compressed with."""

from __future__ import annotations

import contextlib
import io
import struct
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, cast

from isogloss.models.errors import (
    CorruptArchiveError,
    EmptyFileError,
    TruncatedFileError,
    UnpackedSizeError,
    UnreadableFileError,
    VectorFileError,
)
from isogloss.models.spaces.readers.bounds import DEFAULT_BOUNDS, ReadBounds
from isogloss.models.spaces.readers.compression import (
    COMPRESSIONS,
    LONGEST_MAGIC,
    WINDOW_BYTES,
    SteppedStream,
    damage_of,
    wants_memory,
)

_BYTES_AT_ONCE = 1 << 20
_DAMAGES = (OSError, ValueError, OverflowError, NotImplementedError, EOFError, struct.error)
_UNSUSPICIOUS_BYTES = 1 << 26
"""Unpacked bytes that any archive may hold, however small it is."""


class ByteSource:
    """Reads bytes in order; what arrived before a failure is delivered before the failure counts.

    A truncated archive still holds whole words. So a failure of the decompression ends the stream,
    as the end of the file does, and is kept in ``failure`` for the reader to raise or to report.

    Attributes:
        path: The file.
        compression: ``none``, ``gzip``, ``bzip2``, ``xz``, ``zstd`` or ``zip``.
        bounds: How much it may hold; more is an ``UnpackedSizeError`` as soon as it is read.
        members: Names of the files in a zip archive that is a format by itself.
        failure: Why the stream ended before its end, or None.

    """

    def __init__(
        self,
        path: Path,
        stream: SteppedStream,
        compression: str,
        *,
        bounds: ReadBounds = DEFAULT_BOUNDS,
        packed: PackedFile | None = None,
        members: tuple[str, ...] = (),
    ) -> None:
        self.path = path
        self.compression = compression
        self.bounds = bounds
        self.members = members
        self.failure: VectorFileError | None = None
        self._stream = stream
        self._packed = packed if compression != "none" else None
        self._unpacked_bytes = 0
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
            except Exception as error:
                self.failure = _named(self.path, error)
                if self.failure is None:
                    raise
                piece = b""
            self._ended = not piece
            self._check_bounds(len(piece))
            pieces.append(piece)
            count -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _check_bounds(self, more: int) -> None:
        self._unpacked_bytes += more
        most = self.bounds.unpacked_bytes
        if most is not None and self._unpacked_bytes > most:
            raise UnpackedSizeError(self.path, f"expected at most {most} bytes, found more")
        if self._packed is None or self._unpacked_bytes <= _UNSUSPICIOUS_BYTES:
            return
        ratio = self.bounds.unpacked_ratio
        if self._unpacked_bytes > ratio * self._packed.bytes_read:
            reason = (
                f"{self._packed.bytes_read} bytes of the {self.compression} archive hold more than "
                f"{ratio} times as many: no file of word vectors does"
            )
            raise UnpackedSizeError(self.path, reason)


class PackedFile(io.RawIOBase):
    """A file that counts the bytes that were read of it.

    Attributes:
        bytes_read: How many.

    """

    def __init__(self, file: io.RawIOBase) -> None:
        self.bytes_read = 0
        self._file = file

    def readinto(self, buffer: memoryview | bytearray, /) -> int | None:  # type: ignore[override]
        """Read into a buffer."""
        count = self._file.readinto(buffer)
        self.bytes_read += count or 0
        return count

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Whether it is a file rather than a pipe."""
        return self._file.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place."""
        return self._file.seek(offset, whence)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


@contextlib.contextmanager
def open_packed(path: Path) -> Iterator[tuple[io.BufferedIOBase, PackedFile]]:
    """Open a file as it is, and its counter.

    Raises:
        UnreadableFileError: The file is missing, is a directory or may not be read.

    """
    with contextlib.ExitStack() as stack:
        try:
            packed = PackedFile(cast("io.RawIOBase", path.open("rb", buffering=0)))
            raw = stack.enter_context(io.BufferedReader(packed))
            raw.peek(1)
        except OSError as error:
            raise UnreadableFileError(path, f"cannot be read: {error.strerror}") from error
        yield raw, packed


@contextlib.contextmanager
def open_source(path: Path, bounds: ReadBounds = DEFAULT_BOUNDS) -> Iterator[ByteSource]:
    """Open a file, through its decompression where its first bytes say that it is compressed.

    Args:
        path: The file.
        bounds: How much it may hold; checked while it is read, so that an archive of a few bytes
            never becomes gigabytes of memory.

    Raises:
        UnreadableFileError: The file is missing, is a directory or may not be read.
        EmptyFileError: The file, or the archive, holds nothing.
        CorruptArchiveError: A zip archive holds several files, an encrypted one, or is damaged.
        TruncatedFileError: A zip archive lacks its end.

    """
    with contextlib.ExitStack() as stack:
        raw, packed = stack.enter_context(open_packed(path))
        magic = cast("io.BufferedReader", raw).peek(LONGEST_MAGIC)[:LONGEST_MAGIC]
        if not magic:
            raise EmptyFileError(path, "expected words with vectors, found an empty file")
        stream: SteppedStream = cast("SteppedStream", raw)
        compression = "none"
        for each in COMPRESSIONS:
            if magic.startswith(each.magic):
                compression, stream = each.name, each.open(raw)
        members: tuple[str, ...] = ()
        if magic.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            archive = stack.enter_context(open_zip(path, raw))
            members = tuple(each.filename for each in archive.infolist() if _is_file(each))
            if _is_a_format(members):
                raw.seek(0)
            else:
                member = stack.enter_context(_only_member(path, archive, members))
                compression, stream, members = "zip", member, ()
        source = ByteSource(
            path, stream, compression, bounds=bounds, packed=packed, members=members
        )
        if not source.peek(1):
            raise source.failure or EmptyFileError(path, f"the {compression} archive holds no byte")
        yield source


def open_zip(path: Path, stream: io.BufferedIOBase) -> zipfile.ZipFile:
    """Open a zip archive.

    Raises:
        TruncatedFileError: The archive lacks its directory, which stands at its end.
        UnreadableFileError: It is a pipe, whose end cannot be read first.

    """
    if not stream.seekable():
        raise UnreadableFileError(path, "a zip archive has to be a file; unpack it for a pipe")
    try:
        return zipfile.ZipFile(cast("IO[bytes]", stream))
    except zipfile.BadZipFile as error:
        raise TruncatedFileError(path, f"the zip archive lacks its end: {error}") from error
    # Its directory may say anything; then places are looked for that no file has.
    except _DAMAGES as error:
        raise CorruptArchiveError(path, f"the zip archive is damaged: {error}") from error


def open_member(path: Path, archive: zipfile.ZipFile, name: str) -> zipfile.ZipExtFile:
    """Open one file of a zip archive.

    Raises:
        CorruptArchiveError: The file is encrypted, damaged or not compressed by deflate.

    """
    # The others unpack as much in a step as the archive likes.
    if archive.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        reason = f"{name} in the zip archive: expected deflate; zip it again in the usual way"
        raise CorruptArchiveError(path, reason)
    try:
        # The signature promises less than what there is, which can read in steps.
        return cast("zipfile.ZipExtFile", archive.open(name))
    except (zipfile.BadZipFile, RuntimeError, *_DAMAGES) as error:
        raise CorruptArchiveError(path, f"{name} in the zip archive: {error}") from error


def _is_file(member: zipfile.ZipInfo) -> bool:
    # `is_dir` looks at the last letter of a name that may have none.
    return not member.filename.endswith("/")


def _is_a_format(members: Sequence[str]) -> bool:
    """Whether an archive is that of NumPy or of PyTorch, rather than a file that was compressed."""
    return any(name.endswith((".npy", "data.pkl")) for name in members)


def _only_member(
    path: Path, archive: zipfile.ZipFile, members: Sequence[str]
) -> zipfile.ZipExtFile:
    if not members:
        raise EmptyFileError(path, "the zip archive holds no file")
    if len(members) > 1:
        listed = ", ".join(members[:8]) + (", …" if len(members) > 8 else "")
        raise CorruptArchiveError(
            path,
            f"expected one file in the zip archive, found {len(members)}: {listed}; "
            "unpack it and name the one that is meant",
        )
    return open_member(path, archive, members[0])


def _named(path: Path, error: Exception) -> VectorFileError | None:
    # gzip, bzip2 and zip raise EOFError at a missing end; xz and zlib say so in words.
    if isinstance(error, EOFError) or "incomplete" in str(error).lower():
        return TruncatedFileError(path, "the archive ends before its end mark")
    if wants_memory(error):
        reason = f"takes more than {WINDOW_BYTES >> 20} MiB to unpack; pack it with a smaller one"
        return UnpackedSizeError(path, reason)
    if (damage := damage_of(error)) is not None:
        return CorruptArchiveError(path, f"the archive is damaged: {damage}")
    if isinstance(error, OSError):
        return UnreadableFileError(path, f"cannot be read: {error.strerror}")
    return None
