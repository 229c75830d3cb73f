"""What a map is fitted on: vectors of two languages and perhaps a lexicon, wherever they are."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from isogloss.models.checkpoint.hashes import sha256_of_file
from isogloss.models.choices import OnError
from isogloss.models.conversion.lexicons import lexicon_of
from isogloss.models.conversion.objects import space_of
from isogloss.models.errors import InputError
from isogloss.models.retrieval.training_history import InputFile
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.grouped_lexicon import GroupedLexicon, read_grouped_lexicon
from isogloss.models.spaces.lexicon import Lexicon, read_lexicon
from isogloss.models.spaces.readers import ReadReport, read_space

ObserveReading = Callable[[str, int], None]
"""Is told the name of what is read, and how many words are kept so far."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VectorInput:
    """The vectors of a language.

    Attributes:
        source: A path, or whatever :func:`isogloss.models.conversion.objects.space_of` takes.
        language: Code of the language.
        words: The list of words of an array file that holds none; None for the others.

    """

    source: object
    language: str
    words: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadInput:
    """Vectors that were read.

    Attributes:
        space: The words with their vectors.
        report: What was kept and what was not.
        hashes: What was read → its sha256: ``""`` for the vectors, ``-words`` for a list of words.

    """

    space: EmbeddingSpace
    report: ReadReport
    hashes: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TaughtLexicon:
    """A lexicon that a fit is taught, or begins with.

    Attributes:
        lexicon: Pairs, or groups of words.
        name: The name of its file.
        sha256: Of the file, or of the pairs.

    """

    lexicon: Lexicon | GroupedLexicon
    name: str
    sha256: str


def read_input(
    given: VectorInput,
    *,
    limit: int | None = None,
    on_error: OnError = "fail",
    observe: ObserveReading = lambda name, count: None,
) -> ReadInput:
    """Read the vectors of a language.

    Raises:
        InputError: They cannot be used.

    """
    if not isinstance(given.source, str | os.PathLike):
        if given.words is not None:
            raise InputError(f"vectors of {given.language}: a list of words goes with a file only")
        read = space_of(
            given.source,
            language=given.language,
            limit=limit,
            on_error=on_error,
            observe=lambda count: observe(given.language, count),
        )
        return ReadInput(space=read.space, report=read.report, hashes={"": _hash(read.space)})
    path = Path(given.source)
    read = read_space(
        path,
        language=given.language,
        limit=limit,
        on_error=on_error,
        words=given.words,
        observe=lambda count: observe(path.name, count),
    )
    hashes = {"": sha256_of_file(path)}
    if given.words is not None:
        hashes["-words"] = sha256_of_file(given.words)
    return ReadInput(space=read.space, report=read.report, hashes=hashes)


def read_taught(given: object, *, groups: bool) -> TaughtLexicon:
    """Take a lexicon.

    Args:
        given: The path of a file, a dictionary of words and their translations, pairs of words, or
            a lexicon.
        groups: Whether a third word may name a group whose pairing is unknown.

    Raises:
        LexiconError: The file cannot be used.
        InputError: It is none of these, or holds no pair.

    """
    if isinstance(given, str | os.PathLike):
        path = Path(given)
        read = read_grouped_lexicon(path) if groups else read_lexicon(path)
        return TaughtLexicon(lexicon=read, name=path.name, sha256=sha256_of_file(path))
    lexicon = lexicon_of(given, groups=groups)
    content = dict(lexicon.entries) if isinstance(lexicon, Lexicon) else lexicon.groups
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    return TaughtLexicon(lexicon=lexicon, name="pairs", sha256=digest)


def input_files(
    source: ReadReport, target: ReadReport, taught: TaughtLexicon | None
) -> tuple[InputFile, ...]:
    """Say what a map was fitted on, for its history."""
    vectors = tuple(
        InputFile(
            role=role,
            name=report.path.name,
            format=report.format,
            words=report.kept,
            dimension=report.dimension,
            zero_vectors=report.zero_vectors,
            skipped=dict(report.skipped),
        )
        for role, report in (("source", source), ("target", target))
    )
    if taught is None:
        return vectors
    words = len(taught.lexicon)
    lexicon = InputFile(role="lexicon", name=taught.name, format=None, words=words, dimension=None)
    return (*vectors, lexicon)


def _hash(space: EmbeddingSpace) -> str:
    digest = hashlib.sha256(json.dumps(space.words).encode())
    digest.update(np.ascontiguousarray(space.vectors).data)
    return digest.hexdigest()
