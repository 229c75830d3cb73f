"""Lines of a dictionary as people have them → two words each, and what else stands there."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from isogloss.models.errors import FileError, LexiconError
from isogloss.models.spaces.readers.byte_source import open_source
from isogloss.models.spaces.word_text import unescaped, unquoted

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TITLES = frozenset(
    {
        ("source", "target"),
        ("src", "tgt"),
        ("src", "trg"),
        ("word", "translation"),
        ("source_word", "target_word"),
    }
)
"""First lines that name the columns."""
_SAMPLE = 1000


@dataclass(frozen=True, slots=True)
class LexiconLine:
    """A line.

    Attributes:
        number: Counted from 1.
        words: Its words: two, and a third that is no number where there is one.

    """

    number: int
    words: tuple[str, ...]


def read_lexicon_lines(path: Path) -> Iterator[LexiconLine]:
    """Read a dictionary: lines of two words, parted by tabs, commas, semicolons, bars or blanks.

    A line with a tab is parted there, so that words may hold blanks. Commas, semicolons and
    ``|||`` part the fields where most lines have them. Quotation marks around a field are taken
    off; a first line that names the columns is left out; numbers after the two words, or before
    them in every line, are scores, and do not count. The file may be UTF-8 or have the mark of
    UTF-16, and may be compressed.

    Raises:
        LexiconError: The file cannot be read, or is in another encoding; names the line.

    """
    text = _decoded(path)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    split = _splitter([line for line in lines[:_SAMPLE] if line.strip()])
    rows = [(number, split(line)) for number, line in enumerate(lines, start=1)]
    rows = [(number, fields) for number, fields in rows if fields]
    if rows and _names_columns(rows):
        del rows[0]
    if rows and _scores_stand_first([fields for _, fields in rows]):
        rows = [(number, fields[1:]) for number, fields in rows]
    for number, fields in rows:
        words = list(fields)
        while len(words) > 2 and _is_number(words[-1]):
            words.pop()
        yield LexiconLine(number, tuple(words))


def _decoded(path: Path) -> str:
    try:
        with open_source(path) as source:
            pieces = []
            while piece := source.read_chunk():
                pieces.append(piece)
            if source.failure is not None:
                raise source.failure
    except FileError as error:
        empty = "empty file" in error.reason
        reason = "expected at least one pair of words, found none" if empty else error.reason
        raise LexiconError(path, reason) from error
    data = b"".join(pieces)
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise LexiconError(path, f"expected {encoding.upper()}", line=line) from error


def _splitter(sample: Sequence[str]) -> Callable[[str], list[str]]:
    """Choose what parts the fields of a line without a tab."""
    for separator in ("|||", ",", ";"):
        fit = sum("\t" not in line and _parts(line, separator) for line in sample)
        if sample and 2 * fit > len(sample):
            return lambda line, at=separator: _by_tab(line) or _by_mark(line, at)  # type: ignore[misc]
    return lambda line: _by_tab(line) or _by_blanks(line)


def _parts(line: str, separator: str) -> bool:
    """Whether a line is two words with this between them, and a number perhaps."""
    fields = _by_mark(line, separator)
    if len(fields) < 2 or not all(map(_is_number, fields[2:])):
        return False
    return line.strip() != f"{separator} {separator}"


def _by_tab(line: str) -> list[str]:
    if "\t" not in line:
        return []
    fields = [field.strip(" ") for field in line.split("\t")]
    return [unescaped(field) for field in fields if field]


def _by_mark(line: str, separator: str) -> list[str]:
    if len(separator) > 1:
        words, scores = line.split(separator)[:2], line.split(separator)[2:]
        fields = [*words, *" ".join(scores).split(" ")]
    else:
        fields = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    return [field.strip(" ") for field in fields if field.strip(" ")]


def _by_blanks(line: str) -> list[str]:
    if line.lstrip(" ").startswith('"') and line.count('"') >= 4:
        fields = next(csv.reader([line], delimiter=" ", skipinitialspace=True), [])
    else:
        fields = line.split(" ")
    return [unquoted(field) for field in fields if field]


def _names_columns(rows: Sequence[tuple[int, list[str]]]) -> bool:
    first = [field.lower() for field in rows[0][1]]
    if tuple(first[:2]) in _TITLES:
        return True
    return (
        len(rows) > 1
        and len(first) > 2
        and not _is_number(first[2])
        and all(len(fields) > 2 and _is_number(fields[2]) for _, fields in rows[1:])
    )


def _scores_stand_first(rows: Sequence[Sequence[str]]) -> bool:
    return all(len(fields) >= 3 and _is_number(fields[0]) for fields in rows) and not all(
        _is_number(field) for fields in rows for field in fields[2:]
    )


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return "_" not in field
