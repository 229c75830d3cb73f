"""A fitted map between normalised spaces as it is used: arrays in, arrays out.

The modules of PyTorch that are fitted are in `networks.py`. A fitted one is a few matrices: to
apply it on a processor, nothing of PyTorch has to be loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, final, runtime_checkable

import numpy as np
from jaxtyping import Float, Float32


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


@runtime_checkable
class FittedMap(Protocol):
    """A map T from normalised source vectors to target vectors."""

    @property
    def specification(self) -> TransportSpecification:
        """What kind of map it is, and between which dimensions."""

    @property
    def linear_part(self) -> Any:
        """The matrix W of the map, [n, m]: a tensor of a network, else an array."""

    def images(self, normalised: Float32[np.ndarray, "batch m"]) -> Float[np.ndarray, "batch n"]:
        """Map normalised source vectors, in the precision of the map; images have any length."""

    def arrays(self) -> Mapping[str, np.ndarray]:
        """Give the weights, as they are saved."""

    def in_double(self) -> FittedMap:
        """Give the same map in float64."""


@final
@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class LinearMap:
    """T(x) = Wx.

    Attributes:
        weight: W, of shape [n, m].

    """

    weight: Float[np.ndarray, "n m"]

    @property
    def specification(self) -> TransportSpecification:
        """What kind of map it is, and between which dimensions."""
        n, m = self.weight.shape
        return TransportSpecification("linear", m, n)

    @property
    def linear_part(self) -> Float[np.ndarray, "n m"]:
        """The matrix W."""
        return self.weight

    def images(self, normalised: Float32[np.ndarray, "batch m"]) -> Float[np.ndarray, "batch n"]:
        """Map normalised source vectors, in the precision of W."""
        mapped: Float[np.ndarray, "batch n"] = normalised.astype(self.weight.dtype) @ self.weight.T
        return mapped

    def arrays(self) -> Mapping[str, np.ndarray]:
        """Give W."""
        return {"weight": self.weight}

    def in_double(self) -> LinearMap:
        """Give the same map in float64."""
        return LinearMap(self.weight.astype(np.float64))


@final
@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class ResidualMap:
    """T(x) = Wx + g(x), as in :class:`isogloss.models.maps.networks.ResidualTransport`.

    Attributes:
        weight: W, of shape [n, m].
        layers: Matrix and bias of each layer of g, the last one writing into the target space.

    """

    weight: Float[np.ndarray, "n m"]
    layers: tuple[tuple[np.ndarray, np.ndarray], ...]

    @property
    def specification(self) -> TransportSpecification:
        """What kind of map it is, and between which dimensions."""
        n, m = self.weight.shape
        return TransportSpecification(
            "residual", m, n, tuple(len(bias) for _, bias in self.layers[:-1])
        )

    @property
    def linear_part(self) -> Float[np.ndarray, "n m"]:
        """The matrix W."""
        return self.weight

    def images(self, normalised: Float32[np.ndarray, "batch m"]) -> Float[np.ndarray, "batch n"]:
        """Map normalised source vectors, in the precision of the weights."""
        n, m = self.weight.shape
        x = normalised.astype(self.weight.dtype)
        *hidden, (last, bias) = self.layers
        units = x * m**0.5
        for matrix, offset in hidden:
            units = _silu(units @ matrix.T + offset)
        mapped: Float[np.ndarray, "batch n"] = x @ self.weight.T + (units @ last.T + bias) / n**0.5
        return mapped

    def arrays(self) -> Mapping[str, np.ndarray]:
        """Give the weights, under the names that the module of PyTorch has for them."""
        arrays = {"weight": self.weight}
        for number, (matrix, bias) in enumerate(self.layers):
            arrays[_layer(number, "weight")] = matrix
            arrays[_layer(number, "bias")] = bias
        return arrays

    def in_double(self) -> ResidualMap:
        """Give the same map in float64."""
        return ResidualMap(
            self.weight.astype(np.float64),
            tuple(
                (matrix.astype(np.float64), bias.astype(np.float64)) for matrix, bias in self.layers
            ),
        )


def shapes_of_weights(specification: TransportSpecification) -> dict[str, tuple[int, ...]]:
    """Name → shape of the arrays that a ``linear`` or ``residual`` map consists of."""
    m, n = specification.source_dimension, specification.target_dimension
    shapes: dict[str, tuple[int, ...]] = {"weight": (n, m)}
    if specification.kind == "residual":
        width = m
        for number, next_width in enumerate((*specification.hidden_widths, n)):
            shapes[_layer(number, "weight")] = (next_width, width)
            shapes[_layer(number, "bias")] = (next_width,)
            width = next_width
    return shapes


def map_of(
    specification: TransportSpecification, arrays: Mapping[str, np.ndarray]
) -> LinearMap | ResidualMap:
    """Make a ``linear`` or ``residual`` map of its arrays, which have the right shapes."""
    if specification.kind == "linear":
        return LinearMap(arrays["weight"])
    layers = len(specification.hidden_widths) + 1
    return ResidualMap(
        arrays["weight"],
        tuple(
            (arrays[_layer(number, "weight")], arrays[_layer(number, "bias")])
            for number in range(layers)
        ),
    )


def _layer(number: int, part: str) -> str:
    # Between two layers stands the activation, which has a number and no weights.
    return f"residual.{2 * number}.{part}"


def _silu(z: Float[np.ndarray, "batch width"]) -> Float[np.ndarray, "batch width"]:
    """Z / (1 + exp(−z)), without an exponential that could overflow."""
    units: Float[np.ndarray, "batch width"] = z * (np.tanh(z / 2) + 1) / 2
    return units
