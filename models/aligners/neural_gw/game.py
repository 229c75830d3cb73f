"""One outer step of NGW, Algorithm 1, and all that is needed to continue after it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.aligners.neural_gw.losses import cost_loss, potential_loss, transport_loss
from isogloss.models.aligners.neural_gw.optimiser import PlayerOptimiser
from isogloss.models.aligners.neural_gw.players import Players, on_sphere
from isogloss.models.aligners.neural_gw.side import (
    Side,
    given_matrix,
    given_transport,
    seen_map,
    seen_matrix,
)
from isogloss.models.aligners.recipe import NeuralGromovWassersteinRecipe
from isogloss.models.maps.networks import Transport
from isogloss.models.training.playing import follow, named, read_losses, under
from isogloss.models.training.rates import cosine_decay


@final
class Game:
    """The players, their optimisers, the two sides, and the running mean of T.

    T and f see the coordinates of the sides; P stands in the given ones, as its sphere does.

    Attributes:
        sides: Source and target.
        players: T, f and P after ``step`` outer steps.
        averaged: T with the running mean of its weights.
        step: Outer steps played.

    """

    def __init__(
        self,
        source: Side,
        target: Side,
        weight: Float[Tensor, "n m"],
        recipe: NeuralGromovWassersteinRecipe,
        *,
        seed: int,
    ) -> None:
        start = seen_map(weight, source, target)
        self.players = Players.starting_at(
            start, recipe, seed=seed, direction=given_matrix(start, source, target)
        )
        self.averaged = copy.deepcopy(self.players.transport).requires_grad_(False)
        self.step = 0
        self._recipe = recipe
        self.sides = source, target
        self._optimisers = self._make_optimisers()

    def play(self) -> dict[str, float]:
        """Play one outer step.

        Returns:
            The last loss of each player, before its update.

        """
        recipe = self._recipe
        losses: dict[str, Tensor] = {}
        for _ in range(recipe.cost_steps):
            losses["cost"] = self._step_cost()
        with torch.no_grad():
            seen = seen_matrix(self.players.cost_matrix, *self.sides)
        for _ in range(recipe.potential_steps):
            for _ in range(recipe.transport_steps):
                losses["transport"] = self._step_transport(seen)
            losses["potential"] = self._step_potential()
        follow(self.averaged, self.players.transport, self._recipe.averaging)
        self.step += 1
        return read_losses(losses)

    @property
    def scale(self) -> float:
        """⟨Px, z⟩ at the start, the size that losses have."""
        return float(self.players.cost_matrix.numel() ** 0.5)

    def solution(self) -> Transport:
        """Give the averaged T in the given coordinates, as a copy of its own."""
        return given_transport(self.averaged, *self.sides).requires_grad_(False)

    def _step_cost(self) -> Tensor:
        x = self.sides[0].draw(self._recipe.batch)
        with torch.no_grad():
            z = self._image(x)
        matrix = self.players.cost_matrix
        loss = cost_loss(x @ seen_matrix(matrix, *self.sides).T, z)
        if self._recipe.cost_rate is None:
            self._descend("cost_matrix", loss)
        else:
            with torch.no_grad():
                best = on_sphere(seen_matrix(z.T @ x, *self.sides))
                matrix.lerp_(best, self._recipe.cost_rate * self._decay())
        with torch.no_grad():
            matrix.copy_(on_sphere(matrix))
        return loss.detach()

    def _step_transport(self, seen: Float[Tensor, "n m"]) -> Tensor:
        x = self.sides[0].draw(self._recipe.transport_batch or self._recipe.batch)
        z = self._image(x)
        loss = transport_loss(x @ seen.T, z, self.players.potential(z))
        return self._descend("transport", loss)

    def _step_potential(self) -> Tensor:
        with torch.no_grad():
            z = self._image(self.sides[0].draw(self._recipe.batch))
        y = self.sides[1].draw(self._recipe.batch)
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
        self._optimisers[player].step(loss, self._decay())
        return loss.detach()

    def _decay(self) -> float:
        return cosine_decay(self.step, self._recipe.steps)

    def _make_optimisers(self) -> dict[str, PlayerOptimiser]:
        """Give each player an optimiser, and its linear part gradient descent where asked for.

        z is √(n / m) Wx in W, so that a rate in units of z is m / n times as large in W.
        """
        n, m = self.players.cost_matrix.shape
        rate, linear_rate = self._recipe.learning_rate, self._recipe.linear_rate
        players = self.players
        linear: dict[str, dict[Tensor, float]] = {"transport": {}, "potential": {}}
        if linear_rate is not None:
            linear["transport"] = {players.transport.linear_part: linear_rate * m / n}
            linear["potential"] = {players.potential.curvature: linear_rate}
        return {
            "transport": PlayerOptimiser(players.transport.parameters(), rate, linear["transport"]),
            "potential": PlayerOptimiser(players.potential.parameters(), rate, linear["potential"]),
            "cost_matrix": PlayerOptimiser([players.cost_matrix], rate, {}),
        }

    def state(self) -> dict[str, Tensor]:
        """All that :meth:`restore` needs to continue exactly, as flat tensors."""
        tensors = named("players", self.players.state_dict())
        tensors |= named("averaged", self.averaged.state_dict())
        for player, optimiser in self._optimisers.items():
            tensors |= named(player, optimiser.state())
        tensors["source_generator"] = self.sides[0].sampler.state
        tensors["target_generator"] = self.sides[1].sampler.state
        tensors["step"] = torch.tensor(self.step)
        return tensors

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Continue from a state that a game with the same recipe and sides returned."""
        self.players.load_state_dict(under("players", tensors))
        self.averaged.load_state_dict(under("averaged", tensors))
        for player, optimiser in self._optimisers.items():
            optimiser.restore(under(player, tensors))
        self.sides[0].sampler.state = tensors["source_generator"]
        self.sides[1].sampler.state = tensors["target_generator"]
        self.step = int(tensors["step"])
