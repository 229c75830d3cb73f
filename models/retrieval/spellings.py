"""Words of a vocabulary that are written nearly like another one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from itertools import islice

from rapidfuzz import process
from rapidfuzz.distance import OSA

from isogloss.models.spaces.folding import folded

_WORDS_AT_ONCE = 20_000
"""So many words are compared in a few milliseconds, in which no other thread gets its turn."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """A word of the vocabulary.

    Attributes:
        word: As it stands there.
        edits: Letters to insert, delete, replace or swap to get there, case and marks aside.

    """

    word: str
    edits: int


@dataclass(frozen=True, slots=True, eq=False)
class Spellings:
    """Finds words by how they are written. Immutable; any number of threads may ask it.

    Attributes:
        words: The vocabulary, the most frequent first.

    """

    words: Sequence[str]
    _folded: tuple[str, ...] = field(init=False, repr=False)
    _sorted: tuple[int, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        forms = tuple(folded(word) for word in self.words)
        object.__setattr__(self, "_folded", forms)
        object.__setattr__(self, "_sorted", tuple(sorted(range(len(forms)), key=forms.__getitem__)))

    def nearest(self, word: str, count: int) -> tuple[Spelling, ...]:
        """Words that fewest edits lead to: at most three, and at most one in three letters.

        Edits are those of the optimal string alignment: two letters swapped are one. Of equals
        in this, the one that keeps case and marks is nearer, then the more frequent one. The word
        itself is left out.
        """
        form = folded(word)
        most = max(1, min(3, (len(form) + 1) // 3))
        best = nsmallest(
            count,
            (
                (edits, int(OSA.distance(word, self.words[row])), row)
                for row, edits in self._within(form, most)
                if self.words[row] != word
            ),
        )
        return tuple(Spelling(self.words[row], edits) for edits, _, row in best)

    def beginning_with(self, prefix: str, count: int) -> tuple[str, ...]:
        """Longer words that begin so, case and marks aside; the most frequent first."""
        form = folded(prefix)
        if not form:
            return ()
        rows = nsmallest(count, self._rows_beginning_with(form))
        return tuple(self.words[row] for row in rows)

    def _rows_beginning_with(self, form: str) -> Iterator[int]:
        begin = bisect_left(self._sorted, form, key=self._folded.__getitem__)
        for row in islice(self._sorted, begin, None):
            found = self._folded[row]
            if not found.startswith(form):
                return
            if len(found) > len(form):
                yield row

    def _within(self, form: str, most: int) -> Iterator[tuple[int, int]]:
        """Rows and edits of the words that at most so many edits lead to."""
        for begin in range(0, len(self._folded), _WORDS_AT_ONCE):
            block = self._folded[begin : begin + _WORDS_AT_ONCE]
            for _, edits, row in process.extract(
                form, block, scorer=OSA.distance, score_cutoff=most, limit=None
            ):
                yield begin + int(row), int(edits)
