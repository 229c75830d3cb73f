"""Lexicons whose pairing is in part unknown: groups of words that belong together somehow."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Int64

from isogloss.models.errors import LexiconError
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.lexicon import Lexicon
from isogloss.models.spaces.lexicon_lines import read_lexicon_lines


class WordGroup(NamedTuple):
    """Source words, and target words among which their translations are to be looked for."""

    sources: tuple[str, ...]
    targets: tuple[str, ...]


class RowGroups(NamedTuple):
    """Groups of one shape, as rows of the two spaces."""

    sources: Int64[np.ndarray, "groups n"]
    targets: Int64[np.ndarray, "groups m"]


@dataclass(frozen=True, slots=True)
class GroupedLexicon:
    """Groups of words, in the order of the file.

    Attributes:
        groups: Each holds at least one word of either side; that of a plain pair holds one.

    """

    groups: tuple[WordGroup, ...]

    @classmethod
    def of(cls, lexicon: Lexicon) -> GroupedLexicon:
        """Take every pair of a lexicon as a group of its own."""
        return cls(
            tuple(
                WordGroup((source,), (target,))
                for source, targets in lexicon.entries.items()
                for target in targets
            )
        )

    def __len__(self) -> int:
        return len(self.groups)

    def row_groups(self, source: EmbeddingSpace, target: EmbeddingSpace) -> list[RowGroups]:
        """Rows of the words that lie in the vocabularies, the groups of one shape together.

        A group that keeps no word of one side is left out.
        """
        by_shape: dict[tuple[int, int], list[tuple[list[int], list[int]]]] = {}
        for group in self.groups:
            sources = [source.rows[word] for word in group.sources if word in source.rows]
            targets = [target.rows[word] for word in group.targets if word in target.rows]
            if sources and targets:
                by_shape.setdefault((len(sources), len(targets)), []).append((sources, targets))
        return [
            RowGroups(
                np.array([sources for sources, _ in groups], dtype=np.int64),
                np.array([targets for _, targets in groups], dtype=np.int64),
            )
            for _, groups in sorted(by_shape.items())
        ]


def read_grouped_lexicon(path: Path) -> GroupedLexicon:
    """Read lines of ``source target`` or ``source target group``.

    Lines with the same third word make up a group: which of its targets translates which of its
    sources is not known. A line of two words is a pair of its own, and so is one whose third field
    is a number: that is a score. What may part the words, see
    :func:`isogloss.models.spaces.lexicon_lines.read_lexicon_lines`.

    Raises:
        LexiconError: The file cannot be read, is empty, or a line is not two or three words; names
            the line.

    """
    groups: dict[str | int, tuple[dict[str, None], dict[str, None]]] = {}
    for line in read_lexicon_lines(path):
        if len(line.words) not in (2, 3):
            raise LexiconError(
                path,
                f"expected 'source target' or 'source target group', found {len(line.words)} words",
                line=line.number,
            )
        name = line.words[2] if len(line.words) == 3 else line.number
        sources, targets = groups.setdefault(name, ({}, {}))
        sources[line.words[0]] = None
        targets[line.words[1]] = None
    if not groups:
        raise LexiconError(path, "expected at least one pair of words, found none")
    return GroupedLexicon(
        tuple(WordGroup(tuple(sources), tuple(targets)) for sources, targets in groups.values())
    )
