"""Reads a file of word vectors, whatever its format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from isogloss.models.choices import OnError
from isogloss.models.errors import OptionError
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.readers.bounds import DEFAULT_BOUNDS, ReadBounds
from isogloss.models.spaces.readers.byte_source import open_source
from isogloss.models.spaces.readers.formats import recognise
from isogloss.models.spaces.readers.report import ReadReport
from isogloss.models.spaces.readers.request import Request
from isogloss.models.spaces.row_blocks import count_zero_rows

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, eq=False)
class ReadSpace:
    """A space that was read, and the report of the reading.

    Attributes:
        space: The words with their vectors.
        report: What was kept and what was not.

    """

    space: EmbeddingSpace
    report: ReadReport


def read_space(
    path: Path,
    *,
    language: str,
    limit: int | None = None,
    on_error: OnError = "fail",
    words: Path | None = None,
    observe: Callable[[int], None] | None = None,
    bounds: ReadBounds = DEFAULT_BOUNDS,
) -> ReadSpace:
    """Read a file of word vectors; the format is told from the content.

    Args:
        path: The file.
        language: Code of the language, for instance ``fr``.
        limit: Keep the first so many words, which are the most frequent; None keeps all.
        on_error: ``fail`` raises at the first bad word; ``skip`` counts it and goes on.
        words: The list of words of a file that holds vectors alone (``.npy``, ``.safetensors``);
            None looks beside it for ``NAME.words.txt`` and ``NAME.txt``.
        observe: Is told how many words are kept so far.
        bounds: How much the file may hold; stricter ones are for files of somebody else.

    Returns:
        The space and the report.

    Raises:
        UnreadableFileError: The file is missing, is a directory or may not be read.
        UnknownFormatError: The content is none of the formats that are read; says what to do.
        EmptyFileError: The file holds no word, or every one was skipped.
        TruncatedFileError: The file or its archive ends too early.
        CorruptArchiveError: The archive is damaged or does not hold exactly one file.
        UnpackedSizeError: The archive holds more than the bounds allow.
        WordListError: The word list of an array is missing or does not fit it.
        TextEncodingError: A word is not UTF-8.
        MalformedLineError: A line is not a word followed by numbers, or is one too many.
        WrongDimensionError: A vector is longer or shorter than the others.
        NonFiniteVectorError: A vector holds NaN, infinity, or a number beyond float32.
        DuplicateWordError: A word stands twice.
        OptionError: ``limit`` is not positive, or ``words`` goes with another format.
        DependencyError: The package that reads the format is not installed.

    """
    if limit is not None and limit < 1:
        raise OptionError(f"limit: expected at least 1, found {limit}")
    request = Request(
        path=path, limit=limit, on_error=on_error, words=words, observe=observe, bounds=bounds
    )
    with open_source(path, bounds) as source:
        found = recognise(source)
        if words is not None and not found.takes_word_list:
            raise OptionError(
                f"a list of words goes with an array; {path} is of the format {found.name}"
            )
        byte_order_mark = source.peek(len(_BYTE_ORDER_MARK)) == _BYTE_ORDER_MARK
        collected = found.read(source, request)
        kept, vectors = collected.collector.finish()
        if collected.subwords is not None:
            collected.subwords.average_with(kept, vectors)
        report = ReadReport(
            path=path,
            format=found.name,
            compression=source.compression,
            kept=len(kept),
            dimension=collected.collector.dimension,
            zero_vectors=count_zero_rows(vectors),
            byte_order_mark=byte_order_mark,
            skipped=collected.collector.skipped,
            examples=collected.collector.examples,
        )
    return ReadSpace(EmbeddingSpace(language, kept, vectors, collected.subwords), report)
