"""The first words of a gzipped text file of vectors, from as little of it as holds them."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable
from pathlib import Path

from isogloss.models.errors import ContentError

_HEADER = re.compile(rb"(?P<words>[0-9]+) (?P<dimension>[0-9]+)\s*")
_GZIP_STREAM = zlib.MAX_WBITS | 16
_FAST = 1


class WordGauge:
    """Counts the words in gzipped bytes as they come."""

    def __init__(self, address: str, words: int, observe: Callable[[int, int], None]) -> None:
        self._address = address
        self._wanted = words
        self._observe = observe
        self._lines = 0
        self._stream = zlib.decompressobj(_GZIP_STREAM)

    def __call__(self, piece: bytes, /) -> bool:
        """Take the next bytes; whether all words that are wanted have come.

        Raises:
            ContentError: They are no gzip stream.

        """
        while piece:
            try:
                self._lines += self._stream.decompress(piece).count(b"\n")
            except zlib.error as error:
                reason = f"expected a gzip file, found other bytes: {error}"
                raise ContentError(self._address, reason) from error
            piece = self._stream.unused_data
            if self._stream.eof and piece:
                # A gzip file may consist of several, one after the other.
                self._stream = zlib.decompressobj(_GZIP_STREAM)
        # The first line is the header.
        self._observe(min(max(self._lines - 1, 0), self._wanted), self._wanted)
        return self._lines > self._wanted


def keep_first_words(address: str, part: Path, output: Path, words: int) -> int:
    """Write the first words of a file whose end may be missing as a file of their own.

    Returns:
        How many there are; fewer than ``words`` where the file holds no more.

    Raises:
        ContentError: The file is damaged, or its first line is no header.

    """
    try:
        with gzip.open(part, "rb") as file:
            header = file.readline()
            match = _HEADER.fullmatch(header)
            if match is None:
                reason = f"expected a first line of two numbers, found {header[:40]!r}"
                raise ContentError(address, reason)
            count = min(words, int(match["words"]))
            # No date and no name: the same words are the same file.
            with output.open("wb") as raw, gzip.GzipFile("", "wb", _FAST, raw, mtime=0) as kept:
                kept.write(b"%d %s\n" % (count, match["dimension"]))
                for number in range(count):
                    line = file.readline()
                    if not line:
                        reason = f"expected {count} words, found {number}"
                        raise ContentError(address, reason)
                    kept.write(line)
            return count
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ContentError(address, f"the archive is damaged: {error}") from error
