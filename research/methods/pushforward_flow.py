"""G as a flow, whose density is known: entropy-regularised transport (section 3.4).

A neural ODE carries a latent point of dimension d₁ + d₂ + … to the points of all marginals side by
side. The density changes by d log p / dt = −tr ∂ξ/∂z (equation 3.11), so that the entropy of the
plan can enter the objective, and its density can be read off anywhere by going back.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torchdiffeq import odeint

from isogloss.models.aligners.pushforward.cost import Cost
from isogloss.models.aligners.pushforward.game import Objective
from isogloss.models.aligners.pushforward.networks import Generator
from isogloss.models.training.seeding import seeded


@final
class VelocityField(nn.Module):
    """ξ(z, t), a perceptron with tanh, with its divergence.

    The divergence is exact: the tangents of all coordinates go through the layers beside the point,
    which is cheap in the few dimensions where a density is of use.
    """

    def __init__(self, dimension: int, widths: Sequence[int]) -> None:
        super().__init__()
        sizes = (dimension + 1, *widths, dimension)
        self.layers = nn.ModuleList(
            nn.Linear(inputs, outputs) for inputs, outputs in pairwise(sizes)
        )

    def forward(
        self, t: Float[Tensor, ""], z: Float[Tensor, "batch d"]
    ) -> tuple[Float[Tensor, "batch d"], Float[Tensor, " batch"]]:
        """Give the velocity and its divergence at each row."""
        value = torch.cat([z, t.expand(len(z), 1)], dim=1)
        tangents = torch.eye(z.shape[1] + 1, dtype=z.dtype, device=z.device)[:-1]
        for number, layer in enumerate(self.layers):
            assert isinstance(layer, nn.Linear)
            if number > 0:
                value = torch.tanh(value)
                tangents = tangents * (1 - value.square())[:, None]
            tangents = tangents @ layer.weight.T  # [batch, d, width], of the first layer [d, width]
            value = layer(value)
        return value, tangents.diagonal(dim1=1, dim2=2).sum(dim=1)


@final
class FlowGenerator(Generator):
    """G(z(0)) = z(1) for dz/dt = ξ(z, t), equation 3.10.

    Args:
        dimensions: Of the marginals; their sum is that of the latent points.
        widths: Hidden widths of ξ.
        steps: Steps of the fourth-order Runge-Kutta method from 0 to 1.
        seed: Of ξ.

    """

    def __init__(
        self, dimensions: Sequence[int], widths: Sequence[int], *, steps: int, seed: int
    ) -> None:
        super().__init__()
        self.latent_dimension = sum(dimensions)
        self.steps = steps
        self._dimensions = list(dimensions)
        with seeded(seed):
            self.field = VelocityField(self.latent_dimension, widths)

    def forward(self, z: Float[Tensor, "batch latent"]) -> tuple[Tensor, ...]:
        """Push latent points forward."""
        end = self._integrate(z, (0.0, 1.0))[0]
        return torch.split(end, self._dimensions, dim=1)

    def with_log_density(
        self, z: Float[Tensor, "batch latent"]
    ) -> tuple[tuple[Tensor, ...], Float[Tensor, " batch"]]:
        """Push points z ~ N(0, I) forward, with the log density of their images."""
        end, change = self._integrate(z, (0.0, 1.0))
        return torch.split(end, self._dimensions, dim=1), _log_normal(z) - change

    def log_density(self, points: Float[Tensor, "batch latent"]) -> Float[Tensor, " batch"]:
        """Log density of the plan at points of all marginals side by side."""
        start, change = self._integrate(points, (1.0, 0.0))
        return _log_normal(start) + change

    def _integrate(self, z: Tensor, interval: tuple[float, float]) -> tuple[Tensor, Tensor]:
        """Give the end and the integral of the divergence on the way."""
        states = odeint(
            lambda t, state: self.field(t, state[0]),
            (z, z.new_zeros(len(z))),
            torch.linspace(*interval, self.steps + 1, dtype=z.dtype, device=z.device),
            method="rk4",
        )
        return states[0][-1], states[1][-1]


def entropic_cost(cost: Cost, epsilon: float) -> Objective:
    """Make the objective E c + ε E log p, of which Sinkhorn's plan is the least (equation 3.7)."""

    def value(generator: Generator, z: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        assert isinstance(generator, FlowGenerator)
        points, log_density = generator.with_log_density(z)
        return points, cost(points) + epsilon * log_density

    return value


def _log_normal(z: Float[Tensor, "batch d"]) -> Float[Tensor, " batch"]:
    log_density: Tensor = -0.5 * (z.square().sum(dim=1) + z.shape[1] * math.log(2 * math.pi))
    return log_density
