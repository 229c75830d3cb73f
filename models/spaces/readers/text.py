"""Reads text: fastText ``.vec``, which has a header, and GloVe, which has none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

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
from isogloss.models.spaces.readers.numbers import is_number, parse_block, parse_fields

_SHOWN = 40


def read_text(
    source: ByteSource, collector: Collector, *, first_line: int, promised: int | None
) -> None:
    """Read lines of a word and its numbers until the end, or until the limit is reached.

    Args:
        source: The stream, at the first word.
        collector: Where the words go.
        first_line: Line of the first word, counted from 1.
        promised: Words that the header promises; None without a header.

    Raises:
        VectorFileError: As ``read_space`` says.

    """
    line = first_line
    for block, complete in _blocks_of_lines(source, first_line):
        expected = len(block) if promised is None else max(first_line + promised - line, 0)
        lines = block[:expected]
        _read_lines(lines, line, collector, complete=complete)
        if collector.full:
            return
        for surplus in range(line + len(lines), line + len(block)):
            reason = f"the header promises {promised} words, found one more line"
            collector.refuse(MalformedLineError(source.path, reason, line=surplus))
        line += len(block)
    found = line - first_line
    if source.failure is not None or (promised is not None and found < promised):
        missing = 1 if promised is None else max(promised - found, 1)
        reason = f"the header promises {promised} words, found {found}"
        collector.refuse(source.ended_early(reason, line=line), count=missing)


def _blocks_of_lines(source: ByteSource, line: int) -> Iterator[tuple[list[bytes], bool]]:
    """Give out the lines without their ends, and whether they had any.

    Only a last line may lack its end. One that a broken archive cut is left out.
    """
    rest = b""
    while chunk := source.read_chunk():
        text, end, rest = (rest + chunk).rpartition(b"\n")
        if len(rest) > source.bounds.line_bytes:
            reason = f"no line end within {source.bounds.line_bytes} bytes"
            raise MalformedLineError(source.path, reason, line=line + text.count(b"\n") + len(end))
        if end:
            lines = _without_ends(text)
            yield lines, True
            line += len(lines)
    if rest and source.failure is None:
        yield _without_ends(rest), False


def _without_ends(text: bytes) -> list[bytes]:
    # One carriage return and one space may stand between the last number and the line end.
    return [line.removesuffix(b"\r").removesuffix(b" ") for line in text.split(b"\n")]


def _read_lines(
    lines: Sequence[bytes], first: int, collector: Collector, *, complete: bool
) -> None:
    if not lines:
        return
    block = _parse_together(lines, collector.dimension)
    if block is not None:
        collector.take(block[0], block[1], range(first, first + len(lines)))
        return
    for line, content in enumerate(lines, start=first):
        try:
            word, vector = _parse_line(content, collector.dimension, collector.path, line)
        except VectorFileError as error:
            if not complete and isinstance(error, (MalformedLineError, WrongDimensionError)):
                reason = f"the file ends within a line: {error.reason}"
                collector.refuse(TruncatedFileError(collector.path, reason, line=line))
            else:
                collector.refuse(error)
        else:
            collector.take([word], vector[None], [line])
        if collector.full:
            return


def _parse_together(
    lines: Sequence[bytes], dimension: int
) -> tuple[list[str], Float64[np.ndarray, "n d"]] | None:
    """Parse lines without any fault; None where there is one."""
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
    return words, numbers.reshape(len(lines), dimension)


def _parse_line(
    content: bytes, dimension: int, path: Path, line: int
) -> tuple[str, Float64[np.ndarray, " d"]]:
    # From the right: a word may hold spaces, as some of the published GloVe vectors do.
    word, *fields = content.rsplit(b" ", dimension)
    if len(fields) < dimension or (is_number(word.rpartition(b" ")[2]) and b" " in word):
        raise _wrong_dimension(content, dimension, path, line)
    if not word.strip(b" "):
        raise MalformedLineError(path, "the word is empty", line=line)
    try:
        text = word.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"expected a word in UTF-8, found {word[:_SHOWN]!r}: {error.reason}"
        raise TextEncodingError(path, reason, line=line) from error
    try:
        return text, parse_fields(fields)
    except ValueError as error:
        position = int(error.args[0])
        found = fields[position - 1][:_SHOWN]
        reason = f"number {position} of {text!r}: expected a number, found {found!r}"
        raise MalformedLineError(path, reason, line=line) from error


def _wrong_dimension(content: bytes, dimension: int, path: Path, line: int) -> VectorFileError:
    fields = content.split(b" ")
    found = 0
    for field in reversed(fields[1:]):
        if not is_number(field):
            break
        found += 1
    if found == 0:
        what = "an empty line" if not content else repr(content[:_SHOWN])
        reason = f"expected a word and {dimension} numbers, found {what}"
        return MalformedLineError(path, reason, line=line)
    word = b" ".join(fields[: len(fields) - found])[:_SHOWN].decode("utf-8", "backslashreplace")
    reason = f"vector of {word!r}: expected {dimension} numbers, found {found}"
    return WrongDimensionError(path, reason, line=line)
