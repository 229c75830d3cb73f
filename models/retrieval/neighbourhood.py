"""A word, its translations and the words around them, on a plane."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from typing import Literal

import numpy as np
from jaxtyping import Float32, Float64, Integer

from isogloss.models.answers import Score
from isogloss.models.retrieval.back_search import BackSearch
from isogloss.models.retrieval.translator import Translator

Side = Literal["source", "target"]
Role = Literal["query", "neighbour", "around"]

_NEAR_EACH = 8
"""Words looked at around each neighbour, of which those wanted are taken by turns."""


@dataclass(frozen=True, slots=True)
class Place:
    """A word on the plane.

    Attributes:
        word: The word.
        side: Its language.
        role: Why it is there.
        x: Coordinate along the first principal direction.
        y: Coordinate along the second.

    """

    word: str
    side: Side
    role: Role
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Words on a plane, the query first, its neighbours next, the best first.

    Attributes:
        places: The words.
        shown: Share of the variance that each of the two directions holds.

    """

    places: tuple[Place, ...]
    shown: tuple[float, float]


def neighbourhood(
    translator: Translator,
    back: BackSearch,
    word: str,
    *,
    k: int = 10,
    score: Score = "csls",
    around: int = 20,
) -> Neighbourhood | None:
    """Lay a word and what is near it on the plane of the two largest principal components.

    All vectors are unit vectors of the target's normalised space; those of source words are where
    the map sends them. Distances on the plane are those of the space, less what the plane leaves
    out, which ``shown`` tells.

    Args:
        translator: Maps and searches.
        back: Of the same translator.
        word: A source word.
        k: Neighbours of the word.
        score: By which they are chosen.
        around: Most words of each language around the word and its neighbours, taken by turns.

    Returns:
        The plane, or None where the word has no vector.

    Raises:
        OptionError: ``k`` is less than 1, or ``score`` is unknown.

    """
    vector = translator.vector(word)
    if vector is None:
        return None
    retriever = translator.retriever
    image = translator.align(vector[None])
    neighbours = retriever.search(image, k=k, score=score).rows[0]
    centres = np.concatenate([image, retriever.target[neighbours]])
    near = min(max(_NEAR_EACH, around), len(back))
    sources = [
        row
        for row in _by_turns(back.nearest(centres, near).rows, around + 1)
        if back.words[row] != word
    ][:around]
    taken = set(neighbours.tolist())
    most = max(_NEAR_EACH, around) + len(taken)
    targets = [
        row
        for row in _by_turns(retriever.search(centres, k=most, score="cosine").rows, most)
        if row not in taken
    ][:around]
    vectors = np.concatenate([centres, back.mapped[sources], retriever.target[targets]])
    coordinates, shown = principal_plane(vectors)
    labels: list[tuple[str, Side, Role]] = [
        (word, "source", "query"),
        *((translator.target_words[row], "target", "neighbour") for row in neighbours.tolist()),
        *((back.words[row], "source", "around") for row in sources),
        *((translator.target_words[row], "target", "around") for row in targets),
    ]
    places = (
        Place(*label, x, y) for label, (x, y) in zip(labels, coordinates.tolist(), strict=True)
    )
    return Neighbourhood(tuple(places), shown)


def principal_plane(
    vectors: Float32[np.ndarray, "n d"],
) -> tuple[Float64[np.ndarray, "n 2"], tuple[float, float]]:
    """Project on the two largest principal components; also their shares of the variance.

    The sign of each is such that its largest coordinate is positive. Where there are fewer
    directions than two, the others are zero.
    """
    centred = vectors.astype(np.float64)
    centred -= centred.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    plane, squares, count = np.zeros((len(vectors), 2)), np.zeros(2), min(2, len(sizes))
    plane[:, :count] = left[:, :count] * sizes[:count]
    squares[:count] = np.square(sizes[:count])
    largest = plane[np.abs(plane).argmax(axis=0), np.arange(2)]
    shares = squares / max(float(np.square(sizes).sum()), np.finfo(np.float64).tiny)
    return plane * np.where(largest < 0, -1.0, 1.0), (float(shares[0]), float(shares[1]))


def _by_turns(rows: Integer[np.ndarray, "q k"], count: int) -> Iterator[int]:
    """Give the best of every row, then the second of every row, …; each once, so many in all."""
    turns = chain.from_iterable(zip_longest(*rows.tolist()))
    return islice(dict.fromkeys(turns), count)
