"""How much a file may make its reader hold, checked while it is read."""

from __future__ import annotations

from dataclasses import dataclass

from isogloss.models.errors import OptionError


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBounds:
    """Bounds on what a file of word vectors, a lexicon or a list of words may hold.

    A few bytes of an archive can stand for gigabytes; a header can promise anything; a word may
    have no end. Whoever reads a file of somebody else passes stricter bounds:

    >>> stranger = ReadBounds(word_length=1000, unpacked_bytes=1 << 30)
    >>> stranger.unpacked_ratio
    250

    Attributes:
        word_length: Most characters of a word. A longer one is a ``MalformedLineError`` of its
            line, which ``on_error="skip"`` counts.
        line_bytes: Most bytes of a line of text, likewise.
        dimension: Most numbers of a vector.
        unpacked_bytes: Most bytes after decompression (of a file that is not compressed: most
            bytes); None: any. More are an ``UnpackedSizeError``, whatever ``on_error`` says.
        unpacked_ratio: Most bytes that one byte of an archive may stand for, once 64 MiB are
            unpacked; texts of vectors have 2 to 5. More are an ``UnpackedSizeError`` too.

    Raises:
        OptionError: One of them is less than 1.

    """

    word_length: int = 10_000
    line_bytes: int = 1 << 22
    dimension: int = 1_000_000
    unpacked_bytes: int | None = None
    unpacked_ratio: int = 250

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if value is not None and value < 1:
                raise OptionError(f"{name}: expected at least 1, found {value}")


DEFAULT_BOUNDS = ReadBounds()
"""Generous: for files of one's own."""
