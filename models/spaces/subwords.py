"""Vectors of words outside the vocabulary, from their character n-grams, as fastText makes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64, UInt32

from isogloss.models.errors import NonFiniteInputError, OptionError, ShapeError
from isogloss.models.spaces.row_blocks import all_finite

_END_OF_SENTENCE = "</s>"
_FNV_OFFSET = np.uint32(2166136261)
_FNV_PRIME = np.uint32(16777619)
_WORDS_AT_ONCE = 256


@dataclass(frozen=True, slots=True, eq=False)
class FastTextSubwords:
    """The n-grams of a fastText model (Bojanowski et al. 2017, section 3.2).

    A word is written ``<word>``; each of its n-grams of ``minimum_length`` to ``maximum_length``
    characters is hashed to a row of ``ngrams``; the vector is the mean of these rows.

    Attributes:
        ngrams: Vectors of the n-grams by hash, shape [buckets, dimension].
        minimum_length: Characters of the shortest n-gram.
        maximum_length: Characters of the longest.

    Raises:
        ShapeError: ``ngrams`` is not a matrix or has no row.
        NonFiniteInputError: ``ngrams`` holds NaN or infinity.
        OptionError: The lengths are not 1 ≤ minimum ≤ maximum.

    """

    ngrams: Float32[np.ndarray, "buckets dimension"]
    minimum_length: int
    maximum_length: int

    def __post_init__(self) -> None:
        if self.ngrams.ndim != 2 or 0 in self.ngrams.shape:
            found = str(list(self.ngrams.shape))
            raise ShapeError("n-gram vectors", expected="[buckets, dimension]", found=found)
        if not 1 <= self.minimum_length <= self.maximum_length:
            lengths = f"{self.minimum_length} to {self.maximum_length}"
            raise OptionError(
                f"lengths of n-grams: expected 1 ≤ shortest ≤ longest, found {lengths}"
            )
        if not all_finite(self.ngrams):
            raise NonFiniteInputError("the n-gram vectors hold NaN or infinity")

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return int(self.ngrams.shape[1])

    def rows(self, word: str) -> Int64[np.ndarray, " ngrams"]:
        """Rows of the n-grams of a word, one per occurrence."""
        return _hash_ngrams([word], self)[0]

    def vector(self, word: str) -> Float32[np.ndarray, " dimension"] | None:
        """Mean of the vectors of the word's n-grams; None where the word has none."""
        try:
            rows = self.rows(word)
        except UnicodeEncodeError:  # half of a surrogate pair, which is no text
            return None
        if not len(rows):
            return None
        mean: Float32[np.ndarray, " dimension"] = self.ngrams[rows].sum(axis=0) * np.float32(
            1 / len(rows)
        )
        return mean

    def average_with(
        self, words: Sequence[str], vectors: Float32[np.ndarray, "words dimension"]
    ) -> None:
        """Replace the own vector of each word by its mean with those of its n-grams, in place.

        This is what fastText gives for a word of its vocabulary; a model stores the parts.

        Args:
            words: The words.
            vectors: Their own vectors, shape [words, dimension]; overwritten.

        """
        for begin in range(0, len(words), _WORDS_AT_ONCE):
            batch = words[begin : begin + _WORDS_AT_ONCE]
            rows, owners = _hash_ngrams(batch, self)
            block = vectors[begin : begin + len(batch)]
            counts = np.bincount(owners, minlength=len(batch))
            starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
            some = counts > 0
            if some.any():
                block[some] += np.add.reduceat(self.ngrams[rows], starts[some], axis=0)
            block *= (1 / (1 + counts)).astype(np.float32)[:, None]


def _hash_ngrams(
    words: Sequence[str], subwords: FastTextSubwords
) -> tuple[Int64[np.ndarray, " ngrams"], Int64[np.ndarray, " ngrams"]]:
    """Rows of the n-grams of several words, with the position of the word each belongs to.

    Characters are UTF-8 sequences, and a single character is no n-gram where it is the mark ``<``
    or ``>`` (``Dictionary::computeSubwords`` of fastText).
    """
    marked = [b"" if word == _END_OF_SENTENCE else f"<{word}>".encode() for word in words]
    text = np.frombuffer(b"".join(marked), np.uint8)
    ends = np.cumsum([len(word) for word in marked])
    # Byte position of every character, closed by the end of the text.
    characters = np.flatnonzero((text & 0xC0) != 0x80)
    owners = np.searchsorted(ends, characters, side="right")
    bounds = np.append(characters, len(text))
    # Characters that stand in the word from here on.
    last = np.searchsorted(characters, ends)
    left = last[owners] - np.arange(len(characters))
    first = np.append(True, owners[1:] != owners[:-1])[: len(characters)]

    found: list[Int64[np.ndarray, " n"]] = []
    keys: list[Int64[np.ndarray, " n"]] = []
    position = np.arange(len(characters))
    hashes = np.full(len(characters), _FNV_OFFSET, np.uint32)
    for length in range(1, subwords.maximum_length + 1):
        inside = left[position] >= length
        position, hashes = position[inside], hashes[inside]
        hashes = _feed(hashes, text, bounds[position + length - 1], bounds[position + length])
        if length < subwords.minimum_length:
            continue
        wanted = np.ones(len(position), bool)
        if length == 1:
            wanted = ~first[position] & (left[position] > 1)
        found.append((hashes[wanted] % np.uint32(len(subwords.ngrams))).astype(np.int64))
        keys.append(position[wanted])
    starts = np.concatenate(keys)
    # fastText walks the starts, and at each start the lengths; a stable sort restores its order.
    order = np.argsort(starts, kind="stable")
    return np.concatenate(found)[order], owners[starts[order]].astype(np.int64)


def _feed(
    hashes: UInt32[np.ndarray, " n"],
    text: np.ndarray,
    begins: Int64[np.ndarray, " n"],
    ends: Int64[np.ndarray, " n"],
) -> UInt32[np.ndarray, " n"]:
    """Feed one more character to FNV-1a; fastText takes its bytes as signed, which widens them."""
    widened = text.astype(np.int8).astype(np.int32).astype(np.uint32)
    hashes = hashes.copy()
    for offset in range(4):
        going = begins + offset < ends
        if not going.any():
            break
        hashes[going] = (hashes[going] ^ widened[begins[going] + offset]) * _FNV_PRIME
    return hashes
