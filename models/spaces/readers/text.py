"""Reads text: fastText ``.vec``, which has a header, and GloVe, which has none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float64

from isogloss.models.errors import (
    MalformedLineError,
    TextEncodingError,
    TruncatedFileError,
    VectorFileError,
    WrongDimensionError,
)
from isogloss.models.spaces.readers.byte_source import ByteSource
from isogloss.models.spaces.readers.collector import Collector
from isogloss.models.spaces.readers.fields import (
    BLANKS,
    LINE_ENDS,
    fields_of,
    from_the_right,
    is_whole,
    numbers_at_end,
)
from isogloss.models.spaces.readers.numbers import is_number, parse_block, parse_fields
from isogloss.models.spaces.readers.text_layout import TextLayout

_SHOWN = 40


def read_text(source: ByteSource, collector: Collector, layout: TextLayout) -> None:
    """Read lines of a word and its numbers until the end, or until the limit is reached.

    Empty lines at the end count as none.

    Args:
        source: The stream, at the first word.
        collector: Where the words go.
        layout: What the first lines said.

    Raises:
        VectorFileError: As ``read_space`` says.

    """
    if layout.fault is not None:
        collector.refuse(layout.fault)
    lines_left = _Lines(collector, layout)
    for block in _blocks_of_lines(source, layout.line_end):
        lines_left.take(block)
        if collector.full:
            return
    found, promised = lines_left.line - layout.first_line, layout.promised
    if source.failure is not None or (promised is not None and found < promised):
        missing = 1 if promised is None else max(promised - found, 1)
        reason = f"the header promises {promised} words, found {found}"
        collector.refuse(source.ended_early(reason, line=lines_left.line), count=missing)


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines without their ends: whole ones, a last one without its end, or one without any end."""

    lines: list[bytes]
    kind: Literal["whole", "last", "endless"] = "whole"


def _blocks_of_lines(source: ByteSource, line_end: bytes) -> Iterator[_Block]:
    """Give out the lines. Of a line that is too long, nothing; one that an archive cut, neither."""
    rest = b""
    while chunk := source.read_chunk():
        text, end, rest = (rest + chunk).rpartition(line_end)
        if end:
            yield _Block([line.rstrip(LINE_ENDS) for line in text.split(line_end)])
        if len(rest) > source.bounds.line_bytes:
            yield _Block([b""], "endless")
            while rest and line_end not in rest:
                rest = source.read_chunk()
            source.unread(rest.partition(line_end)[2])
            rest = b""
    if rest and source.failure is None:
        yield _Block([rest.rstrip(LINE_ENDS)], "last")


class _Lines:
    """Parses blocks of lines, and knows the number of the next one.

    Attributes:
        line: Line that follows the last one that was not empty, counted from 1.

    """

    def __init__(self, collector: Collector, layout: TextLayout) -> None:
        self.line = layout.first_line
        self._collector = collector
        self._headed = layout.promised is not None
        self._beyond = None if layout.promised is None else layout.first_line + layout.promised
        self._promised = layout.promised
        self._empty = 0

    def take(self, block: _Block) -> None:
        """Parse a block; empty lines wait for one that is not, or for the end of the file."""
        if block.kind == "endless":
            self._refuse_empty()
            reason = "the line is longer than any that is read"
            self._refuse(MalformedLineError(self._collector.path, reason, line=self.line))
            self.line += 1
            return
        count = len(block.lines)
        while count and not block.lines[count - 1]:
            count -= 1
        if count:
            self._refuse_empty()
            self._read(block.lines[:count], whole=block.kind == "whole")
            self.line += count
        self._empty += len(block.lines) - count

    def _refuse(self, error: VectorFileError, count: int = 1) -> None:
        self._collector.refuse(error, count=count)

    def _refuse_empty(self) -> None:
        if self._empty:
            self._refuse(_unlike_a_word(b"", self._collector, self.line), self._empty)
            self.line, self._empty = self.line + self._empty, 0

    def _read(self, lines: Sequence[bytes], *, whole: bool) -> None:
        expected = len(lines) if self._beyond is None else max(self._beyond - self.line, 0)
        self._parse(lines[:expected], whole=whole)
        if self._collector.full:
            return
        for surplus in range(self.line + expected, self.line + len(lines)):
            reason = f"the header promises {self._promised} words, found one more line"
            self._refuse(MalformedLineError(self._collector.path, reason, line=surplus))

    def _parse(self, lines: Sequence[bytes], *, whole: bool) -> None:
        collector = self._collector
        if not lines:
            return
        block = _parse_together(lines, collector.dimension)
        if block is not None:
            collector.take(block[0], block[1], range(self.line, self.line + len(lines)))
            return
        for line, content in enumerate(lines, start=self.line):
            try:
                word, vector = _parse_line(content, collector, line, headed=self._headed)
            except VectorFileError as error:
                if not whole and isinstance(error, (MalformedLineError, WrongDimensionError)):
                    reason = f"the file ends within a line: {error.reason}"
                    self._refuse(TruncatedFileError(collector.path, reason, line=line))
                else:
                    self._refuse(error)
            else:
                collector.take([word], vector[None], [line])
            if collector.full:
                return


def _parse_together(
    lines: Sequence[bytes], dimension: int
) -> tuple[list[str], Float64[np.ndarray, "n d"]] | None:
    """Parse lines without any fault whose words hold no blanks; None where there is another."""
    if any(b"  " in line or b"\t" in line or line[:1] == b" " for line in lines):
        lines = [b" ".join(fields_of(line)) for line in lines]
    if {line.count(b" ") for line in lines} != {dimension}:
        return None
    parts = [line.partition(b" ") for line in lines]
    numbers = parse_block(b" ".join([part[2] for part in parts]), len(lines) * dimension)
    if numbers is None:
        return None
    try:
        words = b"\n".join([part[0] for part in parts]).decode("utf-8").split("\n")
    except UnicodeDecodeError:
        return None
    # In a file of an old Mac a line feed is a part of a word, which it cannot be.
    return (words, numbers.reshape(len(lines), dimension)) if len(words) == len(lines) else None


def _parse_line(
    content: bytes, collector: Collector, line: int, *, headed: bool
) -> tuple[str, Float64[np.ndarray, " d"]]:
    path, dimension = collector.path, collector.dimension
    word, fields = from_the_right(content, dimension)
    if not word and len(fields) == dimension and content[:1] in (b" ", b"\t"):
        raise MalformedLineError(path, "the word is empty", line=line)
    if not word or _surplus(fields_of(word), fields, headed=headed):
        raise _unlike_a_word(content, collector, line)
    if b"\n" in word:
        raise MalformedLineError(path, "a line feed where lines end in carriage returns", line=line)
    try:
        text = word.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"expected a word in UTF-8, found {word[:_SHOWN]!r}: {error.reason}"
        raise TextEncodingError(path, reason, line=line) from error
    try:
        return text, parse_fields(fields)
    except ValueError as error:
        position = int(error.args[0])
        found = fields[position - 1]
        advice = "; decimals are parted by a point" if is_number(found.replace(b",", b".")) else ""
        shown = found[:_SHOWN]
        reason = f"number {position} of {text!r}: expected a number, found {shown!r}{advice}"
        raise MalformedLineError(path, reason, line=line) from error


def _surplus(word: Sequence[bytes], vector: Sequence[bytes], *, headed: bool) -> bool:
    """Whether numbers left of the vector are a part of it: then it is too long.

    Where a header gives the dimension, whole numbers there belong to the word (`Windows 10`), and
    such as are written shorter than all of the vector (`Python 2.7`).
    """
    more = word[len(word) - numbers_at_end(word) :]
    if not headed:
        return bool(more)
    shortest = min(map(len, vector))
    return not all(is_whole(number) or len(number) < shortest for number in more)


def _unlike_a_word(content: bytes, collector: Collector, line: int) -> VectorFileError:
    """Name what a line holds that is not a word and its numbers."""
    path, dimension = collector.path, collector.dimension
    fields = fields_of(content)
    found = numbers_at_end(fields)
    if found == 0:
        what = "an empty line" if not content.strip(BLANKS) else repr(content[:_SHOWN])
        reason = f"expected a word and {dimension} numbers, found {what}"
        return MalformedLineError(path, reason, line=line)
    word = b" ".join(fields[: len(fields) - found])[:_SHOWN].decode("utf-8", "backslashreplace")
    reason = f"vector of {word!r}: expected {dimension} numbers, found {found}"
    return WrongDimensionError(path, reason, line=line)
