"""What was read and what was not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from isogloss.models.errors import (
    CorruptArchiveError,
    DuplicateWordError,
    MalformedLineError,
    NonFiniteVectorError,
    TextEncodingError,
    TruncatedFileError,
    UnreadableFileError,
    VectorFileError,
    WrongDimensionError,
)

REASONS: Mapping[type[VectorFileError], str] = MappingProxyType(
    {
        DuplicateWordError: "duplicate",
        WrongDimensionError: "dimension",
        NonFiniteVectorError: "non-finite",
        TextEncodingError: "encoding",
        MalformedLineError: "malformed",
        TruncatedFileError: "truncated",
        CorruptArchiveError: "damaged",
        UnreadableFileError: "damaged",
    }
)
"""Error → the word under which a report counts it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadReport:
    """What was read and what was not.

    Attributes:
        path: The file.
        format: ``fasttext-text``, ``glove-text``, ``word2vec-binary``, ``fasttext-binary``,
            ``npy`` or ``npz``.
        compression: ``none``, ``gzip``, ``bzip2``, ``xz`` or ``zip``.
        kept: Words kept.
        dimension: Length of their vectors.
        zero_vectors: Words kept whose vector is zero: they have no direction.
        byte_order_mark: Whether the file began with a UTF-8 byte-order mark, which was dropped.
        skipped: Reason → how many words were left out for it; empty unless asked to skip.
        examples: Reason → line (text) or record (binary) of the first one, counted from 1.

    """

    path: Path
    format: str
    compression: str
    kept: int
    dimension: int
    zero_vectors: int = 0
    byte_order_mark: bool = False
    skipped: Mapping[str, int] = field(default_factory=dict)
    examples: Mapping[str, int] = field(default_factory=dict)
