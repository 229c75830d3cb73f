"""The first bytes of a file, by which its format is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from isogloss.models.spaces.readers.byte_source import ByteSource

_LINES = 16
_MOST_BYTES = 1 << 22


@dataclass(frozen=True, slots=True)
class Head:
    """The first bytes of a file.

    Attributes:
        path: The file, for the errors.
        data: The bytes after decompression; of a text at least two lines, where these are no
            longer than is read.
        whole: Whether these are all of them.
        members: Names of the files in a zip archive that is a format by itself.

    """

    path: Path
    data: bytes
    whole: bool
    members: tuple[str, ...] = ()

    @classmethod
    def of(cls, source: ByteSource) -> Head:
        """Look ahead."""
        most = min(_MOST_BYTES, source.bounds.line_bytes)
        data = source.peek_lines(_LINES, most=most)
        return cls(source.path, data, len(source.peek(len(data) + 1)) == len(data), source.members)

    def starts_with(self, *magic: bytes) -> bool:
        """Whether the file begins with one of these."""
        return self.data.startswith(magic)
