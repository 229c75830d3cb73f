"""SPOT between distributions known by samples: transport plans that can be sampled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from isogloss.models.aligners.neural_gw.sampler import Distribution, Sampler, StreamSampler
from isogloss.models.aligners.pushforward.cost import Cost
from isogloss.models.aligners.pushforward.game import Objective, PushforwardGame, transport_cost
from isogloss.models.aligners.pushforward.networks import BranchedGenerator, Generator
from isogloss.models.aligners.recipe import PushforwardRecipe
from isogloss.models.progress.journal import Journal, NoJournal
from isogloss.models.progress.observation import Observer, ignore_progress
from isogloss.models.training.playing import play_all_steps

_POINTS_AT_ONCE = 16384


def standard_normal(dimension: int) -> Distribution:
    """Make N(0, I), the usual latent distribution."""

    def draw(count: int, generator: torch.Generator) -> Tensor:
        return torch.randn(count, dimension, generator=generator, device=generator.device)

    return draw


@final
@dataclass(frozen=True, slots=True, eq=False)
class PushforwardPlan:
    """A plan as the image of latent points.

    Attributes:
        generator: G.
        latent: Distribution of its latent points.
        seconds: Time that the game took.

    """

    generator: Generator
    latent: Distribution
    seconds: float

    def sample(self, count: int, *, seed: int) -> tuple[Tensor, ...]:
        """Draw tuples: a batch [count, dᵢ] for each marginal, whose rows belong together."""
        device = next(self.generator.parameters()).device
        z = self.latent(count, torch.Generator(device).manual_seed(seed))
        with torch.inference_mode():
            blocks = [self.generator(block) for block in torch.split(z, _POINTS_AT_ONCE)]
        return tuple(torch.cat(parts) for parts in zip(*blocks, strict=True))

    def mean_cost(self, cost: Cost, count: int, *, seed: int) -> float:
        """Estimate E c(G(z)), the value of the transport problem."""
        return float(cost(self.sample(count, seed=seed)).mean())


def solve_pushforward(
    marginals: Sequence[Sampler],
    cost: Cost,
    recipe: PushforwardRecipe,
    *,
    seed: int,
    generator: Generator | None = None,
    latent: Distribution | None = None,
    objective: Objective | None = None,
    journal: Journal | None = None,
    observe: Observer = ignore_progress,
) -> PushforwardPlan:
    """Find the plan of least mean cost between two or more marginals, Algorithm 3.

    Args:
        marginals: Each draws points of its own, without regard to the others.
        cost: Cost of a tuple.
        recipe: Settings.
        seed: Of the networks and of the latent points.
        generator: G at its start; None: perceptrons of the recipe's widths from as many latent
            dimensions as the widest marginal has.
        latent: Distribution of the latent points; None: N(0, I).
        objective: In place of the mean cost alone.
        journal: Keeps the state of the game.
        observe: Is told of every outer step.

    Raises:
        DivergenceError: A loss is NaN or exploded.

    """
    if generator is None:
        dimensions = [marginal.draw(1).shape[1] for marginal in marginals]
        generator = BranchedGenerator.of_perceptrons(
            max(dimensions), recipe.generator_widths, dimensions, seed=2 * seed
        )
    latent = standard_normal(generator.latent_dimension) if latent is None else latent
    device = next(generator.parameters()).device
    game = PushforwardGame(
        generator,
        StreamSampler(latent, seed=2 * seed + 1, device=device),
        marginals,
        transport_cost(cost) if objective is None else objective,
        recipe,
        seed=2 * seed + 1,
    )
    played = play_all_steps(
        game,
        recipe,
        stage="pushforward",
        journal=NoJournal() if journal is None else journal,
        observe=observe,
    )
    return PushforwardPlan(played.solution, latent, played.seconds)
