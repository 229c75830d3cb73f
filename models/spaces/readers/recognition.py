"""Tells the format of a file of word vectors from its first bytes, never from its name."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from isogloss.models.errors import EmptyFileError, TextEncodingError, UnknownFormatError
from isogloss.models.spaces.readers.numbers import is_number

Format = Literal["fasttext-text", "glove-text", "word2vec-binary", "fasttext-binary", "npy", "npz"]

FASTTEXT_MAGIC = (793712314).to_bytes(4, "little")
NPY_MAGIC = b"\x93NUMPY"
LONGEST_LINE = 1 << 22
"""Bytes after which a line without end is taken for something else."""

_HEADER = re.compile(rb"([0-9]{1,18}) ([0-9]{1,6}) ?\r?\n|([0-9]{1,18}) ([0-9]{1,6}) ?\r?\Z")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What the first bytes say about the rest.

    Attributes:
        format: The format.
        dimension: Length of the vectors; 0 where a binary header holds it.
        promised: Words that the header promises; None where there is no such header.
        offset: Bytes before the first word: byte-order mark and header.
        first_line: Line of the first word, counted from 1.
        byte_order_mark: Whether the file begins with a UTF-8 byte-order mark.

    """

    format: Format
    dimension: int = 0
    promised: int | None = None
    offset: int = 0
    first_line: int = 1
    byte_order_mark: bool = False


def recognise(path: Path, head: bytes) -> Layout:
    """Tell the format.

    Args:
        path: The file, for the errors.
        head: Its first bytes after decompression, at least the first two lines of a text.

    Raises:
        EmptyFileError: There is no word.
        TextEncodingError: The text is UTF-16 or UTF-32.
        UnknownFormatError: It is none of the known formats.

    """
    if head.startswith(NPY_MAGIC):
        return Layout(format="npy")
    if head.startswith(FASTTEXT_MAGIC):
        return Layout(format="fasttext-binary")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise TextEncodingError(path, "expected UTF-8, found the mark of UTF-16", line=1)
    mark = head.startswith(codecs.BOM_UTF8)
    start = len(codecs.BOM_UTF8) if mark else 0
    header = _HEADER.match(head, start)
    if header is None:
        dimension = _headerless_dimension(path, head[start:])
        return Layout(format="glove-text", dimension=dimension, offset=start, byte_order_mark=mark)
    promised, dimension = (int(group) for group in header.groups() if group is not None)
    if promised == 0 or dimension == 0:
        reason = f"the header promises {promised} words of dimension {dimension}"
        raise EmptyFileError(path, reason, line=1)
    body = head[header.end() :]
    binary = not _begins_with_numbers(body) and (
        _is_binary(body, dimension) or _is_all_records(body, promised, dimension)
    )
    return Layout(
        format="word2vec-binary" if binary else "fasttext-text",
        dimension=dimension,
        promised=promised,
        offset=header.end(),
        first_line=1 if binary else 2,
        byte_order_mark=mark,
    )


def _begins_with_numbers(body: bytes) -> bool:
    """Whether at least half of the fields after the first word are numbers."""
    line = body.partition(b"\n")[0]
    fields = line.rstrip(b"\r ").split(b" ")[1:]
    return bool(fields) and 2 * sum(map(is_number, fields)) >= len(fields)


def _is_all_records(body: bytes, promised: int, dimension: int) -> bool:
    """Whether the bytes are just the promised binary records, though all could be letters."""
    end = 0
    for _ in range(promised):
        space = body.find(b" ", end)
        if space < 0 or space + 4 * dimension >= len(body):
            return False
        end = space + 1 + 4 * dimension
    return body[end:] in {b"", b"\n"}


def _is_binary(body: bytes, dimension: int) -> bool:
    """Whether what is not numbers could not be a text with a mistake in its first line either."""
    _, _, vector = body.partition(b" ")
    vector = vector[: 4 * dimension]
    if _CONTROL.search(vector):
        return True
    try:
        vector.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason != "unexpected end of data"
    return False


def _headerless_dimension(path: Path, text: bytes) -> int:
    line, end, _ = text.partition(b"\n")
    if not end and len(line) >= LONGEST_LINE:
        raise UnknownFormatError(path, f"no line ends in the first {LONGEST_LINE} bytes")
    fields = line.removesuffix(b"\r").removesuffix(b" ").split(b" ")
    # A word may hold spaces, so the vector is what stands at the right; one field is the word.
    dimension = 0
    for field in reversed(fields[1:]):
        if not is_number(field):
            break
        dimension += 1
    word = b" ".join(fields[: len(fields) - dimension])
    if dimension == 0 or (is_number(word.rpartition(b"\t")[2]) and b"\t" in word):
        raise UnknownFormatError(path, f"{_describe(text)}; {_EXPECTED}", line=1)
    return dimension


_EXPECTED = (
    "expected lines of a word and numbers parted by single spaces, "
    "a word2vec or fastText binary file, or an array of NumPy"
)


def _describe(text: bytes) -> str:
    if text.startswith(b"\x80"):
        return "found what looks like a Python pickle, which is never read"
    if text.startswith(b"\x89HDF"):
        return "found an HDF5 file"
    if text.lstrip()[:1] == b"<":
        return "found what looks like a web page"
    if b"\t" in text.partition(b"\n")[0]:
        return "found fields parted by tabs"
    return f"found {text[:40]!r}"
