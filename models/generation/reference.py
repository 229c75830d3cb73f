"""The data of a generator, known by points or by distances alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from isogloss.models.errors import OptionError
from isogloss.models.generation.discrepancy import distances


@final
@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The data, known by points or by distances alone.

    Attributes:
        points: Points [n, m]; None where only distances are known.
        table: Distances [n, n], for instance of shortest paths; Euclidean ones where None.

    """

    points: Float[Tensor, "n m"] | None = None
    table: Float[Tensor, "n n"] | None = None

    def __post_init__(self) -> None:
        if self.points is None and self.table is None:
            raise OptionError("reference: expected points or distances, found neither")

    def __len__(self) -> int:
        known = self.points if self.points is not None else self.table
        assert known is not None
        return len(known)

    def within(
        self, rows: Int[Tensor, " b"], adversary: nn.Module | None = None
    ) -> Float[Tensor, "b b"]:
        """Distances within a batch, after the adversary where there is one."""
        if self.table is not None:
            return self.table[rows][:, rows]
        assert self.points is not None
        batch = self.points[rows]
        return distances(batch if adversary is None else adversary(batch))

    def between(
        self, rows: Int[Tensor, " b"], others: Int[Tensor, " k"], adversary: nn.Module | None = None
    ) -> Float[Tensor, "b k"]:
        """Distances between two batches, without gradients."""
        if self.table is not None:
            return self.table[rows][:, others]
        assert self.points is not None
        with torch.no_grad():
            first, second = (
                self.points[each] if adversary is None else adversary(self.points[each])
                for each in (rows, others)
            )
            return torch.cdist(first, second)
