"""One outer step of NGW, Algorithm 1, and all that is needed to continue after it."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from models.aligners.neural_gw.losses import cost_loss, potential_loss, transport_loss
from models.aligners.neural_gw.players import Players, on_sphere
from models.aligners.neural_gw.sampler import Sampler
from models.aligners.normalised_pair import NormalisedPair
from models.aligners.recipe import NeuralGromovWassersteinRecipe

_BETAS = (0.5, 0.9)
_PLAYERS = ("transport", "potential", "cost_matrix")


@final
class Game:
    """The players, their optimisers, the samplers, and the running mean of T.

    Attributes:
        players: T, f and P after ``step`` outer steps.
        averaged: T with the running mean of its weights.
        step: Outer steps played.

    """

    def __init__(
        self,
        pair: NormalisedPair,
        weight: Float[Tensor, "n m"],
        recipe: NeuralGromovWassersteinRecipe,
        *,
        seed: int,
    ) -> None:
        self.players = Players.starting_at(weight, recipe, seed=seed)
        self.averaged = copy.deepcopy(self.players.transport).requires_grad_(False)
        self.step = 0
        self._recipe = recipe
        exponent = recipe.frequency_exponent
        self._source = Sampler(pair.x, exponent=exponent, seed=2 * seed + 1)
        self._target = Sampler(pair.y, exponent=exponent, seed=2 * seed + 2)
        self._optimisers = {
            "transport": self._adam(*self.players.transport.parameters()),
            "potential": self._adam(*self.players.potential.parameters()),
            "cost_matrix": self._adam(self.players.cost_matrix),
        }

    def play(self) -> dict[str, float]:
        """Play one outer step.

        Returns:
            The last loss of each player, before its update.

        """
        recipe = self._recipe
        self._set_learning_rate()
        losses: dict[str, Tensor] = {}
        for _ in range(recipe.cost_steps):
            losses["cost"] = self._step_cost()
        for _ in range(recipe.potential_steps):
            for _ in range(recipe.transport_steps):
                losses["transport"] = self._step_transport()
            losses["potential"] = self._step_potential()
        self._average()
        self.step += 1
        return {f"{name}_loss": float(loss) for name, loss in losses.items()}

    def _step_cost(self) -> Tensor:
        x = self._source.draw(self._recipe.batch)
        with torch.no_grad():
            z = self._image(x)
        matrix = self.players.cost_matrix
        loss = self._descend("cost_matrix", cost_loss(x @ matrix.T, z))
        with torch.no_grad():
            matrix.copy_(on_sphere(matrix))
        return loss

    def _step_transport(self) -> Tensor:
        x = self._source.draw(self._recipe.batch)
        z = self._image(x)
        with torch.no_grad():
            px = x @ self.players.cost_matrix.T
        return self._descend("transport", transport_loss(px, z, self.players.potential(z)))

    def _step_potential(self) -> Tensor:
        with torch.no_grad():
            z = self._image(self._source.draw(self._recipe.batch))
        y = self._target.draw(self._recipe.batch)
        potential = self.players.potential
        return self._descend("potential", potential_loss(potential(z), potential(y)))

    def _image(self, x: Float[Tensor, "batch m"]) -> Float[Tensor, "batch n"]:
        """Map a batch: z = √n T(x / √m), for T works on unit vectors, the game on scaled ones."""
        specification = self.players.transport.specification
        unit_length = x / specification.source_dimension**0.5
        image: Tensor = self.players.transport(unit_length)
        z: Tensor = image * specification.target_dimension**0.5
        return z

    def _descend(self, player: str, loss: Tensor) -> Tensor:
        optimiser = self._optimisers[player]
        parameters = optimiser.param_groups[0]["params"]
        for parameter, gradient in zip(
            parameters, torch.autograd.grad(loss, parameters), strict=True
        ):
            parameter.grad = gradient
        optimiser.step()
        return loss.detach()

    def _adam(self, *parameters: Tensor) -> torch.optim.Adam:
        return torch.optim.Adam(parameters, lr=self._recipe.learning_rate, betas=_BETAS)

    def _set_learning_rate(self) -> None:
        progress = self.step / self._recipe.steps
        rate = self._recipe.learning_rate * (1 + math.cos(math.pi * progress)) / 2
        for optimiser in self._optimisers.values():
            optimiser.param_groups[0]["lr"] = rate

    def _average(self) -> None:
        with torch.no_grad():
            for mean, current in zip(
                self.averaged.parameters(), self.players.transport.parameters(), strict=True
            ):
                mean.lerp_(current, 1 - self._recipe.averaging)

    def state(self) -> dict[str, Tensor]:
        """All that :meth:`restore` needs to continue exactly, as flat tensors."""
        tensors = {f"players.{name}": t for name, t in self.players.state_dict().items()}
        tensors |= {f"averaged.{name}": t for name, t in self.averaged.state_dict().items()}
        for player in _PLAYERS:
            for index, moments in self._optimisers[player].state_dict()["state"].items():
                tensors |= {f"{player}.{index}.{name}": t for name, t in moments.items()}
        tensors["source_generator"] = self._source.state
        tensors["target_generator"] = self._target.state
        tensors["step"] = torch.tensor(self.step)
        return tensors

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Continue from a state that a game with the same recipe and spaces returned."""
        self.players.load_state_dict(_under("players", tensors))
        self.averaged.load_state_dict(_under("averaged", tensors))
        for player in _PLAYERS:
            moments: dict[int, dict[str, Tensor]] = {}
            for name, tensor in _under(player, tensors).items():
                index, moment = name.split(".")
                moments.setdefault(int(index), {})[moment] = tensor
            optimiser = self._optimisers[player]
            optimiser.load_state_dict({**optimiser.state_dict(), "state": moments})
        self._source.state = tensors["source_generator"]
        self._target.state = tensors["target_generator"]
        self.step = int(tensors["step"])


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {
        name.removeprefix(f"{prefix}."): tensor
        for name, tensor in tensors.items()
        if name.startswith(f"{prefix}.")
    }
