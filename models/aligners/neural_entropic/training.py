"""Train the potential on mini-batches."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.aligners.neural_entropic.cost import Cost
from isogloss.models.aligners.neural_entropic.features import Features
from isogloss.models.aligners.neural_entropic.marginal import Marginal
from isogloss.models.aligners.neural_entropic.semi_dual import batch_plan, semi_dual
from isogloss.models.aligners.neural_gw.optimiser import PlayerOptimiser
from isogloss.models.aligners.neural_gw.players import Potential
from isogloss.models.aligners.recipe import NeuralEntropicRecipe
from isogloss.models.errors import DivergenceError
from isogloss.models.training.rates import cosine_decay
from isogloss.models.training.seeding import seeded

_STAGE = "neural-egw"


@final
class PotentialTraining:
    """The potential, its optimiser, and what is needed to continue.

    Attributes:
        potential: φ / ε, on features of the source points.
        features: What it sees of them.
        step: Steps done.

    """

    def __init__(
        self,
        source: Marginal,
        target: Marginal,
        *,
        features: Features,
        curvature: Float[Tensor, "features features"],
        epsilon: float,
        recipe: NeuralEntropicRecipe,
        seed: int,
    ) -> None:
        self.features = features
        with seeded(seed):
            self.potential = Potential(len(curvature), recipe.widths, curvature).to(curvature)
        self.step = 0
        self._sides = source.sampler, target.sampler
        self._epsilon = epsilon
        self._recipe = recipe
        self._optimiser = PlayerOptimiser(
            self.potential.parameters(), recipe.learning_rate, linear={}
        )

    def round(self, cost: Cost) -> tuple[float, Float[Tensor, "m n"]]:
        """Make the steps of one round for a fixed cost.

        Returns:
            The mean objective and the mean E_π xyᵀ over the second half of the round.

        Raises:
            DivergenceError: The objective is NaN or infinite.

        """
        values, moments = [], []
        for number in range(self._recipe.steps):
            value, moment = self._step(cost, measured=2 * number >= self._recipe.steps - 1)
            if not math.isfinite(value):
                raise DivergenceError(_STAGE, self.step, f"the objective is {value:.3g}")
            if moment is not None:
                values.append(value)
                moments.append(moment)
        return self._epsilon * sum(values) / len(values), torch.stack(moments).mean(dim=0)

    def _step(self, cost: Cost, *, measured: bool) -> tuple[float, Float[Tensor, "m n"] | None]:
        x, y = (sampler.draw(self._recipe.batch) for sampler in self._sides)
        scores = -cost(x, y) / self._epsilon
        f = self.potential(self.features(x))
        objective = semi_dual(f, scores)
        moment = x.T @ batch_plan(f.detach(), scores) @ y if measured else None
        total = self._recipe.rounds * self._recipe.steps
        self._optimiser.step(-objective, cosine_decay(self.step, total))
        self.step += 1
        return float(objective.detach()), moment

    def state(self) -> dict[str, Tensor]:
        """All that :meth:`restore` needs to continue exactly, as flat tensors."""
        tensors = {f"potential.{name}": t for name, t in self.potential.state_dict().items()}
        tensors |= {f"optimiser.{name}": t for name, t in self._optimiser.state().items()}
        tensors["source_generator"] = self._sides[0].state
        tensors["target_generator"] = self._sides[1].state
        tensors["step"] = torch.tensor(self.step)
        return tensors

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Continue from a state that a training with the same recipe and sides returned."""
        parts: dict[str, dict[str, Tensor]] = {"potential": {}, "optimiser": {}}
        for name, tensor in tensors.items():
            part, _, rest = name.partition(".")
            if part in parts:
                parts[part][rest] = tensor
        self.potential.load_state_dict(parts["potential"])
        self._optimiser.restore(parts["optimiser"])
        self._sides[0].state = tensors["source_generator"]
        self._sides[1].state = tensors["target_generator"]
        self.step = int(tensors["step"])
