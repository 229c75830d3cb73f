"""Bilingual lexicons: which words translate which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int64

from isogloss.models.errors import LexiconError
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.lexicon_lines import read_lexicon_lines


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Source words with their accepted translations, in the order of the file.

    Attributes:
        entries: Source word → its translations, each at least one.

    """

    entries: Mapping[str, tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.entries)

    def row_pairs(
        self, source: EmbeddingSpace, target: EmbeddingSpace
    ) -> Int64[np.ndarray, "pairs 2"]:
        """Rows of the pairs whose two words lie in the vocabularies, of shape [pairs, 2]."""
        pairs = [
            (source.rows[word], target.rows[translation])
            for word, translations in self.entries.items()
            if word in source.rows
            for translation in translations
            if translation in target.rows
        ]
        return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def read_lexicon(path: Path) -> Lexicon:
    """Read a dictionary, a pair of words a line; several targets per source.

    What may part the words, and what else may stand in a line, see
    :func:`isogloss.models.spaces.lexicon_lines.read_lexicon_lines`.

    Raises:
        LexiconError: The file cannot be read, is empty, or a line is not two words; names the line.

    """
    entries: dict[str, dict[str, None]] = {}
    for line in read_lexicon_lines(path):
        if len(line.words) != 2:
            count = len(line.words)
            more = "; words of several parts need a tab between them" if count > 2 else ""
            reason = f"expected 'source target', found {count} words{more}"
            raise LexiconError(path, reason, line=line.number)
        entries.setdefault(line.words[0], {})[line.words[1]] = None
    if not entries:
        raise LexiconError(path, "expected at least one pair of words, found none")
    return Lexicon({source: tuple(targets) for source, targets in entries.items()})
