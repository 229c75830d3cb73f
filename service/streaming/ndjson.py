"""Rows as lines of JSON.

A line is a word, ``"maison"``; a vector, ``[0.1, …]``; or an object with ``word``, ``vector`` or
both. An answer is an object per line.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import orjson

from isogloss.service.errors import ServiceError
from isogloss.service.streaming.problems import check_word, missing, wrong_length
from isogloss.service.streaming.rows import AlignedRows, Problem, Rows, TranslatedRows
from isogloss.service.streaming.vectors import checked_rows

_ROWS_AT_ONCE = 1024
_NUMBERS = frozenset((float, int))
_SHOWN = 80
_VECTOR = msgspec.json.Decoder(list[float])

Row = tuple[str | None, bytes | None]
"""A word, and the numbers of a vector as they stand in an array of float64."""


class NdjsonDecoder:
    """Reads a row per line; a line that cannot be read is a problem of its own row only."""

    rows_promised = None

    def __init__(self, dimension: int, *, most_word_length: int, most_line_bytes: int) -> None:
        self._dimension = dimension
        self._numbers = struct.Struct(f"{dimension}d")
        self._most_word_length = most_word_length
        self._most_line_bytes = most_line_bytes
        self._rest = b""
        self._dropped = 0  # length of a line that is too long; it stands for the line
        self._rows = 0

    def feed(self, data: bytes) -> Iterator[Rows]:
        """Give out the rows whose line is complete."""
        text, end, rest = data.rpartition(b"\n")
        if not end:
            self._keep(data)
            return
        lines: list[bytes | int] = [*(self._rest + text).split(b"\n")]
        if self._dropped:
            lines[0] = self._dropped + len(text.partition(b"\n")[0])
        self._rest, self._dropped = b"", 0
        for begin in range(0, len(lines), _ROWS_AT_ONCE):
            yield self._read(lines[begin : begin + _ROWS_AT_ONCE])
        self._keep(rest)

    def end(self) -> Iterator[Rows]:
        """Give out the last row, where its line has no end."""
        if self._dropped or self._rest:
            yield self._read([self._dropped or self._rest])

    def _keep(self, data: bytes) -> None:
        if self._dropped or len(self._rest) + len(data) > self._most_line_bytes:
            self._dropped += len(self._rest) + len(data)
            self._rest = b""
        else:
            self._rest += data

    def _read(self, lines: Sequence[bytes | int]) -> Rows:
        words: list[str | None] = []
        numbers: list[bytes | None] = []
        problems: dict[int, Problem] = {}
        for offset, line in enumerate(lines):
            row = self._read_plain_vector(line) or self._read_line(line)
            if isinstance(row, Problem):
                problems[offset] = row
                row = (None, None)
            words.append(row[0])
            numbers.append(row[1])
        first, self._rows = self._rows, self._rows + len(lines)
        some_words = tuple(words) if any(word is not None for word in words) else None
        given = np.array([each is not None for each in numbers])
        if not given.any():
            return Rows(first, len(lines), some_words, problems=problems)
        none = bytes(self._numbers.size)
        vectors = np.frombuffer(b"".join([each or none for each in numbers]), np.float64)
        return checked_rows(
            first,
            vectors.reshape(len(lines), self._dimension),
            words=some_words,
            given=None if given.all() else given,
            problems=problems,
        )

    def _read_plain_vector(self, line: bytes | int) -> Row | None:
        """Read the most frequent kind of line in half the time; None: look at it closely."""
        if isinstance(line, int) or line[:1] != b"[" or len(line) > self._most_line_bytes:
            return None
        try:
            return None, self._numbers.pack(*_VECTOR.decode(line))
        except (msgspec.MsgspecError, struct.error, UnicodeDecodeError):
            return None

    def _read_line(self, line: bytes | int) -> Row | Problem:
        length = line if isinstance(line, int) else len(line)
        if isinstance(line, int) or length > self._most_line_bytes:
            return Problem.expected(
                "too_large",
                "bytes of the line",
                expected=f"at most {self._most_line_bytes}",
                found=f"{length}",
            )
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            return Problem.expected(
                "malformed_row", "line", expected="JSON", found=f"{error.msg}, at byte {error.pos}"
            )
        word: Any = None
        vector: Any = None
        match value:
            case str():
                word = value
            case list():
                vector = value
            case dict() if value.keys() <= {"word", "vector"}:
                word, vector = value.get("word"), value.get("vector")
            case _:
                return Problem.expected(
                    "malformed_row",
                    "line",
                    expected="a word, a vector, or an object with word, vector or both",
                    found=_shown(value),
                )
        return self._check(word, vector)

    def _check(self, word: Any, vector: Any) -> Row | Problem:
        if word is None and vector is None:
            return missing()
        problem = None
        if word is not None:
            problem = self._problem_of_word(word)
        if problem is None and vector is not None:
            problem = self._problem_of_vector(vector)
        if problem is not None:
            return problem
        return word, None if vector is None else self._numbers.pack(*vector)

    def _problem_of_word(self, word: Any) -> Problem | None:
        if isinstance(word, str):
            return check_word(word, self._most_word_length)
        return Problem.expected("malformed_row", "word", expected="a string", found=_shown(word))

    def _problem_of_vector(self, vector: Any) -> Problem | None:
        if not isinstance(vector, list):
            return Problem.expected(
                "malformed_row", "vector", expected="a list of numbers", found=_shown(vector)
            )
        if len(vector) != self._dimension:
            return wrong_length(self._dimension, len(vector))
        # Exact types: a boolean is an int to Python, and no number to JSON.
        if _NUMBERS.issuperset(map(type, vector)):
            return None
        wrong = next(each for each in vector if type(each) not in _NUMBERS)
        return Problem.expected("malformed_row", "vector", expected="numbers", found=_shown(wrong))


class AlignedNdjsonEncoder:
    """Writes ``{"position", "word", "vector"}`` a line, or ``error`` in place of ``vector``."""

    def write(self, answers: AlignedRows) -> bytes:
        """Write lines."""
        if not len(answers.vectors):
            return b""
        # All at once: a call for each row takes as long again.
        text = orjson.dumps(
            np.ascontiguousarray(answers.vectors), option=orjson.OPT_SERIALIZE_NUMPY
        )
        lines = []
        for offset, numbers in enumerate(text[2:-2].split(b"],[")):
            word = None if answers.words is None else answers.words[offset]
            if word is None and offset not in answers.problems:
                position = answers.first + offset
                lines.append(b'{"position":%d,"vector":[%b]}\n' % (position, numbers))
                continue
            line: dict[str, Any] = {"position": answers.first + offset}
            if word is not None:
                line["word"] = word
            if offset in answers.problems:
                line["error"] = error_of(answers.problems[offset])
            else:
                line["vector"] = orjson.Fragment(b"[%b]" % numbers)
            lines.append(_dumps(line))
        return b"".join(lines)

    def end(self) -> bytes:
        """Write nothing."""
        return b""

    def fail(self, error: ServiceError) -> bytes:
        """Write a last line without ``position``."""
        return failure_line(error)


class TranslatedNdjsonEncoder:
    """Writes ``{"position", "word", "neighbours", "in_vocabulary"}`` a line, or ``error``."""

    def write(self, answers: TranslatedRows) -> bytes:
        """Write lines."""
        lines = []
        for offset, neighbours in enumerate(answers.neighbours):
            line: dict[str, Any] = {"position": answers.first + offset}
            if answers.words is not None and answers.words[offset] is not None:
                line["word"] = answers.words[offset]
            if offset in answers.problems:
                line["error"] = error_of(answers.problems[offset])
            else:
                line["neighbours"] = [
                    {"word": one.word, "score": np.float32(one.score)} for one in neighbours
                ]
                if answers.in_vocabulary[offset] is not None:
                    line["in_vocabulary"] = answers.in_vocabulary[offset]
            lines.append(_dumps(line))
        return b"".join(lines)

    def end(self) -> bytes:
        """Write nothing."""
        return b""

    def fail(self, error: ServiceError) -> bytes:
        """Write a last line without ``position``."""
        return failure_line(error)


def error_of(problem: Problem) -> dict[str, Any]:
    """Show a problem in the shape of errors."""
    return {"code": problem.code, "message": problem.message, "detail": dict(problem.detail)}


def failure_line(error: ServiceError) -> bytes:
    """Show the error that ended a stream."""
    return _dumps({"error": {"code": error.code, "message": error.message, "detail": error.detail}})


def _dumps(line: dict[str, Any]) -> bytes:
    return orjson.dumps(line, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)


def _shown(value: object) -> str:
    match value:
        case dict():
            return "an object"
        case list():
            return f"a list of {len(value)}"
    return ascii(value)[:_SHOWN]
