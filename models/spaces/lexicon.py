"""Bilingual lexicons: which words translate which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int64

from isogloss.models.errors import LexiconError
from isogloss.models.spaces.embedding_space import EmbeddingSpace


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
    """Read lines of ``source target``, parted by one space or tab; several targets per source.

    Raises:
        LexiconError: The file cannot be read, is empty, or a line is not two words; names the line.

    """
    entries: dict[str, dict[str, None]] = {}
    for number, words in read_lexicon_lines(path):
        if len(words) != 2:
            raise LexiconError(
                path, f"expected 'source target', found {len(words)} words", line=number
            )
        entries.setdefault(words[0], {})[words[1]] = None
    if not entries:
        raise LexiconError(path, "expected at least one pair of words, found none")
    return Lexicon({source: tuple(targets) for source, targets in entries.items()})


def read_lexicon_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Read the lines of a lexicon that are not empty: their number from 1, and their words.

    Raises:
        LexiconError: The file cannot be read.

    """
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise LexiconError(path, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        raise LexiconError(path, "expected UTF-8", line=before.count(b"\n") + 1) from error
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        words = [word for word in line.rstrip("\r").replace("\t", " ").split(" ") if word]
        if words:
            yield number, words
