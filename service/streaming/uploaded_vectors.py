"""An uploaded file of word vectors, and the two answers that it may get."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Literal

import numpy as np
import orjson
from jaxtyping import Float32
from pydantic import BaseModel, ConfigDict, Field

from isogloss.models.errors import (
    FileError,
    UnknownFormatError,
    UnpackedSizeError,
    WrongDimensionError,
)
from isogloss.models.retrieval import Score, Translator
from isogloss.models.retrieval.induced_lexicon import LexiconEntry, induce_lexicon
from isogloss.models.spaces import EmbeddingSpace, read_space
from isogloss.models.spaces.readers.bounds import ReadBounds
from isogloss.models.spaces.readers.byte_source import open_source
from isogloss.models.spaces.readers.formats import TEXT_FORMATS, dimension_of_text, recognise
from isogloss.models.spaces.word_text import escaped
from isogloss.service.errors import ServiceError, TooLargeError, error_code

_ROWS_AT_ONCE = 2048


class UploadOptions(BaseModel):
    """Fields that go with the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer: Literal["vectors", "lexicon"] = Field(
        default="vectors", description="An aligned .vec, or lines of word, target word and score."
    )
    k: int = Field(default=1, ge=1, le=1_000_000, description="Target words of each word.")
    score: Score = "csls"
    mutual: bool = Field(
        default=False, description="Keep only words that are each other's best; k is then 1."
    )
    limit: int | None = Field(default=None, ge=1, description="Read only so many words.")


class MalformedFileError(ServiceError):
    """The file cannot be read as text of word vectors."""

    def __init__(self, error: FileError) -> None:
        where = "file" if error.line is None else f"file, line {error.line}"
        super().__init__(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "malformed_file",
            f"{where}: {error.reason}",
            {"line": error.line, "kind": error_code(error)},
        )


class UnpackedFileError(ServiceError):
    """The file holds more, unpacked, than the settings allow."""

    def __init__(self, error: UnpackedSizeError) -> None:
        super().__init__(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "too_large",
            f"file: {error.reason}",
            {"kind": error_code(error)},
        )


def read_uploaded(
    file: Path,
    translator: Translator,
    *,
    limit: int | None,
    most_words: int,
    bounds: ReadBounds,
    observe: Callable[[int], None],
) -> EmbeddingSpace:
    """Read an uploaded text of word vectors.

    Args:
        file: Where it lies.
        translator: Has the dimension that the vectors must have.
        limit: Read only so many words.
        most_words: More are refused.
        bounds: How long its words and lines may be, and how much it may hold unpacked.
        observe: Is told how many words are read so far.

    Raises:
        MalformedFileError: It cannot be read, or the vectors have another dimension.
        TooLargeError: It holds too many words.
        UnpackedFileError: It holds too many bytes.

    """
    try:
        # Before anything is taken into memory: a header may promise any dimension.
        with open_source(file, bounds) as source:
            found = recognise(source)
            if found.name not in TEXT_FORMATS:
                raise UnknownFormatError(file, f"expected text, found {found.title}")
            dimension = dimension_of_text(source)
        if dimension != translator.source_dimension:
            expected = translator.source_dimension
            raise WrongDimensionError(
                file, f"expected vectors of {expected} numbers, found {dimension}"
            )
        space = read_space(
            file,
            language=translator.source.language,
            limit=min(limit or most_words + 1, most_words + 1),
            bounds=bounds,
            observe=observe,
        ).space
    except UnpackedSizeError as error:
        raise UnpackedFileError(error) from error
    except FileError as error:
        raise MalformedFileError(error) from error
    if len(space) > most_words:
        raise TooLargeError("words of the file", expected=most_words, found=len(space))
    return space


def aligned_text(translator: Translator, space: EmbeddingSpace) -> Iterator[bytes]:
    """Give out a ``.vec`` of the words with their unit vectors in the target space."""
    yield f"{len(space)} {translator.target_dimension}\n".encode()
    for begin in range(0, len(space), _ROWS_AT_ONCE):
        words = space.words[begin : begin + _ROWS_AT_ONCE]
        yield text_lines(words, translator.align(space.vectors[begin : begin + _ROWS_AT_ONCE]))


def lexicon_text(
    translator: Translator, space: EmbeddingSpace, options: UploadOptions
) -> Iterator[bytes]:
    """Give out lines of word, target word and score, with tabs between."""
    for entries in induce_lexicon(
        translator, space, k=options.k, score=options.score, mutual=options.mutual
    ):
        yield "".join(_line(entry) for entry in entries).encode("utf-8")


def text_lines(words: tuple[str, ...], vectors: Float32[np.ndarray, "n d"]) -> bytes:
    """Write words with their vectors, each number as the shortest that is the same float32."""
    numbers = orjson.dumps(np.ascontiguousarray(vectors), option=orjson.OPT_SERIALIZE_NUMPY)
    rows = numbers[2:-2].split(b"],[")
    return b"".join(
        b"%b %b\n" % (word.encode("utf-8"), row.replace(b",", b" "))
        for word, row in zip(words, rows, strict=True)
    )


def _line(entry: LexiconEntry) -> str:
    """Write an entry; what would break the line is written as in C."""
    source, target = escaped(entry.source), escaped(entry.target)
    return f"{source}\t{target}\t{np.float32(entry.score)!s}\n"
