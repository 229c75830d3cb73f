"""One side of the problem: batches of its points, and its moments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.aligners.neural_entropic.moments import SideMoments
from isogloss.models.aligners.neural_gw.sampler import RowSampler, Sampler


@final
@dataclass(frozen=True, slots=True, eq=False)
class Marginal:
    """A distribution of mean zero, known by samples.

    Attributes:
        sampler: Draws its points.
        moments: Of its points.

    """

    sampler: Sampler
    moments: SideMoments

    @classmethod
    def of_points(cls, points: Float[Tensor, "count d"], *, seed: int) -> Marginal:
        """Take points with equal weight, less their mean.

        The points are read where they lie, in blocks: beside them memory does not depend on their
        number.
        """
        mean = points.mean(dim=0)
        return cls(RowSampler(points, mean, seed=seed), SideMoments.of(points, mean))

    @classmethod
    def of_stream(cls, sampler: Sampler, *, count: int) -> Marginal:
        """Take a stream of mean zero, whose moments are those of ``count`` points."""
        points = sampler.draw(count)
        return cls(sampler, SideMoments.of(points, torch.zeros_like(points[0])))
