"""A translator that searches through an approximate index, as good as is asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from isogloss.models.choices import ApproximateKind, Storage
from isogloss.models.errors import OptionError
from isogloss.models.retrieval.approximate_index import (
    INDEX_KINDS,
    ApproximateIndex,
    build_approximate_index,
)
from isogloss.models.retrieval.retriever import Retriever
from isogloss.models.retrieval.translator import Translator

RECALL = 0.99
"""Share of the exact 10 nearest by CSLS that an index finds, unless asked otherwise."""

WORDS_MEASURED = 1000
"""Words of the source vocabulary on which the recall is measured, the first of a permutation."""

_NEIGHBOURS = 10
_HALVINGS = 2


def without_index(translator: Translator) -> Translator:
    """Search exactly."""
    return replace(translator, retriever=replace(translator.retriever, approximate=None))


def with_index(
    translator: Translator,
    *,
    kind: ApproximateKind,
    storage: Storage = "fp32",
    recall: float = RECALL,
    seed: int = 0,
) -> Translator:
    """Search through an approximate index.

    Its effort is doubled until the recall is reached on words of the source vocabulary, chosen by
    the seed, and what was added last is halved twice. The recall is measured against the exact
    search.

    Args:
        translator: What is to be made faster.
        kind: A key of ``INDEX_KINDS``.
        storage: How the index keeps the vectors; the scores stay exact.
        recall: Share of the exact 10 nearest by CSLS that are to be found.
        seed: Of the index and of the choice of words.

    Raises:
        OptionError: The recall is not in (0, 1], or cannot be reached.

    """
    if not 0 < recall <= 1:
        raise OptionError(f"recall: expected a share of at most 1, found {recall}")
    exact = replace(translator.retriever, approximate=None)
    chosen = np.random.default_rng(seed).permutation(len(translator.source))[:WORDS_MEASURED]
    queries = translator.align(translator.source.vectors[np.sort(chosen)])
    expected = exact.search(queries, k=_NEIGHBOURS).rows
    index = build_approximate_index(
        exact.target,
        exact.hubness,
        kind=kind,
        storage=storage,
        effort=min(INDEX_KINDS[kind].first_effort, len(exact)),
        seed=seed,
    )

    def measured(effort: int) -> ApproximateIndex:
        tried = replace(index, effort=effort)
        found = recall_of(replace(exact, approximate=tried), queries, expected)
        return replace(tried, recall=found)

    too_little, best = 0, measured(index.effort)
    while not _reaches(best, recall):
        if best.effort >= index.most_effort:
            raise OptionError(
                f"recall: expected at least {recall}, found {best.recall:.4f} at the most that "
                f"{kind} with {storage} can do"
            )
        too_little, best = best.effort, measured(min(2 * best.effort, index.most_effort))
    for _ in range(_HALVINGS):
        middle = (too_little + best.effort) // 2
        if too_little in (0, middle):
            break
        tried = measured(middle)
        if _reaches(tried, recall):
            best = tried
        else:
            too_little = middle
    return replace(translator, retriever=replace(exact, approximate=best))


def _reaches(index: ApproximateIndex, recall: float) -> bool:
    return index.recall is not None and index.recall >= recall


def recall_of(retriever: Retriever, queries: np.ndarray, expected: np.ndarray) -> float:
    """Share of the expected rows that are found by CSLS.

    Args:
        retriever: What is measured.
        queries: Unit vectors in the target space, of shape [q, d].
        expected: Rows of the exact nearest, of shape [q, k].

    """
    found = retriever.search(queries, k=expected.shape[1]).rows
    hits = (expected[:, :, None] == found[:, None, :]).any(axis=2)
    return float(hits.mean())
