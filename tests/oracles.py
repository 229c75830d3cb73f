"""Independent answers to compare with: plain loops and float64, nothing shared with the code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np


def brute_force_cosines(queries: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Cosines of all queries with all target vectors, of shape [q, n]."""
    queries, target = queries.astype(np.float64), target.astype(np.float64)
    cosines = np.empty((len(queries), len(target)))
    for i, query in enumerate(queries):
        for j, vector in enumerate(target):
            cosines[i, j] = query @ vector / (np.linalg.norm(query) * np.linalg.norm(vector))
    return cosines


def brute_force_csls(
    queries: np.ndarray, target: np.ndarray, mapped: np.ndarray, hubs: int = 10
) -> np.ndarray:
    """CSLS by its definition (Conneau et al. 2018, section 2.3), of shape [q, n].

    CSLS(x, y) = 2 cos(x, y) − r(x) − r(y).
    """
    cosines = brute_force_cosines(queries, target)
    source_density = [np.mean(sorted(row, reverse=True)[:hubs]) for row in cosines]
    hubness = brute_force_cosines(mapped, target)
    target_density = [np.mean(sorted(column, reverse=True)[:hubs]) for column in hubness.T]
    csls = np.empty_like(cosines)
    for i in range(len(cosines)):
        for j in range(cosines.shape[1]):
            csls[i, j] = 2 * cosines[i, j] - source_density[i] - target_density[j]
    return csls


def csls_of(similarities: np.ndarray, hubs: int = 10) -> np.ndarray:
    """CSLS within one matrix of cosines [n, m], by its definition."""
    similarities = similarities.astype(np.float64)
    of_rows = [np.mean(sorted(row, reverse=True)[:hubs]) for row in similarities]
    of_columns = [np.mean(sorted(column, reverse=True)[:hubs]) for column in similarities.T]
    return np.asarray(2 * similarities - np.array(of_rows)[:, None] - np.array(of_columns))


def brute_force_top_1(mapped: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Row of the nearest target vector by CSLS for each image; both of unit length."""
    return np.asarray(csls_of(mapped.astype(np.float64) @ target.T).argmax(axis=1))


def precision_at(
    scores: np.ndarray,
    source_words: Sequence[str],
    target_words: Sequence[str],
    entries: Mapping[str, Sequence[str]],
    k: int,
) -> tuple[float, int, float]:
    """Precision at k, number of evaluated words and coverage, from all scores [source, target]."""
    hits = evaluated = 0
    for word, translations in entries.items():
        reachable = [item for item in translations if item in target_words]
        if word not in source_words or not reachable:
            continue
        evaluated += 1
        row = scores[list(source_words).index(word)]
        best = sorted(range(len(row)), key=lambda column: -row[column])[:k]
        hits += any(target_words[column] in reachable for column in best)
    return hits / evaluated, evaluated, evaluated / len(entries)
