"""Induce word pairs from a map, and from how frequent the words are and how they are written."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from isogloss.models.aligners.dictionary_induction import Pairs
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.neighbours.csls import HUBS, unit
from isogloss.models.probability.likeness import likeness_steps
from isogloss.models.probability.posterior_fit import Candidates, find_candidates, posterior_of
from isogloss.models.probability.translation_posterior import most_probable


def induce_nearest(pair: NormalisedPair, weight: Float[Tensor, "d m"], *, words: int) -> Pairs:
    """Pair the words that are each other's nearest by CSLS, among the most frequent of each side.

    The pairs of :func:`induce_mutual`, in memory for the neighbours of every word and not for the
    product of both vocabularies.
    """
    return _nearest_of(_candidates(pair, weight, words=words), pair)


def induce_probable(
    pair: NormalisedPair, weight: Float[Tensor, "d m"], *, words: int, spelling: bool
) -> Pairs:
    """Pair each word with its most probable translation, and keep the surest of each target word.

    Of the true pairs, mutual neighbours are the easy ones, which the map fits already. The
    probability knows how frequent words are and how they are written, which the map does not, and
    so finds pairs that the map has still to learn. Where neither tells anything, the pairs are
    mutual neighbours.

    Args:
        pair: The two spaces.
        weight: An orthogonal map.
        words: Most frequent words of each side that take part.
        spelling: Whether it may matter how alike words are written.

    """
    candidates = _candidates(pair, weight, words=words)
    rows = candidates.rows
    likeness = (
        likeness_steps(pair.source.words[:words], pair.target.words, rows) if spelling else None
    )
    posterior = posterior_of(candidates, likeness)
    if posterior is None:
        return _nearest_of(candidates, pair)
    ranked, shares = most_probable(posterior, np.arange(len(rows)), rows, candidates.csls, likeness)
    source = _surest_of_each(ranked[:, 0], shares[:, 0])
    return _pairs(source, ranked[source, 0], pair)


def _candidates(pair: NormalisedPair, weight: Float[Tensor, "d m"], *, words: int) -> Candidates:
    x, y = pair.x[:words], pair.y[:words]
    mapped = unit(x @ weight.T)
    return find_candidates(y.cpu().numpy(), mapped.cpu().numpy(), hubs=HUBS, device=x.device)


def _nearest_of(candidates: Candidates, pair: NormalisedPair) -> Pairs:
    (source,) = np.nonzero(candidates.mutual)
    return _pairs(source, candidates.rows[source, 0], pair)


def _pairs(
    source: Int64[np.ndarray, " pairs"], target: Int64[np.ndarray, " pairs"], pair: NormalisedPair
) -> Pairs:
    return Pairs(*(torch.from_numpy(rows).to(pair.x.device) for rows in (source, target)))


def _surest_of_each(
    target: Int64[np.ndarray, " q"], sureness: Float32[np.ndarray, " q"]
) -> Int64[np.ndarray, " pairs"]:
    """Rows that are the surest of their target, of equals the first, in increasing order."""
    order = np.lexsort((-sureness, target))
    first = np.ones(len(order), bool)
    first[1:] = target[order[1:]] != target[order[:-1]]
    return np.sort(order[first])
