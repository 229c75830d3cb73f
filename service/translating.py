"""Words to answers: from the table where there is one, else searched for together with others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from fastapi import Response
from jaxtyping import Float32, Integer

from isogloss.models.retrieval import Ranking, Translator
from isogloss.service.answers import Result, are_few, results_answer
from isogloss.service.state import ServiceState, compute

_Found = tuple[Integer[np.ndarray, " k"], Float32[np.ndarray, " k"]]

_Table = tuple[Integer[np.ndarray, "words width"], Float32[np.ndarray, "words width"]]

_NOTHING: _Found = (np.empty(0, np.int64), np.empty(0, np.float32))
_FEW_WORDS = 64


async def translated(
    state: ServiceState, translator: Translator, words: Sequence[str], k: int, score: Ranking
) -> Response:
    """Find target words for each word, in their order.

    Raises:
        TooManyRequestsError: Too many vectors wait to be searched.

    """
    translator.check_search_options(k, score)
    k = min(k, len(translator.target_words))
    source = translator.source
    rows = [source.rows.get(word) for word in words]
    table = translator.tabulated(k, score)
    searched = [
        position
        for position, row in enumerate(rows)
        if (source.subwords is not None if row is None else table is None)
    ]
    found: Mapping[int, _Found] = {}
    if searched:
        found = await _search(
            state, translator, {place: words[place] for place in searched}, k, score
        )

    def write() -> Response:
        results = _results(translator, words, rows, found, table=table, k=k)
        return results_answer(list(results), translator.target_words)

    return write() if are_few(len(words), k) else await compute(state, write)


def results_without_search(
    translator: Translator, words: Sequence[str], k: int, score: Ranking
) -> Sequence[Result] | None:
    """Give the answer for each word, where no word has to be searched for; None otherwise."""
    k = min(k, len(translator.target_words))
    table = translator.tabulated(k, score)
    if table is None:
        return None
    find = translator.source.rows.get
    rows = [find(word) for word in words]
    if translator.source.subwords is not None and None in rows:
        return None
    return list(_results(translator, words, rows, {}, table=table, k=k))


async def _search(
    state: ServiceState, translator: Translator, words: Mapping[int, str], k: int, score: Ranking
) -> Mapping[int, _Found]:
    """Neighbours of the words that have a vector, by their position in the request."""

    def make_vectors() -> dict[int, Float32[np.ndarray, " m"]]:
        vectors = {place: translator.vector(word) for place, word in words.items()}
        return {place: vector for place, vector in vectors.items() if vector is not None}

    # A word's own vector is there; one made of its parts takes a while.
    known = all(word in translator.source.rows for word in words.values())
    vectors = (
        make_vectors() if known and len(words) <= _FEW_WORDS else await compute(state, make_vectors)
    )
    if not vectors:
        return {}
    batcher = state.batchers.of(translator)
    asked = [words[place] for place in vectors]
    found = await batcher.search(translator, np.stack(list(vectors.values())), k, score, asked)
    return dict(zip(vectors, zip(found.rows, found.scores, strict=True), strict=True))


def _results(
    translator: Translator,
    words: Sequence[str],
    rows: Sequence[int | None],
    found: Mapping[int, _Found],
    *,
    table: _Table | None,
    k: int,
) -> Iterator[Result]:
    for position, (word, row) in enumerate(zip(words, rows, strict=True)):
        neighbours, reason = found.get(position), {}
        if neighbours is None:
            if row is not None and table is not None and translator.has_direction(row):
                neighbours = table[0][row, :k], table[1][row, :k]
            else:
                reason = {"reason": "unknown_word" if row is None else "zero_vector"}
                neighbours = _NOTHING
        yield Result(*neighbours, {"word": word}, {"in_vocabulary": row is not None, **reason})
