"""A first map from how each space looks from inside: similarity profiles."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.aligners.dictionary_induction import induce_both_ways
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.neighbours.csls import unit


def map_from_profiles(
    x: Float[Tensor, "n m"], y: Float[Tensor, "k d"], *, words: int
) -> Float[Tensor, "d m"]:
    """Fit an orthogonal map on words whose similarity profiles are alike.

    The profile of a word is its row of √(XXᵀ), sorted: a signature that does not depend on the
    axes nor on the order of the words (Artetxe et al. 2018, section 3.2). The map is right for a
    few words in a thousand; stochastic dictionary induction makes an alignment of it.

    Args:
        x: Normalised source vectors, the most frequent first.
        y: Normalised target vectors, the most frequent first.
        words: How many words of each side to compare.

    """
    words = min(words, len(x), len(y))
    pairs = induce_both_ways(_profiles(x[:words]), _profiles(y[:words]))
    return orthogonal_map(x[pairs.source], y[pairs.target])


def _profiles(x: Float[Tensor, "n d"]) -> Float[Tensor, "n n"]:
    """Sorted rows of the square root of XXᵀ, unit, centred, unit."""
    left, singular, _ = torch.linalg.svd(x, full_matrices=False)
    profiles = unit(((left * singular) @ left.T).sort(dim=1).values)
    return unit(profiles - profiles.mean(dim=0))
