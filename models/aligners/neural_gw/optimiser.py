"""How a player moves: Adam for networks, plain gradient descent for a well-conditioned part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import final

import torch
from torch import Tensor

_BETAS = (0.5, 0.9)


@final
class PlayerOptimiser:
    """Adam over a player's parameters, but for those that have a rate of their own.

    Adam moves every weight by about its rate whatever the slope, and so swings around the answer
    of a linear part that ought to follow the other players closely. Plain descent stands still
    where the gradient is zero.

    Args:
        parameters: All parameters of the player.
        rate: Of Adam.
        linear: Parameter → rate of plain gradient descent.

    """

    def __init__(
        self, parameters: Iterable[Tensor], rate: float, linear: Mapping[Tensor, float]
    ) -> None:
        self._rate = rate
        self._linear = dict(linear)
        self._others = [each for each in parameters if each not in self._linear]
        self._adam = torch.optim.Adam(self._others, lr=rate, betas=_BETAS) if self._others else None

    def step(self, loss: Tensor, decay: float) -> None:
        """Descend the loss, with rates multiplied by ``decay``."""
        everything = [*self._linear, *self._others]
        gradients = dict(zip(everything, torch.autograd.grad(loss, everything), strict=True))
        with torch.no_grad():
            for parameter, rate in self._linear.items():
                parameter.sub_(gradients[parameter], alpha=rate * decay)
        if self._adam is not None:
            for parameter in self._others:
                parameter.grad = gradients[parameter]
            self._adam.param_groups[0]["lr"] = self._rate * decay
            self._adam.step()

    def state(self) -> dict[str, Tensor]:
        """Moments of Adam, by index of the parameter and name, as flat tensors."""
        if self._adam is None:
            return {}
        return {
            f"{index}.{name}": tensor
            for index, moments in self._adam.state_dict()["state"].items()
            for name, tensor in moments.items()
        }

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Continue from a state that an optimiser of the same parameters returned."""
        if self._adam is None:
            return
        moments: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            index, moment = name.split(".")
            moments.setdefault(int(index), {})[moment] = tensor
        self._adam.load_state_dict({**self._adam.state_dict(), "state": moments})
