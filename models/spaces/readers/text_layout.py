"""What the first lines of a text say about the rest: header, dimension, line ends, odd columns."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from isogloss.models.errors import (
    EmptyFileError,
    MalformedLineError,
    TextEncodingError,
    UnknownFormatError,
    VectorFileError,
    WrongDimensionError,
)
from isogloss.models.spaces.readers.fields import (
    LINE_ENDS,
    fields_of,
    is_whole,
    numbers_at_end,
)
from isogloss.models.spaces.readers.numbers import is_number

_SAMPLE_LINES = 64
_ENOUGH_LINES = 3
"""So many lines may show what they have in common."""
_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLayout:
    r"""How a text of word vectors is laid out.

    Attributes:
        dimension: Length of the vectors.
        promised: Words that the header promises; None without one.
        offset: Bytes before the first word: byte-order mark and header.
        first_line: Line of the first word, counted from 1.
        line_end: ``\n``, or ``\r`` in files of old Macs.
        byte_order_mark: Whether the file begins with one.
        fault: What is wrong with the lines before the first word; the words are right all the same.

    """

    dimension: int
    promised: int | None
    offset: int
    first_line: int
    line_end: bytes = b"\n"
    byte_order_mark: bool = False
    fault: VectorFileError | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the sample: its fields, and how many of them are numbers at the right."""

    fields: list[bytes]
    numbers: int
    end: int


def text_layout(path: Path, head: bytes, *, whole: bool) -> TextLayout | None:
    """Tell how a text of word vectors is laid out; None where it is no such text.

    Args:
        path: The file, for the errors.
        head: Its first bytes.
        whole: Whether these are all of them.

    Raises:
        EmptyFileError: The header promises nothing.
        TextEncodingError: The text is UTF-16 or UTF-32.
        UnknownFormatError: The lines hold a column that is neither word nor vector, or have no end.

    """
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        reason = "expected UTF-8, found the mark of UTF-16; iconv -f UTF-16 -t UTF-8 makes it that"
        raise TextEncodingError(path, reason, line=1)
    mark = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    line_end = b"\r" if b"\n" not in head and b"\r" in head else b"\n"
    if not whole and line_end not in head:
        raise UnknownFormatError(path, f"no line ends in the first {len(head)} bytes")
    lines = _sample(head[mark:], line_end, whole=whole)
    if not lines or (found := _understood(path, lines)) is None:
        return None
    header, promised, dimension, fault = found
    return TextLayout(
        dimension=dimension,
        promised=promised,
        offset=mark + (lines[header - 1].end if header else 0),
        first_line=header + 1,
        line_end=line_end,
        byte_order_mark=mark > 0,
        fault=fault,
    )


def _sample(text: bytes, line_end: bytes, *, whole: bool) -> list[_Line]:
    """Take the first lines apart; one that is cut off does not count beside others."""
    lines: list[_Line] = []
    begin = 0
    while begin < len(text) and len(lines) < _SAMPLE_LINES:
        end = text.find(line_end, begin)
        if end < 0:
            if lines and not whole:
                break
            end = len(text)
        fields = fields_of(text[begin:end].rstrip(LINE_ENDS))
        begin = end + len(line_end)
        lines.append(_Line(fields, numbers_at_end(fields), begin))
    return lines


def _understood(
    path: Path, lines: Sequence[_Line]
) -> tuple[int, int | None, int, VectorFileError | None] | None:
    """Tell lines before the first word, words promised, dimension, and what is wrong with these."""
    if (header := _header(lines[0].fields)) is not None:
        return 1, *_checked(path, header, lines, 1)
    body = [line for line in lines[1:] if line.fields]
    if _is_broken_header(lines[0].fields, body):
        shown = _shown(lines[0].fields)
        reason = f"expected a header of two whole numbers, words and dimension; found {shown}"
        return 1, None, _dimension(path, body, 2), MalformedLineError(path, reason, line=1)
    if not lines[0].numbers and len(lines) > 2 and (header := _header(lines[1].fields)) is not None:
        # Something stands before the header, a comment for instance.
        promised, dimension, fault = _checked(path, header, lines, 2)
        reason = f"expected a header or a word with its numbers, found {_shown(lines[0].fields)}"
        if lines[2].numbers >= dimension:
            return 2, promised, dimension, fault or MalformedLineError(path, reason, line=1)
    dimension = _usual_dimension([line for line in lines if line.fields])
    if dimension == 0:
        return None
    return 0, None, _dimension(path, lines, 1), None


def _header(fields: Sequence[bytes]) -> tuple[int, int] | None:
    if len(fields) != 2 or not all(map(is_whole, fields)):
        return None
    return int(fields[0]), int(fields[1])


def _is_broken_header(fields: Sequence[bytes], body: Sequence[_Line]) -> bool:
    """Whether a line is numbers alone, and not the vector of a word that is written in digits."""
    if not fields or not body or not all(map(is_number, fields)):
        return False
    usual = _usual_dimension(body)
    return usual > 0 and usual != len(fields) - 1


def _checked(
    path: Path, header: tuple[int, int], lines: Sequence[_Line], before: int
) -> tuple[int | None, int, VectorFileError | None]:
    """Compare the header with the lines that follow it."""
    promised, dimension = header
    if promised == 0 or dimension == 0:
        reason = f"the header promises {promised} words of dimension {dimension}"
        raise EmptyFileError(path, reason, line=before)
    body = [line for line in lines[before:] if line.fields]
    usual = _dimension(path, body, before + 1, dimension) if body else dimension
    agreeing = sum(line.numbers == usual for line in body)
    if usual in (0, dimension) or agreeing < 2:
        return promised, dimension, None
    exchanged = " (words and dimension exchanged?)" if usual == promised else ""
    reason = f"the header says {dimension} numbers a word, the lines have {usual}{exchanged}"
    return None, usual, WrongDimensionError(path, reason, line=before)


def _usual_dimension(lines: Sequence[_Line]) -> int:
    """Numbers that most lines have; the first such count where several are as frequent."""
    counts = Counter(line.numbers for line in lines if line.numbers)
    if not counts:
        return 0
    (dimension, often), *_ = counts.most_common(1)
    return dimension if 2 * often >= len(lines) else 0


def _dimension(
    path: Path, lines: Sequence[_Line], first_line: int, header: int | None = None
) -> int:
    """Tell the dimension; refuse a column of counts or of line numbers, which nothing could skip.

    Raises:
        UnknownFormatError: There is such a column.

    """
    usual = _usual_dimension([line for line in lines if line.fields])
    alike = [line.fields for line in lines if line.numbers == usual]
    if usual < 2 or len(alike) < _ENOUGH_LINES:
        return usual
    first = [fields[-usual] for fields in alike]
    others = [field for fields in alike for field in fields[1 - usual :]]
    if (
        all(map(is_whole, first))
        and max(map(int, first)) > 1
        and sum(map(is_whole, others)) * 10 < len(others)
    ):
        column = f"{', '.join(field.decode() for field in first[:3])}, …"
        reason = (
            f"the first number of every line is whole ({column}) and the others are not: a column "
            "of counts or ranks? Take it out: only a word and its vector may stand in a line"
        )
        raise UnknownFormatError(path, reason, line=first_line)
    dimension = header or usual
    words = [fields[:-dimension] for fields in alike if len(fields) > dimension + 1]
    numbered = [int(word[0]) for word in words if is_whole(word[0])]
    if len(numbered) == len(alike) and numbered == list(
        range(numbered[0], numbered[0] + len(numbered))
    ):
        reason = (
            f"every line begins with its number ({numbered[0]}, {numbered[1]}, …): a column of an "
            "index? Take it out: a line begins with its word"
        )
        raise UnknownFormatError(path, reason, line=first_line)
    return usual


def _shown(fields: Sequence[bytes]) -> str:
    if not fields:
        return "an empty line"
    return repr(b" ".join(fields)[:_SHOWN].decode("utf-8", "backslashreplace"))
