"""NGW between two distributions that are known by samples alone, from a random start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.aligners.neural_gw.game import Game
from isogloss.models.aligners.neural_gw.sampler import Sampler
from isogloss.models.aligners.neural_gw.side import given_map
from isogloss.models.aligners.neural_gw.training import side_of
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.aligners.recipe import NeuralGromovWassersteinRecipe
from isogloss.models.maps.networks import Transport
from isogloss.models.progress.journal import NoJournal
from isogloss.models.progress.observation import Observer, ignore_progress
from isogloss.models.training.playing import play_all_steps

_POINTS_AT_ONCE = 16384


@final
@dataclass(frozen=True, slots=True, eq=False)
class DistributionMap:
    """A map between two distributions, whose points have coordinates of about 1.

    Attributes:
        transport: T, which works on vectors of length about 1.

    """

    transport: Transport

    def __call__(self, points: Float[Tensor, "count m"]) -> Float[Tensor, "count n"]:
        """Map points."""
        specification = self.transport.specification
        shrink, stretch = specification.source_dimension**-0.5, specification.target_dimension**0.5
        with torch.inference_mode():
            blocks = [
                self.transport(block * shrink) * stretch
                for block in torch.split(points, _POINTS_AT_ONCE)
            ]
        return torch.cat(blocks)


@final
@dataclass(frozen=True, slots=True, eq=False)
class InnerGromovWassersteinOutput:
    """What NGW ended in.

    Attributes:
        start: The map before the first step.
        solution: The map after the last one.
        seconds: Time that the game took.

    """

    start: DistributionMap
    solution: DistributionMap
    seconds: float


def solve_inner_gromov_wasserstein(
    source: Sampler,
    target: Sampler,
    recipe: NeuralGromovWassersteinRecipe,
    *,
    seed: int,
    observe: Observer = ignore_progress,
) -> InnerGromovWassersteinOutput:
    """Minimise E (⟨x, x'⟩ − ⟨T(x), T(x')⟩)² over the maps T from one distribution to another.

    The start is an orthogonal map at random, in the coordinates of the two sides. There is nothing
    to judge the maps by on the way: the last one counts.

    Args:
        source: Draws points x of the source.
        target: Draws points y of the target, without regard to the source.
        recipe: Settings.
        seed: Of the start and the networks.
        observe: Is told of every outer step.

    Raises:
        DivergenceError: A loss is NaN or exploded.

    """
    sides = side_of(source, recipe), side_of(target, recipe)
    example, answer = (side.draw(1) for side in sides)
    m, n = example.shape[1], answer.shape[1]
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(max(m, n), m + n, generator=generator).to(example.device)
    # T works on vectors of length about 1: an orthogonal z = √n T(x / √m) takes √(m / n) W.
    weight = orthogonal_map(noise[:, :m], noise[:, m:]) * (m / n) ** 0.5
    game = Game(*sides, given_map(weight, *sides), recipe, seed=seed)
    start = DistributionMap(game.solution())
    played = play_all_steps(game, recipe, stage="neural-gw", journal=NoJournal(), observe=observe)
    return InnerGromovWassersteinOutput(start, DistributionMap(played.solution), played.seconds)
