"""The JSON documents whose lists may be long: words, or vectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
import numpy as np
from fastapi import Request
from jaxtyping import Float32
from pydantic import BaseModel, TypeAdapter, ValidationError

from isogloss.models.errors import NonFiniteInputError, ShapeError
from isogloss.service.documents.outline import Span, outline
from isogloss.service.documents.reading import SMALL, check_beginning, explained, parse_document
from isogloss.service.errors import TooLargeError
from isogloss.service.routes.inputs import (
    check_directions,
    check_vector_count,
    check_vectors,
    check_words,
    matrix_of,
)
from isogloss.service.schemas import Vector, Word
from isogloss.service.settings import Settings
from isogloss.service.state import ServiceState, compute
from isogloss.service.streaming.media_types import Form, form_of_body

Document = TypeVar("Document", bound=BaseModel)

_LONGEST_ESCAPE = 12
"""Bytes of a character that is written as two escapes."""

_LONGEST_NUMBER = 64
"""Bytes that a number of a long vector may take on average, spaces with it."""

_BYTES_AT_ONCE = 1 << 16
_WORDS, _VECTORS = "words", "vectors"
_SEVERAL_WORDS = msgspec.json.Decoder(list[str])
_ONE_VECTOR = msgspec.json.Decoder(list[float])
_CHECKED_WORD: TypeAdapter[str] = TypeAdapter(Word)
_CHECKED_VECTOR: TypeAdapter[list[float]] = TypeAdapter(Vector)


@dataclass(frozen=True, slots=True, eq=False)
class AskedRows(Generic[Document]):
    """A document, and what its long list holds.

    Attributes:
        document: Its other fields; the lists are left empty.
        words: The words, where it has some.
        vectors: Raw source vectors, of shape [n, m], finite, where it has some.

    """

    document: Document
    words: list[str] | None
    vectors: Float32[np.ndarray, "n m"] | None


async def read_rows(
    request: Request,
    kind: type[Document],
    state: ServiceState,
    *,
    dimension: int,
    most_words: int | None = None,
) -> AskedRows[Document]:
    """Read and check the body.

    Args:
        request: Whose body is read.
        kind: With a field ``words``, ``vectors`` or both.
        state: Of the service.
        dimension: Of the vectors.
        most_words: Where fewer are allowed than by the settings.

    Raises:
        UnsupportedMediaTypeError: It is not JSON.
        MalformedJsonError: It is no JSON.
        RequestValidationError: It is not such a document.
        TooLargeError: There are too many words or vectors, or a word is too long.
        ShapeError: A vector has another dimension.
        NonFiniteInputError: A number is too large for float32.

    """
    form_of_body(request.headers.get("content-type"), (Form.JSON,))
    body = await request.body()
    settings = state.settings
    if most_words is not None and most_words < settings.max_words:
        settings = settings.model_copy(update={"max_words": most_words})
    if len(body) <= SMALL:
        return parse_small(body, kind, dimension, settings)
    return await compute(state, lambda: parse_large(body, kind, dimension, settings))


def parse_small(
    body: bytes, kind: type[Document], dimension: int, settings: Settings
) -> AskedRows[Document]:
    """Parse a document as a whole; see :func:`read_rows`."""
    document = parse_document(kind, body)
    words: list[str] | None = getattr(document, _WORDS, None)
    vectors: list[list[float]] | None = getattr(document, _VECTORS, None)
    if words is not None:
        check_words(words, settings)
    if vectors is None:
        return AskedRows(document, words, None)
    check_vectors(vectors, dimension, settings)
    return AskedRows(document, words, matrix_of(vectors, dimension))


def parse_large(
    body: bytes, kind: type[Document], dimension: int, settings: Settings
) -> AskedRows[Document]:
    """Parse a document item by item, once they are counted; see :func:`read_rows`."""
    check_beginning(body)
    fields = outline(body, max(settings.max_words, settings.max_vectors))
    long: dict[str, Span] = {}
    rest: list[bytes] = []
    for name, span in fields.items():
        value = body[span.begin : span.end] if span.end - span.begin <= SMALL else None
        if name in (_WORDS, _VECTORS) and body[span.begin : span.begin + 1] == b"[":
            long[name] = span
            value = b"[]"
        if value is None:
            raise TooLargeError(f"bytes of {name!a}", expected=SMALL, found=span.end - span.begin)
        rest.append(msgspec.json.encode(name) + b":" + value)
    document = parse_document(kind, b"{" + b",".join(rest) + b"}")
    words = vectors = None
    if _WORDS in long:
        if long[_WORDS].items > settings.max_words:
            raise TooLargeError("words", expected=settings.max_words, found=long[_WORDS].items)
        words = list(_read_words(body, long[_WORDS], settings))
        check_words(words, settings)
    if _VECTORS in long:
        check_vector_count(long[_VECTORS].items, settings)
        vectors = _read_vectors(body, long[_VECTORS], dimension)
    return AskedRows(document, words, vectors)


def _read_words(body: bytes, span: Span, settings: Settings) -> Iterator[str]:
    most = _LONGEST_ESCAPE * settings.max_word_length + SMALL
    gathered: list[tuple[int, int]] = []
    number = 0
    for position, (begin, end) in enumerate(span.spans()):
        if end - begin > most:
            raise TooLargeError(f"bytes of words[{position}]", expected=most, found=end - begin)
        gathered.append((begin, end))
        if end - gathered[0][0] >= _BYTES_AT_ONCE:
            yield from _some_words(body, gathered, number)
            number, gathered = position + 1, []
    if gathered:
        yield from _some_words(body, gathered, number)


def _some_words(body: bytes, spans: list[tuple[int, int]], first: int) -> list[str]:
    try:
        return _SEVERAL_WORDS.decode(b"[%b]" % body[spans[0][0] : spans[-1][1]])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        # One by one, so that the error names the word.
        return [
            _validated(_CHECKED_WORD, body[begin:end], (_WORDS, first + offset))
            for offset, (begin, end) in enumerate(spans)
        ]


def _read_vectors(body: bytes, span: Span, dimension: int) -> Float32[np.ndarray, "n m"]:
    exact = np.empty((span.items, dimension), np.float64)
    most = _LONGEST_NUMBER * dimension + SMALL
    for row, (begin, end) in enumerate(span.spans()):
        if end - begin > most:
            raise TooLargeError(f"bytes of vectors[{row}]", expected=most, found=end - begin)
        text = body[begin:end]
        try:
            vector = _ONE_VECTOR.decode(text)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            # Also what msgspec does not take and the schema does: the schema has the last word.
            vector = _validated(_CHECKED_VECTOR, text, (_VECTORS, row))
        if len(vector) != dimension:
            raise ShapeError(
                f"vectors[{row}]",
                expected=f"{dimension} numbers",
                found=f"{len(vector)} numbers",
            )
        exact[row] = vector
    with np.errstate(over="ignore"):
        matrix: Float32[np.ndarray, "n m"] = exact.astype(np.float32)
    if not np.isfinite(matrix).all():
        row, column = np.argwhere(~np.isfinite(matrix))[0]
        raise NonFiniteInputError(
            f"vectors[{row}][{column}]: expected a float32 number, found {exact[row, column]}"
        )
    check_directions(matrix)
    return matrix


def _validated(adapter: TypeAdapter[Any], text: bytes, place: tuple[str, int]) -> Any:
    try:
        return adapter.validate_json(text, strict=True)
    except ValidationError as error:
        raise explained(error, ("body", *place)) from error
