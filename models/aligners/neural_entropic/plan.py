"""The plan that the estimator found: its density, and all that follows from it for any points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.aligners.neural_entropic.cost import Cost
from isogloss.models.aligners.neural_entropic.features import Features
from isogloss.models.aligners.neural_entropic.plan_marginals import ROWS_AT_ONCE, marginal_errors
from isogloss.models.aligners.neural_gw.players import Potential


@final
@dataclass(frozen=True, slots=True, eq=False)
class NeuralPlan:
    """A plan dπ = exp((φ(x) + ψ(y) − c(x, y)) / ε) d(μ ⊗ ν), also for points not seen before.

    Potentials are given in units of ε. Work goes in blocks: memory is that of a block times the
    number of points on the other side.

    Attributes:
        potential: The network φ / ε, on features of the source points.
        features: What it sees of them.
        cost: c.
        epsilon: ε.
        anchors: Source points [N, m] that ψ is the soft transform over.
        anchor_weights: Their weights, of sum 1; None gives all the same.

    """

    potential: Potential
    features: Features
    cost: Cost
    epsilon: float
    anchors: Float[Tensor, "anchors m"]
    anchor_weights: Float[Tensor, " anchors"] | None = None

    def scores(self, x: Float[Tensor, "a m"], y: Float[Tensor, "b n"]) -> Float[Tensor, "a b"]:
        """−c / ε of every pair."""
        return -self.cost(x, y) / self.epsilon

    def source_potential(self, x: Float[Tensor, "a m"]) -> Float[Tensor, " a"]:
        """φ / ε."""
        with torch.inference_mode():
            value: Tensor = self.potential(self.features(x))
        return value

    def target_potential(self, y: Float[Tensor, "b n"]) -> Float[Tensor, " b"]:
        """ψ / ε, the soft transform of φ over the anchors."""
        f = self.source_potential(self.anchors)
        even = torch.full_like(f, 1 / len(f))
        f = _weighted(f, even if self.anchor_weights is None else self.anchor_weights)
        # Results of blocks would lie between the blocks on the heap, and keep their memory apart.
        transform = torch.empty_like(y[:, 0])
        for rows, out in zip(
            torch.split(y, ROWS_AT_ONCE), torch.split(transform, ROWS_AT_ONCE), strict=True
        ):
            out.copy_(torch.logsumexp(f[:, None] + self.scores(self.anchors, rows), dim=0))
        return -transform

    def log_density(self, x: Float[Tensor, "a m"], y: Float[Tensor, "b n"]) -> Float[Tensor, "a b"]:
        """Logarithm of the density with respect to the product of the marginals."""
        f, g = self.source_potential(x), self.target_potential(y)
        return f[:, None] + g[None, :] + self.scores(x, y)

    def probabilities(
        self,
        x: Float[Tensor, "a m"],
        y: Float[Tensor, "b n"],
        *,
        weights: Float[Tensor, " b"] | None = None,
    ) -> Float[Tensor, "a b"]:
        """p(y | x): how the plan shares each x among the candidates y; rows sum to 1.

        Args:
            x: Points to translate.
            y: Candidates, for instance the whole target vocabulary.
            weights: Of the candidates; None gives all the same.

        """
        g = self.target_potential(y)
        return torch.softmax(self.scores(x, y) + _weighted(g, weights)[None, :], dim=1)

    def barycentric_images(
        self,
        x: Float[Tensor, "a m"],
        y: Float[Tensor, "b n"],
        *,
        weights: Float[Tensor, " b"] | None = None,
    ) -> Float[Tensor, "a n"]:
        """E [y | x]: the mean of the candidates by their probabilities, computed in blocks."""
        bias = _weighted(self.target_potential(y), weights)[None, :]
        blocks = [
            torch.softmax(self.scores(rows, y) + bias, dim=1) @ y
            for rows in torch.split(x, ROWS_AT_ONCE)
        ]
        return torch.cat(blocks)

    def dual_value(self, x: Float[Tensor, "a m"], y: Float[Tensor, "b n"]) -> float:
        """OT_ε as the semi-dual objective on points that stand for the marginals."""
        value = self.source_potential(x).double().mean() + self.target_potential(y).double().mean()
        return self.epsilon * float(value)

    def relative_entropy(self, x: Float[Tensor, "a m"], y: Float[Tensor, "b n"]) -> float:
        """KL(π | μ ⊗ ν) in nats, of the plan between points that stand for the marginals."""
        f, g = self.source_potential(x), self.target_potential(y)
        total = 0.0
        for rows, of_rows in zip(
            torch.split(x, ROWS_AT_ONCE), torch.split(f, ROWS_AT_ONCE), strict=True
        ):
            log_density = of_rows[:, None] + g[None, :] + self.scores(rows, y)
            total += float((log_density.exp() * log_density).double().sum())
        return total / (len(x) * len(y))

    def marginal_errors(
        self, x: Float[Tensor, "a m"], y: Float[Tensor, "b n"]
    ) -> tuple[float, float]:
        """Total variation between the plan's marginals and equal weights, on a held-out batch.

        Returns:
            Of the source side and of the target side.

        """
        f, g = self.source_potential(x), self.target_potential(y)
        return marginal_errors(f, g, x, y, self.scores)


def _weighted(g: Float[Tensor, " b"], weights: Float[Tensor, " b"] | None) -> Float[Tensor, " b"]:
    return g if weights is None else g + weights.log()
