"""Words and their vectors: spaces, the files they come from, lexicons, normalisation."""

from isogloss.models.spaces.embedding_space import EmbeddingSpace, SubwordModel
from isogloss.models.spaces.lexicon import Lexicon, read_lexicon
from isogloss.models.spaces.normalizer import Normalizer, unit_rows
from isogloss.models.spaces.readers import OnError, ReadReport, ReadSpace, read_space
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
