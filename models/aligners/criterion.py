"""Tell a good map from a bad one without a dictionary."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from models.aligners.dictionary_induction import induce_mutual
from models.aligners.orthogonal_map import orthogonal_map
from models.spaces.neighbours import hubness, nearest_cosines, unit

FOUND_BOUND = 0.5
"""Held-out agreement from which on a map counts as found.

Measured over all directions of the spaces in benchmarks/starts.json.
"""

_WORDS = 5000
_SEED = 0


@dataclass(frozen=True, slots=True)
class Quality:
    """What can be said of a map without a dictionary.

    Attributes:
        nearest_cosine: Mean cosine of the frequent mapped words to their nearest target word. It
            ranks the maps of one pair, but its level differs from pair to pair.
        held_out_agreement: Share of held-out mutual neighbours that a map fitted on the others
            finds again. Chance pairs cannot predict each other, so it tells found from lost on
            every pair alike.

    """

    nearest_cosine: float
    held_out_agreement: float

    @property
    def found(self) -> bool:
        """Whether the map aligns the spaces, as far as can be told without a dictionary."""
        return self.held_out_agreement >= FOUND_BOUND


def assess(
    x: Float[Tensor, "n m"], y: Float[Tensor, "k d"], mapped: Float[Tensor, "n d"]
) -> Quality:
    """Assess a map by the most frequent words.

    Args:
        x: Normalised source vectors.
        y: Normalised target vectors.
        mapped: The images of ``x`` under the map; need not be of unit length.

    """
    return Quality(nearest_cosine(y, mapped), held_out_agreement(x, y, mapped))


def nearest_cosine(y: Float[Tensor, "k d"], mapped: Float[Tensor, "n d"]) -> float:
    """Mean cosine of the frequent mapped words to their nearest target word."""
    return float(nearest_cosines(unit(mapped[:_WORDS]), y).mean())


def held_out_agreement(
    x: Float[Tensor, "n m"], y: Float[Tensor, "k d"], mapped: Float[Tensor, "n d"]
) -> float:
    """Share of held-out mutual neighbours that a map fitted on the others finds again.

    The mutual neighbours of the frequent words under the map are split at random into two halves.
    An orthogonal map is fitted on each half and has to find the pairs of the other half by CSLS.
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
