"""The three players T, f and P, and where they start."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from isogloss.models.aligners.recipe import NeuralGromovWassersteinRecipe
from isogloss.models.maps.networks import LinearTransport, ResidualTransport, Transport, perceptron
from isogloss.models.training.seeding import seeded


@final
class Potential(nn.Module):
    """f(y) = −½ yᵀAy + g(y), where g is a perceptron whose last layer starts at zero.

    The quadratic makes the start a saddle point: for P a multiple of W and A a fitting multiple of
    the identity, T(x) = Wx is then the maximiser of ⟨Px, z⟩ + f(z) from the first step.

    Args:
        dimension: Dimension n of the target.
        widths: Hidden widths of g.
        curvature: A, as a number or as a symmetric matrix [n, n].

    """

    def __init__(self, dimension: int, widths: tuple[int, ...], curvature: float | Tensor) -> None:
        super().__init__()
        self.curvature = nn.Parameter(torch.as_tensor(curvature))
        self.perceptron = perceptron(dimension, widths, 1)

    def sharpen(self, frequency: float) -> None:
        """Multiply the first layer of g, so that its units change over shorter distances."""
        with torch.no_grad():
            for parameter in self.perceptron[0].parameters():
                parameter.mul_(frequency)

    def forward(self, y: Float[Tensor, "batch n"]) -> Float[Tensor, " batch"]:
        """Value of f at each row."""
        if self.curvature.ndim == 0:
            quadratic = self.curvature / 2 * y.square().sum(dim=1)
        else:
            quadratic = (y @ self.curvature * y).sum(dim=1) / 2
        value: Tensor = self.perceptron(y).squeeze(1) - quadratic
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
        cls,
        weight: Float[Tensor, "n m"],
        recipe: NeuralGromovWassersteinRecipe,
        *,
        seed: int,
        direction: Float[Tensor, "n m"] | None = None,
    ) -> Players:
        """Start at the saddle point of a linear map.

        P is W on its sphere. With z = √n Wx and batches scaled by √m, the maximiser of
        ⟨Px, z⟩ − ½ a ‖z‖² is z = Px / a, which equals √n W (x / √m) for a = √(m / n) ‖P‖ / ‖W‖.

        Args:
            weight: W, in the coordinates that T and f see.
            recipe: Settings.
            seed: Of the networks.
            direction: W as P sees it, before it is scaled to the sphere; None where P sees what T
                and f see.

        """
        n, m = weight.shape
        direction = weight if direction is None else direction
        with seeded(seed):
            transport = make_transport(weight, recipe.transport_widths)
            cost_matrix = on_sphere(direction)
            curvature = float(cost_matrix.norm() / direction.norm()) * (m / n) ** 0.5
            potential = Potential(
                n,
                recipe.potential_widths,
                curvature if recipe.curvature == "scalar" else curvature * torch.eye(n),
            )
            potential.sharpen(recipe.frequency)
        return cls(transport, potential, cost_matrix).to(weight.device)


def make_transport(weight: Float[Tensor, "n m"], widths: tuple[int, ...]) -> Transport:
    """Make T start as Wx, linear where there are no hidden widths."""
    return ResidualTransport(weight.cpu(), widths) if widths else LinearTransport(weight.cpu())


def on_sphere(matrix: Float[Tensor, "n m"]) -> Float[Tensor, "n m"]:
    """Scale a matrix to the Frobenius norm min(√m, √n) of equation 8."""
    scaled: Tensor = matrix * (min(matrix.shape) ** 0.5 / matrix.norm())
    return scaled
