"""GW-GAN, Algorithm 1: a generator that learns the relations within the data, and an adversary."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from isogloss.models.errors import DivergenceError, OptionError
from isogloss.models.generation.adversaries import expansion
from isogloss.models.generation.constraints import Constraint
from isogloss.models.generation.game import Game
from isogloss.models.generation.recipe import GanRecipe
from isogloss.models.generation.reference import Reference
from isogloss.models.progress.observation import Observer, Progress, ignore_progress
from isogloss.models.training.rates import cosine_decay

_STAGE = "gw-gan"


@final
@dataclass(frozen=True, slots=True, eq=False)
class GanResult:
    """What GW-GAN ended in.

    Attributes:
        generator: Noise → points.
        noise: Dimension of the noise.
        losses: The generator's discrepancy after each step.
        expansion: Mean ratio of distances after and before the adversary, of the data and of what
            is generated; 1 without one.

    """

    generator: nn.Module
    noise: int
    losses: tuple[float, ...]
    expansion: tuple[float, float]

    def generate(self, count: int, *, seed: int = 0) -> Float[Tensor, "count d"]:
        """Generate points."""
        generator = torch.Generator().manual_seed(seed)
        with torch.inference_mode():
            points: Tensor = self.generator(torch.randn(count, self.noise, generator=generator))
        return points


def train_gan(
    reference: Reference,
    dimension: int,
    recipe: GanRecipe,
    *,
    constraints: Sequence[tuple[int, Constraint]] = (),
    seed: int = 0,
    observe: Observer = ignore_progress,
) -> GanResult:
    """Train a generator of points in a space of its own.

    Args:
        reference: The data.
        dimension: Of the generated points.
        recipe: Settings.
        constraints: Penalties of generated points, each from a step on.
        seed: Of networks, batches and noise.
        observe: Is told of every step.

    Raises:
        OptionError: An adversary is asked for where there are no points, only distances.
        DivergenceError: The discrepancy became NaN.

    """
    if recipe.adversary_widths is not None and reference.points is None:
        raise OptionError("adversary: expected points, found distances alone")
    game = Game(reference, dimension, recipe, seed)
    game.warm_up()
    losses: list[float] = []
    for step in range(recipe.steps):
        active = [constraint for begin, constraint in constraints if step >= begin]
        decay = cosine_decay(step, recipe.steps)
        losses.append(game.improve_generator(active, recipe.learning_rate * decay))
        if not math.isfinite(losses[-1]):
            raise DivergenceError(_STAGE, step + 1, f"the discrepancy is {losses[-1]:.3g}")
        if (step + 1) % recipe.generator_steps == 0:
            game.improve_adversaries(recipe.adversary_rate * decay)
        metrics = {"discrepancy": losses[-1]}
        observe(Progress(stage=_STAGE, step=step + 1, total=recipe.steps, metrics=metrics))
    generator = game.generator.requires_grad_(False)
    points = game.generated().detach()
    return GanResult(
        generator, recipe.noise, tuple(losses), expansion(reference, game.adversaries, points)
    )
