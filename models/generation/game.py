"""The game of GW-GAN: one step of either player, and how their batches are coupled."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from isogloss.models.generation.adversaries import build_adversaries, penalty_of_both, perceptron
from isogloss.models.generation.constraints import Constraint
from isogloss.models.generation.discrepancy import (
    carried_coupling,
    coupling,
    distances,
    normalised_discrepancy,
)
from isogloss.models.generation.recipe import GanRecipe
from isogloss.models.generation.reference import Reference
from isogloss.models.training.rates import cosine_decay
from isogloss.models.training.seeding import seeded

_BETAS = (0.5, 0.9)
_WARMER = 5


class Game:
    """Networks, their optimisers, and the last coupled batches, from which plans are carried on."""

    def __init__(self, reference: Reference, dimension: int, recipe: GanRecipe, seed: int) -> None:
        self._reference, self._recipe, self._dimension = reference, recipe, dimension
        self._rng = torch.Generator().manual_seed(seed)
        self.adversaries: nn.ModuleList | None = None
        with seeded(seed):
            self.generator = perceptron(recipe.noise, recipe.widths, dimension)
            if recipe.adversary_widths is not None:
                assert reference.points is not None
                self.adversaries = build_adversaries(
                    reference.points.shape[1],
                    dimension,
                    recipe.adversary_widths,
                    recipe.features,
                    recipe.orthogonality,
                )
        self._of_generator = torch.optim.Adam(self.generator.parameters(), betas=_BETAS)
        self._of_adversaries = (
            None
            if self.adversaries is None
            else torch.optim.Adam(self.adversaries.parameters(), betas=_BETAS)
        )
        self._anchor: tuple[Tensor, Tensor, Tensor] | None = None

    def warm_up(self) -> None:
        """Bring the adversaries near to what their penalty asks for.

        The generated side sees noise of the extent of the data: what the generator makes lies close
        together at first.
        """
        recipe = self._recipe
        if self.adversaries is None or recipe.orthogonality in ("initial", "none"):
            return
        assert self._reference.points is not None and self._of_adversaries is not None
        extent = self._reference.points.std(dim=0).square().sum().sqrt() / self._dimension**0.5
        for step in range(recipe.warm_up):
            points = extent * torch.randn(recipe.batch, self._dimension, generator=self._rng)
            data = self._reference.points[self._rows()]
            loss = penalty_of_both(self.adversaries, recipe.orthogonality, data, points)
            rate = _WARMER * recipe.adversary_rate * cosine_decay(step, recipe.warm_up)
            _descend(self._of_adversaries, loss, rate)

    def improve_generator(self, constraints: Sequence[Constraint], rate: float) -> float:
        """Take one step of the generator; gives the discrepancy before it."""
        points = self.generated()
        discrepancy = self._compared(self._rows(), points)
        loss = discrepancy
        for constraint in constraints:
            loss = loss + constraint(points)
        if math.isfinite(float(loss.detach())):
            _descend(self._of_generator, loss, rate)
        return float(discrepancy.detach())

    def improve_adversaries(self, rate: float) -> None:
        """Take one step of the adversaries, if there are any."""
        if self.adversaries is None:
            return
        assert self._reference.points is not None and self._of_adversaries is not None
        rows, points = self._rows(), self.generated().detach()
        penalty = penalty_of_both(
            self.adversaries, self._recipe.orthogonality, self._reference.points[rows], points
        )
        loss = self._recipe.penalty * penalty - self._compared(rows, points)
        _descend(self._of_adversaries, loss, rate)

    def generated(self) -> Tensor:
        """Give a batch of generated points."""
        noise = torch.randn(self._recipe.batch, self._recipe.noise, generator=self._rng)
        points: Tensor = self.generator(noise)
        return points

    def _rows(self) -> Tensor:
        order = torch.randperm(len(self._reference), generator=self._rng)
        return order[: self._recipe.batch]

    def _compared(self, rows: Tensor, points: Tensor) -> Tensor:
        """Normalised discrepancy of a batch of data and one of generated points."""
        of_data, of_generated = (None, None) if self.adversaries is None else self.adversaries
        c = self._reference.within(rows, of_data)
        seen = points if of_generated is None else of_generated(points)
        d = distances(seen)
        settings = self._recipe.coupling
        if self._anchor is None:
            plan = coupling(c, d, settings)
        else:
            old_rows, old_points, old_plan = self._anchor
            with torch.no_grad():
                old = old_points if of_generated is None else of_generated(old_points)
                to_target = torch.cdist(seen, old)
            to_source = self._reference.between(rows, old_rows, of_data)
            start = carried_coupling(to_source, to_target, old_plan, settings)
            plan = coupling(c, d, settings, start)
        self._anchor = (rows, points.detach(), plan)
        return normalised_discrepancy(c, d, settings, plan)


def _descend(optimiser: torch.optim.Adam, loss: Tensor, rate: float) -> None:
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.param_groups[0]["lr"] = rate
    optimiser.step()
