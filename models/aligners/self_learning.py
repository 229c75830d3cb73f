"""Learn a map and a dictionary from each other, from noisy to exact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from isogloss.models.aligners.dictionary_induction import (
    induce_both_ways,
    induce_mutual,
    induce_within_groups,
)
from isogloss.models.aligners.known_pairs import with_known
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.errors import OptionError


@dataclass(frozen=True, slots=True)
class Phase:
    """Rounds of self-learning at one level of noise.

    Attributes:
        groups: A word sees a random 1 / ``groups`` of the other side in each round.
        words: Most frequent words of each side that take part.
        rounds: Rounds at this level.
        mutual: Use only words that are each other's nearest: surer pairs, but fewer.

    """

    groups: int
    words: int
    rounds: int
    mutual: bool = False

    def __post_init__(self) -> None:
        for name in ("groups", "words", "rounds"):
            if getattr(self, name) < 1:
                raise OptionError(
                    f"{name} of a phase: expected at least 1, found {getattr(self, name)}"
                )


def self_learn(
    x: Float[Tensor, "n m"],
    y: Float[Tensor, "k d"],
    weight: Float[Tensor, "d m"],
    phase: Phase,
    *,
    generator: torch.Generator,
    observe: Callable[[int], None] = lambda _: None,
    known: Int64[np.ndarray, "pairs 2"] | None = None,
) -> Float[Tensor, "d m"]:
    """Induce a dictionary with the map, fit the map on the dictionary, and again.

    Args:
        x: Normalised source vectors, the most frequent first.
        y: Normalised target vectors, the most frequent first.
        weight: Where to start.
        phase: How many rounds, on how many words, with how much noise.
        generator: Deals the groups.
        observe: Is told the number of rounds done.
        known: Rows of pairs that a dictionary gives; they take part in every round.

    """
    frequent_x, frequent_y = x[: phase.words], y[: phase.words]
    groups = max(1, min(phase.groups, len(frequent_x), len(frequent_y)))
    for done in range(1, phase.rounds + 1):
        mapped = frequent_x @ weight.T
        if groups > 1:
            pairs = induce_within_groups(mapped, frequent_y, groups=groups, generator=generator)
        elif phase.mutual:
            pairs = induce_mutual(mapped, frequent_y)
        else:
            pairs = induce_both_ways(mapped, frequent_y)
        pairs = with_known(pairs, known, x, y, weight)
        weight = orthogonal_map(x[pairs.source], y[pairs.target])
        observe(done)
    return weight
