"""Tell a found alignment from a lost one, and rank maps, without a dictionary."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from models.aligners.dictionary_induction import induce_mutual
from models.aligners.orthogonal_map import orthogonal_map
from models.spaces.neighbours import hubness, unit

FOUND_BOUND = 0.5
"""Held-out agreement from which on a map counts as found.

Lies between what lost and found maps of the pairs in benchmarks/alignment.json reach.
"""

_WORDS = 5000
_SEED = 0


def held_out_agreement(
    x: Float[Tensor, "n m"], y: Float[Tensor, "k d"], mapped: Float[Tensor, "n d"]
) -> float:
    """Share of held-out mutual neighbours that a map fitted on the others finds again.

    The mutual neighbours of the frequent words under the map are split at random into two halves.
    An orthogonal map is fitted on each half and has to find the pairs of the other half by CSLS.
    Pairs made by chance cannot predict each other, so the share tells found from lost on every pair
    of languages alike, which the mean cosine to the nearest target word does not.

    Args:
        x: Normalised source vectors, the most frequent first.
        y: Normalised target vectors, the most frequent first.
        mapped: The images of ``x`` under the map; need not be of unit length.

    """
    x, y, mapped = x[:_WORDS], y[:_WORDS], mapped[:_WORDS]
    pairs = induce_mutual(mapped, y)
    if len(pairs.source) < 2:
        return 0.0
    order = torch.randperm(len(pairs.source), generator=torch.Generator().manual_seed(_SEED))
    halves = order.to(pairs.source.device).tensor_split(2)
    agreed = 0
    for known, held_out in (halves, halves[::-1]):
        weight = orthogonal_map(x[pairs.source[known]], y[pairs.target[known]])
        image = unit(x @ weight.T)
        scores = 2 * image[pairs.source[held_out]] @ y.T - hubness(y, image)
        agreed += int((scores.argmax(dim=1) == pairs.target[held_out]).sum())
    return agreed / len(pairs.source)
