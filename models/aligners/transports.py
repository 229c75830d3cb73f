"""Maps T from the source space to the target space: modules that work on any vector."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Literal, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from isogloss.models.errors import OptionError


@dataclass(frozen=True, slots=True)
class TransportSpecification:
    """What is needed to rebuild an empty transport before its weights are loaded.

    Attributes:
        kind: ``linear`` or ``residual``; ``composed`` is one that was made of two others, and is
            not rebuilt.
        source_dimension: Length m of the source vectors.
        target_dimension: Length n of the target vectors.
        hidden_widths: Widths of the hidden layers; empty for ``linear``.

    """

    kind: Literal["linear", "residual", "composed"]
    source_dimension: int
    target_dimension: int
    hidden_widths: tuple[int, ...] = ()


class Transport(nn.Module):
    """A map from normalised source vectors [batch, m] to target vectors [batch, n]."""

    specification: TransportSpecification

    @abstractmethod
    def forward(self, x: Float[Tensor, "batch m"]) -> Float[Tensor, "batch n"]:
        """Map normalised source vectors; the result is not normalised."""

    @property
    @abstractmethod
    def linear_part(self) -> Float[Tensor, "n m"]:
        """The matrix W of the map, which is the whole map where it is linear."""


@final
class LinearTransport(Transport):
    """T(x) = Wx."""

    def __init__(self, weight: Float[Tensor, "n m"]) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight.detach().clone())
        self.specification = TransportSpecification("linear", weight.shape[1], weight.shape[0])

    def forward(self, x: Float[Tensor, "batch m"]) -> Float[Tensor, "batch n"]:
        """Map normalised source vectors."""
        return x @ self.weight.T

    @property
    def linear_part(self) -> Float[Tensor, "n m"]:
        """The matrix W."""
        return self.weight


@final
class ResidualTransport(Transport):
    """T(x) = Wx + g(x), where g is a multilayer perceptron whose last layer starts at zero.

    A fresh one is therefore exactly linear, and training starts from the map W. The perceptron sees
    vectors of length √m and writes vectors of length about √n, at which scale its units work best.
    """

    def __init__(self, weight: Float[Tensor, "n m"], hidden_widths: tuple[int, ...]) -> None:
        super().__init__()
        n, m = weight.shape
        self.weight = nn.Parameter(weight.detach().clone())
        self.residual = perceptron(m, hidden_widths, n, dtype=weight.dtype)
        self.specification = TransportSpecification("residual", m, n, hidden_widths)

    def forward(self, x: Float[Tensor, "batch m"]) -> Float[Tensor, "batch n"]:
        """Map normalised source vectors."""
        n, m = self.weight.shape
        mapped: Tensor = x @ self.weight.T + self.residual(x * m**0.5) / n**0.5
        return mapped

    @property
    def linear_part(self) -> Float[Tensor, "n m"]:
        """The matrix W."""
        return self.weight


def perceptron(
    inputs: int, hidden_widths: tuple[int, ...], outputs: int, *, dtype: torch.dtype | None = None
) -> nn.Sequential:
    """Multilayer perceptron with SiLU activations whose last layer is zero."""
    layers: list[nn.Module] = []
    width = inputs
    for hidden in hidden_widths:
        layers += [nn.Linear(width, hidden, dtype=dtype), nn.SiLU()]
        width = hidden
    last = nn.Linear(width, outputs, dtype=dtype)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(*layers, last)


def build_transport(specification: TransportSpecification) -> Transport:
    """Build a transport with the right shapes, whose weights are to be loaded.

    Raises:
        OptionError: The kind is unknown.

    """
    weight = torch.zeros(specification.target_dimension, specification.source_dimension)
    match specification.kind:
        case "linear":
            return LinearTransport(weight)
        case "residual":
            return ResidualTransport(weight, specification.hidden_widths)
    raise OptionError(f"unknown kind of transport: {specification.kind!r}")
