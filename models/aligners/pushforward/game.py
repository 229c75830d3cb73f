"""SPOT, Algorithm 3: a generator of tuples against one potential for each marginal."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import final

import torch
from torch import Tensor, nn

from isogloss.models.aligners.neural_gw.losses import potential_loss
from isogloss.models.aligners.neural_gw.optimiser import PlayerOptimiser
from isogloss.models.aligners.neural_gw.sampler import Sampler
from isogloss.models.aligners.pushforward.cost import Cost
from isogloss.models.aligners.pushforward.networks import Generator, make_potentials
from isogloss.models.aligners.recipe import PushforwardRecipe
from isogloss.models.training.playing import follow, named, read_losses, under
from isogloss.models.training.rates import cosine_decay

Objective = Callable[[Generator, Tensor], tuple[tuple[Tensor, ...], Tensor]]
"""Pushes latent points [batch, latent] forward: the points, and what each tuple costs, [batch]."""


def transport_cost(cost: Cost) -> Objective:
    """Make the objective of unregularised transport."""

    def value(generator: Generator, z: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        points = generator(z)
        return points, cost(points)

    return value


@final
class PushforwardGame:
    """min over G, max over f₁ … fₘ of E c(G(z)) + λ Σᵢ (E fᵢ(x) − E fᵢ(Gᵢ(z))), equation 3.7.

    The potentials here are those of the paper with the other sign, as in NGW. m = 2 is transport
    between two marginals, more are the multi-marginal problem (equation 3.9).

    Attributes:
        generator: G after ``step`` outer steps.
        averaged: G with the running mean of its weights.
        potentials: f₁ … fₘ.
        step: Outer steps played.
        scale: Size that losses have.

    """

    def __init__(
        self,
        generator: Generator,
        latent: Sampler,
        marginals: Sequence[Sampler],
        objective: Objective,
        recipe: PushforwardRecipe,
        *,
        seed: int,
    ) -> None:
        self.generator = generator
        self.averaged = copy.deepcopy(generator).requires_grad_(False)
        self.step = 0
        self._latent = latent
        self._marginals = tuple(marginals)
        self._objective = objective
        self._recipe = recipe
        samples = [marginal.draw(recipe.batch) for marginal in self._marginals]
        dimensions = [x.shape[1] for x in samples]
        self.potentials: nn.ModuleList = make_potentials(
            dimensions, recipe.potential_widths, seed=seed
        ).to(samples[0].device)
        _, costs = objective(generator, latent.draw(recipe.batch))
        lengths = sum(float(x.norm(dim=1).mean()) for x in samples)
        self.scale = 1 + float(costs.detach().abs().mean()) + recipe.multiplier * lengths
        self._optimisers = {
            "generator": PlayerOptimiser(generator.parameters(), recipe.learning_rate, {})
        } | {
            f"potential_{number}": PlayerOptimiser(
                potential.parameters(), recipe.potential_rate or recipe.learning_rate, {}
            )
            for number, potential in enumerate(self.potentials, start=1)
        }

    def play(self) -> dict[str, float]:
        """Play one outer step.

        Returns:
            The last loss of each player, before its update.

        """
        losses = self._step_potentials()
        losses["generator"] = self._step_generator()
        follow(self.averaged, self.generator, self._recipe.averaging)
        self.step += 1
        return read_losses(losses)

    def solution(self) -> Generator:
        """Give the averaged G, as a copy of its own."""
        return copy.deepcopy(self.averaged)

    def _step_potentials(self) -> dict[str, Tensor]:
        recipe, losses = self._recipe, {}
        with torch.no_grad():
            # G rests meanwhile, so that the batches of all steps can be made at once.
            points = self.generator(self._latent.draw(recipe.batch * recipe.potential_steps))
        batches = zip(*(torch.split(each, recipe.batch) for each in points), strict=True)
        for batch in batches:
            for number, (made, marginal) in enumerate(zip(batch, self._marginals, strict=True), 1):
                potential = self.potentials[number - 1]
                given = marginal.draw(recipe.batch)
                of_made, of_given = potential(torch.cat([made, given])).split(
                    [len(made), len(given)]
                )
                name = f"potential_{number}"
                losses[name] = self._descend(name, potential_loss(of_made, of_given))
        return losses

    def _step_generator(self) -> Tensor:
        points, costs = self._objective(self.generator, self._latent.draw(self._recipe.batch))
        worth = [potential(x).mean() for potential, x in zip(self.potentials, points, strict=True)]
        loss = costs.mean() - self._recipe.multiplier * torch.stack(worth).sum()
        return self._descend("generator", loss)

    def _descend(self, player: str, loss: Tensor) -> Tensor:
        self._optimisers[player].step(loss, cosine_decay(self.step, self._recipe.steps))
        return loss.detach()

    def state(self) -> dict[str, Tensor]:
        """All that :meth:`restore` needs to continue exactly, as flat tensors."""
        tensors = named("generator", self.generator.state_dict())
        tensors |= named("averaged", self.averaged.state_dict())
        tensors |= named("potentials", self.potentials.state_dict())
        for player, optimiser in self._optimisers.items():
            tensors |= named(f"optimiser.{player}", optimiser.state())
        for number, sampler in enumerate((self._latent, *self._marginals)):
            tensors[f"sampler.{number}"] = sampler.state
        tensors["step"] = torch.tensor(self.step)
        return tensors

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Continue from a state that a game with the same recipe and marginals returned."""
        self.generator.load_state_dict(under("generator", tensors))
        self.averaged.load_state_dict(under("averaged", tensors))
        self.potentials.load_state_dict(under("potentials", tensors))
        for player, optimiser in self._optimisers.items():
            optimiser.restore(under(f"optimiser.{player}", tensors))
        for number, sampler in enumerate((self._latent, *self._marginals)):
            sampler.state = tensors[f"sampler.{number}"]
        self.step = int(tensors["step"])
