"""Batches of one side, drawn without regard to the other."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

_RANK_OFFSET = 100


class Sampler:
    """Draws normalised vectors with weight (rank + 100)^−exponent, scaled to length √dimension.

    Each side has a sampler with a seed of its own: no row order can leak a pairing.
    """

    def __init__(self, vectors: Float[Tensor, "n d"], *, exponent: float, seed: int) -> None:
        ranks = torch.arange(len(vectors), dtype=torch.float64)
        self._vectors = vectors
        self._weights = (ranks + _RANK_OFFSET) ** -exponent
        self._generator = torch.Generator().manual_seed(seed)

    def draw(self, count: int) -> Float[Tensor, "count d"]:
        """Draw a batch, with replacement."""
        rows = torch.multinomial(
            self._weights, count, replacement=True, generator=self._generator
        ).to(self._vectors.device)
        batch: Tensor = self._vectors[rows] * self._vectors.shape[1] ** 0.5
        return batch

    @property
    def state(self) -> Tensor:
        """State of the generator; settable, to resume."""
        return self._generator.get_state()

    @state.setter
    def state(self, state: Tensor) -> None:
        self._generator.set_state(state)
