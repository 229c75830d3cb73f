"""The networks of SPOT: G, which makes points of all marginals, and a potential for each."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import final

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from isogloss.models.training.seeding import seeded

SLOPE = 0.2
"""Of LeakyReLU below zero."""


class Generator(nn.Module):
    """G of equation 3.2: a latent point to one point of each marginal.

    Attributes:
        latent_dimension: Length of the latent points.

    """

    latent_dimension: int

    @abstractmethod
    def forward(self, z: Float[Tensor, "batch latent"]) -> tuple[Tensor, ...]:
        """Push latent points forward: batches [batch, dᵢ] whose rows belong together."""


@final
class BranchedGenerator(Generator):
    """G = (G₁, …, Gₘ), networks that share the latent point and no weights.

    Args:
        branches: For each marginal a module from latent points to points.
        latent_dimension: Length of the latent points.

    """

    def __init__(self, branches: Sequence[nn.Module], latent_dimension: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)
        self.latent_dimension = latent_dimension

    @classmethod
    def of_perceptrons(
        cls, latent_dimension: int, widths: Sequence[int], dimensions: Sequence[int], *, seed: int
    ) -> BranchedGenerator:
        """Make a perceptron for each marginal, as in section 3.6.1.

        Those of marginals of one dimension start with the same weights: the pairs begin at cost
        zero, and the plan is not to be turned while its marginals are held.
        """
        branches = []
        for dimension in dimensions:
            with seeded(seed):
                branches.append(leaky_perceptron((latent_dimension, *widths, dimension)))
        return cls(branches, latent_dimension)

    def forward(self, z: Float[Tensor, "batch latent"]) -> tuple[Tensor, ...]:
        """Push latent points forward."""
        return tuple(branch(z) for branch in self.branches)


@final
class SharedGenerator(Generator):
    """G whose parts share a perceptron but for its last layer, which starts alike in all of them.

    Section 3.3 offers both. Parts that share what bends them move their points together, so that
    pairs stay pairs while the marginals are learnt. Its layers start orthogonal: of few units drawn
    at random some are close to parallel, and what they do not tell apart is hard to learn.
    """

    def __init__(
        self, latent_dimension: int, widths: Sequence[int], dimension: int, parts: int, *, seed: int
    ) -> None:
        super().__init__()
        self.latent_dimension = latent_dimension
        with seeded(seed):
            trunk = leaky_perceptron((latent_dimension, *widths), layer=_orthogonal_layer)
            head = nn.Linear(widths[-1], dimension)
        self.trunk = nn.Sequential(trunk, nn.LeakyReLU(SLOPE))
        self.heads = nn.ModuleList(copy.deepcopy(head) for _ in range(parts))

    def forward(self, z: Float[Tensor, "batch latent"]) -> tuple[Tensor, ...]:
        """Push latent points forward."""
        bent = self.trunk(z)
        return tuple(head(bent) for head in self.heads)


@final
class LipschitzPotential(nn.Module):
    """A potential whose Lipschitz constant is at most 1.

    Every weight matrix is divided by its spectral norm, which one step of the power method follows
    while training (Miyato et al. 2018), and LeakyReLU has slope at most 1.
    """

    def __init__(self, dimension: int, widths: Sequence[int]) -> None:
        super().__init__()
        self.network = leaky_perceptron(
            (dimension, *widths, 1), layer=lambda i, o: spectral_norm(nn.Linear(i, o))
        )

    def forward(self, x: Float[Tensor, "batch d"]) -> Float[Tensor, " batch"]:
        """Value at each row."""
        value: Tensor = self.network(x).squeeze(1)
        return value


def make_potentials(
    dimensions: Sequence[int], widths: Sequence[int], *, seed: int
) -> nn.ModuleList:
    """Make a potential for each marginal."""
    with seeded(seed):
        return nn.ModuleList(LipschitzPotential(d, widths) for d in dimensions)


def _orthogonal_layer(inputs: int, outputs: int) -> nn.Linear:
    layer = nn.Linear(inputs, outputs)
    nn.init.orthogonal_(layer.weight, nn.init.calculate_gain("leaky_relu", SLOPE))
    nn.init.zeros_(layer.bias)
    return layer


def leaky_perceptron(
    widths: Sequence[int], *, layer: Callable[[int, int], nn.Module] = nn.Linear
) -> nn.Sequential:
    """Multilayer perceptron with LeakyReLU between layers of the given widths."""
    modules: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        modules += [layer(inputs, outputs), nn.LeakyReLU(SLOPE)]
    return nn.Sequential(*modules[:-1])
