"""What is done with rows: they are aligned, or translated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float32

from isogloss.models.retrieval import Neighbour, Ranking, Translator
from isogloss.service.streaming.problems import without_vector, zero_vector
from isogloss.service.streaming.rows import AlignedRows, Problem, Rows, TranslatedRows

Several = tuple[Neighbour, ...]


def align_rows(translator: Translator, rows: Rows) -> AlignedRows:
    """Map rows: a vector where one is given, else that of the word."""
    rows = _without_zeros(rows)
    if rows.vectors is not None and rows.given is None and not rows.problems:
        return AlignedRows(rows.first, rows.words, translator.align(rows.vectors), {})
    problems = dict(rows.problems)
    aligned = np.full((rows.count, translator.target_dimension), np.nan, np.float32)
    with_vector = _with_vector(rows)
    if rows.vectors is not None and with_vector.any():
        aligned[with_vector] = translator.align(_taken(rows.vectors, with_vector))
    places, words = _words_alone(rows, with_vector)
    for place, found in zip(places, translator.align_words(words) if words else (), strict=True):
        if found.reason is not None:
            problems[place] = without_vector(found.reason)
        elif found.vector is not None:
            aligned[place] = found.vector
    return AlignedRows(rows.first, rows.words, aligned, problems)


def translate_rows(translator: Translator, rows: Rows, k: int, score: Ranking) -> TranslatedRows:
    """Find neighbours of rows: of the vector where one is given, else of the word."""
    rows = _without_zeros(rows)
    problems: dict[int, Problem] = dict(rows.problems)
    neighbours: list[Several] = [()] * rows.count
    in_vocabulary: list[bool | None] = [None] * rows.count
    with_vector = _with_vector(rows)
    if rows.vectors is not None and with_vector.any():
        found = translator.search(_taken(rows.vectors, with_vector), k, score)
        for place, one in zip(np.flatnonzero(with_vector).tolist(), found, strict=True):
            neighbours[place] = one
    places, words = _words_alone(rows, with_vector)
    answers = translator.translate(words, k, score) if words else ()
    for place, answer in zip(places, answers, strict=True):
        in_vocabulary[place] = answer.in_vocabulary
        neighbours[place] = answer.neighbours
        if answer.reason is not None:
            problems[place] = without_vector(answer.reason)
    return TranslatedRows(rows.first, rows.words, tuple(neighbours), tuple(in_vocabulary), problems)


def _without_zeros(rows: Rows) -> Rows:
    """Mark the rows whose vector is given and zero."""
    if rows.vectors is None:
        return rows
    given = np.ones(rows.count, bool) if rows.given is None else rows.given
    zeros = np.flatnonzero(given & ~rows.vectors.any(axis=1)).tolist()
    new = {place: zero_vector() for place in zeros if place not in rows.problems}
    return replace(rows, problems={**rows.problems, **new}) if new else rows


def _with_vector(rows: Rows) -> Bool[np.ndarray, " count"]:
    """Rows that have a vector and no problem."""
    if rows.vectors is None:
        return np.zeros(rows.count, bool)
    chosen = np.ones(rows.count, bool) if rows.given is None else rows.given.copy()
    chosen[list(rows.problems)] = False
    return chosen


def _taken(
    vectors: Float32[np.ndarray, "count m"], chosen: Bool[np.ndarray, " count"]
) -> Float32[np.ndarray, "n m"]:
    return vectors if chosen.all() else vectors[chosen]


def _words_alone(
    rows: Rows, with_vector: Bool[np.ndarray, " count"]
) -> tuple[list[int], list[str]]:
    """Places and words of the rows that have a word only, and no problem."""
    places, words = [], []
    for place, word in enumerate(rows.words or ()):
        if word is not None and not with_vector[place] and place not in rows.problems:
            places.append(place)
            words.append(word)
    return places, words
