"""Words and their vectors: spaces, the files they come from, lexicons, normalisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.models.lazy_names import lazy_names

if TYPE_CHECKING:
    from isogloss.models.choices import OnError
    from isogloss.models.spaces.embedding_space import EmbeddingSpace, SubwordModel
    from isogloss.models.spaces.lexicon import Lexicon, read_lexicon
    from isogloss.models.spaces.normalizer import Normalizer, unit_rows
    from isogloss.models.spaces.readers import ReadReport, ReadSpace, read_space
    from isogloss.models.spaces.subwords import FastTextSubwords

__all__ = [
    "EmbeddingSpace",
    "FastTextSubwords",
    "Lexicon",
    "Normalizer",
    "OnError",
    "ReadReport",
    "ReadSpace",
    "SubwordModel",
    "read_lexicon",
    "read_space",
    "unit_rows",
]

__getattr__ = lazy_names(
    __name__,
    {
        ".embedding_space": ("EmbeddingSpace", "SubwordModel"),
        ".lexicon": ("Lexicon", "read_lexicon"),
        ".normalizer": ("Normalizer", "unit_rows"),
        ".readers": ("ReadReport", "ReadSpace", "read_space"),
        ".subwords": ("FastTextSubwords",),
        "isogloss.models.choices": ("OnError",),
    },
)
