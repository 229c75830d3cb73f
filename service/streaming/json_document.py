"""Rows as one JSON document, which is small: it is read and written as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from isogloss.service.errors import ServiceError, TooLargeError
from isogloss.service.responses import number
from isogloss.service.streaming.ndjson import error_of
from isogloss.service.streaming.problems import WITHOUT_VECTOR
from isogloss.service.streaming.rows import AlignedRows, Rows, TranslatedRows


class GivenRows:
    """Rows that are already there, because the document that held them was read."""

    def __init__(self, rows: Rows) -> None:
        self.rows_promised = rows.count
        self._rows = rows

    def feed(self, data: bytes) -> Iterator[Rows]:
        """Give out nothing: there are no more bytes."""
        return iter(())

    def end(self) -> Iterator[Rows]:
        """Give out the rows."""
        yield self._rows


class AlignedJsonEncoder:
    """Writes ``{"vectors", "unknown"}``, and ``problems`` where other rows have no answer."""

    def __init__(self, most_rows: int) -> None:
        self._most_rows = most_rows
        self._vectors: list[Any] = []
        self._unknown: list[dict[str, Any]] = []
        self._problems: list[dict[str, Any]] = []

    def write(self, answers: AlignedRows) -> bytes:
        """Keep answers for the end."""
        check_rows(answers.first + len(answers.vectors), self._most_rows)
        for offset, vector in enumerate(answers.vectors):
            position, problem = answers.first + offset, answers.problems.get(offset)
            self._vectors.append(vector if problem is None else None)
            if problem is None:
                continue
            if problem.code in WITHOUT_VECTOR and answers.words is not None:
                self._unknown.append(
                    {
                        "position": position,
                        "word": answers.words[offset],
                        "reason": problem.code,
                    }
                )
            else:
                self._problems.append({"position": position, "error": error_of(problem)})
        return b""

    def end(self) -> bytes:
        """Write the document."""
        document = {"vectors": self._vectors, "unknown": self._unknown}
        if self._problems:
            document["problems"] = self._problems
        return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)

    def fail(self, error: ServiceError) -> bytes:
        """Write nothing: nothing was written, so the error is the answer."""
        return b""


class TranslatedJsonEncoder:
    """Writes ``{"results"}``."""

    def __init__(self, most_rows: int) -> None:
        self._most_rows = most_rows
        self._results: list[dict[str, Any]] = []

    def write(self, answers: TranslatedRows) -> bytes:
        """Keep answers for the end."""
        check_rows(answers.first + len(answers.neighbours), self._most_rows)
        for offset, neighbours in enumerate(answers.neighbours):
            problem = answers.problems.get(offset)
            result: dict[str, Any] = {
                "word": None if answers.words is None else answers.words[offset],
                "neighbours": [
                    {"word": one.word, "score": number(one.score)} for one in neighbours
                ],
                "in_vocabulary": bool(answers.in_vocabulary[offset]),
            }
            if problem is not None and problem.code in WITHOUT_VECTOR:
                result["reason"] = problem.code
            elif problem is not None:
                result["error"] = error_of(problem)
            self._results.append(result)
        return b""

    def end(self) -> bytes:
        """Write the document."""
        return orjson.dumps({"results": self._results})

    def fail(self, error: ServiceError) -> bytes:
        """Write nothing: nothing was written, so the error is the answer."""
        return b""


def check_rows(found: int, most: int) -> None:
    """Refuse to gather more rows than a document may hold.

    Raises:
        TooLargeError: There are more.

    """
    if found > most:
        raise TooLargeError("rows of a JSON answer", expected=most, found=found)
