"""Several words, their translations and the words around them, on one plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isogloss.models.answers import Score
from isogloss.models.errors import OptionError, UnknownWordError
from isogloss.models.retrieval.back_search import BackSearch
from isogloss.models.retrieval.neighbourhood import Place, Role, Side, principal_plane
from isogloss.models.retrieval.translator import Translator


@dataclass(frozen=True, slots=True)
class Link:
    """A query and one of its neighbours.

    Attributes:
        query: Place of the query.
        neighbour: Place of the neighbour.
        score: Its score.

    """

    query: int
    neighbour: int
    score: float


@dataclass(frozen=True, slots=True)
class WordPlane:
    """Words on a plane: the queries, their neighbours, then the words around.

    Attributes:
        places: The words, each once.
        links: Which neighbours belong to which query, the best first.
        shown: Share of the variance that each of the two directions holds.

    """

    places: tuple[Place, ...]
    links: tuple[Link, ...]
    shown: tuple[float, float]


def word_plane(
    translator: Translator,
    back: BackSearch,
    words: Sequence[str],
    *,
    k: int = 5,
    score: Score = "csls",
    around: int = 5,
) -> WordPlane:
    """Lay words and what is near them on the plane of their two largest principal components.

    As :func:`isogloss.models.retrieval.neighbourhood.neighbourhood` for one word: source words
    stand where the map sends them, and distances are those of the space less what the plane leaves
    out.

    Args:
        translator: Maps and searches.
        back: Of the same translator.
        words: Source words; one that stands twice counts once.
        k: Neighbours of each.
        score: By which they are chosen.
        around: Words of each language around each of the words, by cosine.

    Raises:
        UnknownWordError: A word has no vector.
        OptionError: There is no word, ``k`` is less than 1, or ``score`` is unknown.

    """
    asked = list(dict.fromkeys(words))
    if not asked:
        raise OptionError("words: expected at least one, found none")
    vectors = []
    for word in asked:
        vector = translator.vector(word)
        if vector is None:
            raise UnknownWordError(word, translator.source.language)
        vectors.append(vector)
    images = translator.align(np.stack(vectors))
    found = translator.retriever.search(images, k=k, score=score)
    neighbours = list(dict.fromkeys(found.rows.ravel().tolist()))
    sources = _nearest(back.nearest(images, around + len(asked)).rows, around, _rows(back, asked))
    near = translator.retriever.search(
        images, k=max(1, around + len(neighbours)), score="cosine"
    ).rows
    targets = _nearest(near, around, set(neighbours))
    target = translator.retriever.target
    coordinates, shown = principal_plane(
        np.concatenate([images, target[neighbours], back.mapped[sources], target[targets]])
    )
    labels: list[tuple[str, Side, Role]] = [
        *((word, "source", "query") for word in asked),
        *((translator.target_words[row], "target", "neighbour") for row in neighbours),
        *((back.words[row], "source", "around") for row in sources),
        *((translator.target_words[row], "target", "around") for row in targets),
    ]
    places = (
        Place(*label, x, y) for label, (x, y) in zip(labels, coordinates.tolist(), strict=True)
    )
    place_of = {row: len(asked) + number for number, row in enumerate(neighbours)}
    links = (
        Link(query, place_of[row], value)
        for query in range(len(asked))
        for row, value in zip(found.rows[query].tolist(), found.scores[query].tolist(), strict=True)
    )
    return WordPlane(tuple(places), tuple(links), shown)


def _rows(back: BackSearch, words: Sequence[str]) -> set[int]:
    asked = set(words)
    return {row for row, word in enumerate(back.words) if word in asked}


def _nearest(rows: np.ndarray, count: int, taken: set[int]) -> list[int]:
    """Give the first ``count`` rows of each line that are not taken; each row once."""
    chosen: dict[int, None] = {}
    for line in rows.tolist():
        chosen.update(dict.fromkeys([row for row in line if row not in taken][:count]))
    return list(chosen)
