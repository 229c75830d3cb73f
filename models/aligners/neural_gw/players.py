"""The three players T, f and P, and where they start."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from models.aligners.recipe import NeuralGromovWassersteinRecipe
from models.aligners.transports import LinearTransport, ResidualTransport, Transport, perceptron


@final
class Potential(nn.Module):
    """f(y) = −½ a ‖y‖² + g(y), where g is a perceptron whose last layer starts at zero.

    The quadratic makes the start a saddle point: for P a multiple of W and a fitting a,
    T(x) = Wx is then the maximiser of ⟨Px, z⟩ + f(z) from the first step.
    """

    def __init__(self, dimension: int, widths: tuple[int, ...], curvature: float) -> None:
        super().__init__()
        self.curvature = nn.Parameter(torch.tensor(curvature))
        self.perceptron = perceptron(dimension, widths, 1)

    def forward(self, y: Float[Tensor, "batch n"]) -> Float[Tensor, " batch"]:
        """Value of f at each row."""
        value: Tensor = self.perceptron(y).squeeze(1) - self.curvature / 2 * y.square().sum(dim=1)
        return value


@final
class Players(nn.Module):
    """T, f and P of one game."""

    def __init__(
        self, transport: Transport, potential: Potential, cost_matrix: Float[Tensor, "n m"]
    ) -> None:
        super().__init__()
        self.transport = transport
        self.potential = potential
        self.cost_matrix = nn.Parameter(cost_matrix)

    @classmethod
    def starting_at(
        cls, weight: Float[Tensor, "n m"], recipe: NeuralGromovWassersteinRecipe, *, seed: int
    ) -> Players:
        """Start at the saddle point of an orthogonal map.

        P is W on its sphere. With z = √n Wx and batches scaled by √m, the maximiser of
        ⟨Px, z⟩ − ½ a ‖z‖² is z = Px / a, which equals √n W (x / √m) for a = √(m / n) ‖P‖ / ‖W‖.
        """
        n, m = weight.shape
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            transport = make_transport(weight, recipe.transport_widths)
            cost_matrix = on_sphere(weight)
            scale = float(cost_matrix.norm() / weight.norm())
            potential = Potential(n, recipe.potential_widths, scale * (m / n) ** 0.5)
        return cls(transport, potential, cost_matrix).to(weight.device)


def make_transport(weight: Float[Tensor, "n m"], widths: tuple[int, ...]) -> Transport:
    """Make T start as Wx, linear where there are no hidden widths."""
    return ResidualTransport(weight.cpu(), widths) if widths else LinearTransport(weight.cpu())


def on_sphere(matrix: Float[Tensor, "n m"]) -> Float[Tensor, "n m"]:
    """Scale a matrix to the Frobenius norm min(√m, √n) of equation 8."""
    scaled: Tensor = matrix * (min(matrix.shape) ** 0.5 / matrix.norm())
    return scaled
