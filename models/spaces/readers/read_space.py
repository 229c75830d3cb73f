"""Reads a file of word vectors, whatever its format."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from isogloss.models.choices import OnError
from isogloss.models.errors import OptionError, UnreadableFileError
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.readers.bounds import DEFAULT_BOUNDS, ReadBounds
from isogloss.models.spaces.readers.byte_source import (
    ByteSource,
    open_packed,
    open_source,
    open_zip,
)
from isogloss.models.spaces.readers.collector import Collector
from isogloss.models.spaces.readers.fasttext_binary import (
    read_fasttext_header,
    read_fasttext_subwords,
    read_fasttext_words,
)
from isogloss.models.spaces.readers.numpy_arrays import (
    has_arrays,
    open_archived_vectors,
    read_vectors,
    read_vectors_header,
    read_word_list,
)
from isogloss.models.spaces.readers.recognition import LONGEST_LINE, Layout, recognise
from isogloss.models.spaces.readers.report import ReadReport
from isogloss.models.spaces.readers.text import read_text
from isogloss.models.spaces.readers.word2vec_binary import read_word2vec_binary
from isogloss.models.spaces.row_blocks import count_zero_rows
from isogloss.models.spaces.subwords import FastTextSubwords

_ZIP_MAGIC = b"PK\x03\x04"


@dataclass(frozen=True, slots=True, eq=False)
class ReadSpace:
    """A space that was read, and the report of the reading.

    Attributes:
        space: The words with their vectors.
        report: What was kept and what was not.

    """

    space: EmbeddingSpace
    report: ReadReport


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """What the caller of ``read_space`` asked for."""

    path: Path
    language: str
    limit: int | None
    on_error: OnError
    words: Path | None
    observe: Callable[[int], None] | None
    bounds: ReadBounds

    def collector(self, dimension: int, promised: int | None) -> Collector:
        return Collector(
            self.path,
            dimension=dimension,
            promised=promised,
            limit=self.limit,
            on_error=self.on_error,
            observe=self.observe,
            bounds=self.bounds,
        )


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
        words: The list of words of a ``.npy``; None looks beside it for ``NAME.words.txt`` and
            ``NAME.txt``.
        observe: Is told how many words are kept so far.
        bounds: How much the file may hold; stricter ones are for files of somebody else.

    Returns:
        The space and the report.

    Raises:
        UnreadableFileError: The file is missing, is a directory or may not be read.
        UnknownFormatError: The content is none of the known formats.
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

    """
    if limit is not None and limit < 1:
        raise OptionError(f"limit: expected at least 1, found {limit}")
    request = _Request(
        path=path,
        language=language,
        limit=limit,
        on_error=on_error,
        words=words,
        observe=observe,
        bounds=bounds,
    )
    return _read_archived_arrays(request) or _read_stream(request)


def _read_archived_arrays(request: _Request) -> ReadSpace | None:
    """Read a ``.npz``; None where the file is something else."""
    with contextlib.ExitStack() as stack:
        try:
            if not request.path.is_file():
                return None  # a pipe can be read only once
            raw, packed = stack.enter_context(open_packed(request.path))
            if raw.read(len(_ZIP_MAGIC)) != _ZIP_MAGIC:
                return None
        except (OSError, UnreadableFileError):
            return None  # the ordinary way reports it
        archive = stack.enter_context(open_zip(request.path, raw))
        if not has_arrays(archive):
            return None
        _refuse_word_list(request, "npz")
        words, source, header = open_archived_vectors(request.path, archive, packed, request.bounds)
        collector = request.collector(header.shape[1], header.shape[0])
        read_vectors(source, header, words, collector)
        return _result(request, collector, source, Layout(format="npz"))


def _read_stream(request: _Request) -> ReadSpace:
    with open_source(request.path, request.bounds) as source:
        layout = recognise(request.path, source.peek_lines(2, most=LONGEST_LINE))
        source.skip(layout.offset)
        if layout.format != "npy":
            _refuse_word_list(request, layout.format)
        subwords: FastTextSubwords | None = None
        if layout.format == "npy":
            array = read_vectors_header(source)
            words = read_word_list(request.path, request.words, request.bounds)
            collector = request.collector(array.shape[1], array.shape[0])
            read_vectors(source, array, words, collector)
        elif layout.format == "fasttext-binary":
            header = read_fasttext_header(source)
            collector = request.collector(header.dimension, header.words)
            read_fasttext_words(source, header, collector)
            subwords = read_fasttext_subwords(source, header)
        elif layout.format == "word2vec-binary":
            collector = request.collector(layout.dimension, layout.promised)
            read_word2vec_binary(source, collector, promised=layout.promised or 0)
        else:
            collector = request.collector(layout.dimension, layout.promised)
            read_text(source, collector, first_line=layout.first_line, promised=layout.promised)
        return _result(request, collector, source, layout, subwords)


def _result(
    request: _Request,
    collector: Collector,
    source: ByteSource,
    layout: Layout,
    subwords: FastTextSubwords | None = None,
) -> ReadSpace:
    words, vectors = collector.finish()
    if subwords is not None:
        subwords.average_with(words, vectors)
    report = ReadReport(
        path=request.path,
        format=layout.format,
        compression=source.compression,
        kept=len(words),
        dimension=collector.dimension,
        zero_vectors=count_zero_rows(vectors),
        byte_order_mark=layout.byte_order_mark,
        skipped=collector.skipped,
        examples=collector.examples,
    )
    return ReadSpace(EmbeddingSpace(request.language, words, vectors, subwords), report)


def _refuse_word_list(request: _Request, found: str) -> None:
    if request.words is not None:
        raise OptionError(
            f"a list of words goes with an .npy only; {request.path} is of the format {found}"
        )
