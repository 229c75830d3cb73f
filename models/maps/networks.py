"""Maps T from the source space to the target space: modules that work on any vector."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from copy import deepcopy
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor, nn

from isogloss.models.errors import OptionError
from isogloss.models.maps.fitted import FittedMap, TransportSpecification


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

    def images(self, normalised: Float32[np.ndarray, "batch m"]) -> Float[np.ndarray, "batch n"]:
        """Map normalised source vectors, on the device and in the precision of the weights."""
        weight = next(self.parameters())
        with torch.inference_mode():
            block = torch.from_numpy(normalised).to(weight.device, weight.dtype)
            mapped: Float[np.ndarray, "batch n"] = self(block).cpu().numpy()
        return mapped

    def arrays(self) -> Mapping[str, np.ndarray]:
        """Give the weights, as they are saved."""
        return {
            name: tensor.cpu().contiguous().numpy() for name, tensor in self.state_dict().items()
        }

    def in_double(self) -> Transport:
        """Give a copy of the map in float64."""
        return deepcopy(self).double()


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


def as_network(fitted: FittedMap) -> Transport:
    """Give a fitted map as a module of PyTorch, to fit from it or to compute on its device.

    Raises:
        OptionError: The map is composed of two others.

    """
    if isinstance(fitted, Transport):
        return fitted
    if fitted.specification.kind == "composed":
        raise OptionError("a map composed of two is not one to fit from")
    return rebuild_transport(fitted.specification, fitted.arrays(), "cpu")


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


def rebuild_transport(
    specification: TransportSpecification, weights: Mapping[str, np.ndarray], device: str
) -> Transport:
    """Build a transport on a device, with exactly these weights, which have the right shapes."""
    with torch.device("meta"):
        transport = build_transport(specification)
    tensors = {name: torch.from_numpy(array) for name, array in weights.items()}
    transport.load_state_dict(tensors, assign=True)
    return transport.to(device).requires_grad_(False)
