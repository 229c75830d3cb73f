r"""Two translators that meet in a language → one from the first end to the last.

With T₁ from source to pivot, T₂ from pivot to target and u(x) = x/‖x‖,

    T(x) = T₂(c(u(T₁ x))),    c(p) = u(α Q p + u(Σᵢ wᵢ zᵢ)),    w = softmax(CSLS(p, yᵢ) / τ),

where y₁ … y₅ are the pivot words nearest to p, as T₁ ends in them, z₁ … z₅ the same words as T₂
begins with them, and τ = 0.05.

Going on with p alone carries the error of T₁ through T₂; going on with the words alone loses what
no pivot word says. Where both translators were fitted on the same vectors of the pivot, Q is the
identity, zᵢ = yᵢ, and α = 1: p is drawn halfway to the words around it. That is better than either
alone, and on the pairs measured as good as a map fitted without a pivot.

Where the two were fitted on different vectors of the pivot, the words are what they have in common:
α = 0. A word that T₂ does not know is carried over by Q, the orthogonal map that fits the common
words best. The README of this folder has the figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from jaxtyping import Float, Float32, Int64

from isogloss.models.errors import OptionError
from isogloss.models.maps.alignment import Alignment
from isogloss.models.maps.fitted import FittedMap, TransportSpecification
from isogloss.models.retrieval.retriever import Retriever
from isogloss.models.retrieval.training_record import TrainingRecord
from isogloss.models.retrieval.translator import Translator
from isogloss.models.spaces.normalizer import Normalizer, unit_rows
from isogloss.models.verdict import both_of

_MOST_WORDS = 20_000
_NEIGHBOURS = 5
_TEMPERATURE = 0.05
_SMALLEST_NORM = 1e-12
_SAME = 1 - 1e-4
"""Mean cosine above which two sets of unit vectors are the same, but for rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Bridge:
    """From the pivot's vectors as T₁ ends in them to those that T₂ begins with.

    Attributes:
        matrix: Q, of shape [k, d].
        rows: Row of each word of the first in the source of the second, −1 where it has none.
        normalizer: That of the source of the second.
        vectors: Raw vectors of the source of the second, of shape [n, k].

    """

    matrix: Float32[np.ndarray, "k d"]
    rows: Int64[np.ndarray, " words"]
    normalizer: Normalizer
    vectors: Float32[np.ndarray, "n k"]

    def words(
        self, words: Int64[np.ndarray, " q"], vectors: Float32[np.ndarray, "q d"]
    ) -> Float32[np.ndarray, "q k"]:
        """Give words of the first the vectors that the second knows them by."""
        carried = unit_rows(vectors @ self.matrix.T)
        rows = self.rows[words]
        known = rows >= 0
        carried[known] = self.normalizer(self.vectors[rows[known]])
        return carried


@final
@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class ComposedMap:
    """T(x) = T₂(c(u(T₁ x))); the weights are those of the two maps, not copies.

    Attributes:
        first: T₁.
        pivot_words: Finds the words y of the pivot.
        bridge: Gives their vectors z; None where they are the same.
        second: T₂.

    """

    first: FittedMap
    pivot_words: Retriever
    bridge: Bridge | None
    second: FittedMap

    @property
    def specification(self) -> TransportSpecification:
        """What kind of map it is, and between which dimensions."""
        return TransportSpecification(
            "composed",
            self.first.specification.source_dimension,
            self.second.specification.target_dimension,
        )

    @property
    def linear_part(self) -> Float[np.ndarray, "n m"]:
        """The product of the matrices, as it is where no pivot words are near."""
        first, second = (_matrix(each) for each in (self.first, self.second))
        if self.bridge is not None:
            first = self.bridge.matrix.astype(first.dtype) @ first
        product: Float[np.ndarray, "n m"] = second @ first.astype(second.dtype)
        return product

    def images(self, normalised: Float32[np.ndarray, "batch m"]) -> Float[np.ndarray, "batch n"]:
        """Map normalised source vectors."""
        image = self.first.images(normalised)
        image = image / np.linalg.norm(image, axis=1, keepdims=True).clip(_SMALLEST_NORM)
        pivot = draw_to_words(image.astype(np.float32), self.pivot_words, self.bridge)
        return self.second.images(pivot)

    def arrays(self) -> Mapping[str, np.ndarray]:
        """Give no weights of its own."""
        return {}

    def in_double(self) -> ComposedMap:
        """Give the same map in float64."""
        return replace(self, first=self.first.in_double(), second=self.second.in_double())


def _matrix(fitted: FittedMap) -> Float[np.ndarray, "n m"]:
    """W of a map; of one whose weights are tensors, the array of the same numbers."""
    return np.asarray(fitted.arrays().get("weight", fitted.linear_part))


@dataclass(frozen=True, slots=True, eq=False)
class Composition:
    """A translator made of two.

    Attributes:
        translator: From the source of the first to the target of the second.
        pivot: Language in which the two meet.
        common_words: Words of the pivot that both know, by which the bridge was fitted or found
            not to be needed; at most 20,000 are looked at.
        bridged: Whether the two were fitted on different vectors of the pivot.

    """

    translator: Translator
    pivot: str
    common_words: int
    bridged: bool


def compose(first: Translator, second: Translator) -> Composition:
    """Join two translators that meet in a language.

    Words are looked up in the source of the first; neighbours are found in the target of the
    second, with the r(y) of the second.

    Raises:
        OptionError: They do not meet in a language, or have too few words of it in common to tell
            how the one's vectors lie to the other's.

    """
    pivot = first.target_language
    if pivot != second.source.language:
        raise OptionError(f"{first.pair} and {second.pair} do not meet in a language")
    end, begin = _common_vectors(first, second)
    needed = min(first.target_dimension, second.source_dimension)
    if len(end) < needed:
        raise OptionError(
            f"{first.pair} and {second.pair}: expected at least {needed} common words of {pivot}, "
            f"found {len(end)}"
        )
    bridge = None if _are_the_same(end, begin) else _make_bridge(first, second, end, begin)
    one, two = first.alignment, second.alignment
    translator = Translator(
        alignment=Alignment(
            source_normalizer=one.source_normalizer,
            transport=ComposedMap(one.transport, first.retriever, bridge, two.transport),
            target_normalizer=two.target_normalizer,
            verdict=both_of(one.verdict, two.verdict),
        ),
        source=first.source,
        target_language=second.target_language,
        target_words=second.target_words,
        retriever=second.retriever,
        details=TrainingRecord(
            aligner="composition", recipe={"pairs": [first.pair, second.pair], "via": pivot}
        ),
    )
    return Composition(translator, pivot, len(end), bridge is not None)


def draw_to_words(
    images: Float32[np.ndarray, "batch d"], words: Retriever, bridge: Bridge | None = None
) -> Float32[np.ndarray, "batch k"]:
    """Go from unit vectors to the words nearest to them: c of this module."""
    found = words.search(images, k=_NEIGHBOURS)
    scores = found.scores.astype(np.float64)
    weights = np.exp((scores - scores.max(axis=1, keepdims=True, initial=-4)) / _TEMPERATURE)
    weights = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    near = words.target[found.rows]
    if bridge is not None:
        carried = bridge.words(found.rows.reshape(-1), near.reshape(-1, near.shape[2]))
        near = carried.reshape(*near.shape[:2], -1)
    drawn = unit_rows(np.einsum("bk,bkd->bd", weights, near))
    return drawn if bridge is not None else unit_rows(images + drawn)


def _common_vectors(
    first: Translator, second: Translator
) -> tuple[Float32[np.ndarray, "words d"], Float32[np.ndarray, "words k"]]:
    """Vectors of the pivot words that both know, as T₁ ends in them and as T₂ begins with them."""
    rows = _rows_in(first, second)
    there = np.flatnonzero(rows >= 0)[:_MOST_WORDS]
    begin = second.alignment.source_normalizer(second.source.vectors[rows[there]])
    return first.retriever.target[there], begin


def _rows_in(first: Translator, second: Translator) -> Int64[np.ndarray, " words"]:
    """Row of each target word of the first in the source of the second; −1 where it has none."""
    rows = second.source.rows
    return np.array([rows.get(word, -1) for word in first.target_words], np.int64)


def _are_the_same(
    end: Float32[np.ndarray, "words d"], begin: Float32[np.ndarray, "words k"]
) -> bool:
    if end.shape != begin.shape:
        return False
    return float(np.einsum("ij,ij->i", end, begin).mean(dtype=np.float64)) > _SAME


def _make_bridge(
    first: Translator,
    second: Translator,
    end: Float32[np.ndarray, "words d"],
    begin: Float32[np.ndarray, "words k"],
) -> Bridge:
    import torch  # noqa: PLC0415 (a singular value decomposition, and only where one is needed)

    from isogloss.models.aligners.orthogonal_map import orthogonal_map  # noqa: PLC0415

    matrix = orthogonal_map(torch.from_numpy(end).double(), torch.from_numpy(begin).double())
    return Bridge(
        matrix.float().numpy(),
        _rows_in(first, second),
        second.alignment.source_normalizer,
        second.source.vectors,
    )
