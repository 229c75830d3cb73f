"""Batches of one side, drawn without regard to the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, final, runtime_checkable

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from isogloss.models.errors import OptionError

_RANK_OFFSET = 100

Distribution = Callable[[int, torch.Generator], Tensor]
"""Draws so many independent points [count, d] with a generator."""


@runtime_checkable
class Sampler(Protocol):
    """Draws points of one side. Each side has a sampler with a seed of its own.

    Attributes:
        state: State of the generator; settable, to resume.

    """

    state: Tensor

    def draw(self, count: int) -> Float[Tensor, "count d"]:
        """Draw a batch."""


class _Seeded:
    """A generator of its own, whose state can be kept."""

    def __init__(self, seed: int, device: torch.device | str = "cpu") -> None:
        self._generator = torch.Generator(device).manual_seed(seed)

    @property
    def state(self) -> Tensor:
        """State of the generator; settable, to resume."""
        return self._generator.get_state()

    @state.setter
    def state(self, state: Tensor) -> None:
        self._generator.set_state(state)


@final
class WordSampler(_Seeded):
    """Draws normalised vectors with weight (rank + 100)^−exponent, scaled to length √dimension.

    No row order can leak a pairing, as each side is drawn with a seed of its own. Words are drawn
    where their vectors lie, so that a game on a GPU waits for nothing from outside it.
    """

    def __init__(self, vectors: Float[Tensor, "n d"], *, exponent: float, seed: int) -> None:
        super().__init__(seed, vectors.device)
        self._vectors = vectors
        self._weights = word_weights(len(vectors), exponent).to(vectors.device)

    def draw(self, count: int) -> Float[Tensor, "count d"]:
        """Draw a batch, with replacement."""
        rows = torch.multinomial(self._weights, count, replacement=True, generator=self._generator)
        batch: Tensor = self._vectors[rows] * self._vectors.shape[1] ** 0.5
        return batch


def word_weights(count: int, exponent: float) -> Float64[Tensor, " count"]:
    """Weights (rank + 100)^−exponent of words, the most frequent first; they sum to 1."""
    weights: Tensor = (torch.arange(count, dtype=torch.float64) + _RANK_OFFSET) ** -exponent
    return weights / weights.sum()


@final
class RowSampler(_Seeded):
    """Draws rows of a matrix with equal weight, less an offset.

    A batch as large as the matrix is the matrix; smaller ones are drawn with replacement, so that
    no list of the rows is kept.
    """

    def __init__(
        self, points: Float[Tensor, "n d"], offset: Float[Tensor, " d"], *, seed: int
    ) -> None:
        super().__init__(seed)
        self._points = points
        self._offset = offset

    def draw(self, count: int) -> Float[Tensor, "drawn d"]:
        """Draw a batch, of at most as many points as there are rows."""
        if count >= len(self._points):
            return self._points - self._offset
        rows = torch.randint(len(self._points), (count,), generator=self._generator)
        batch: Tensor = self._points[rows.to(self._points.device)] - self._offset
        return batch


@final
class StreamSampler(_Seeded):
    """Draws fresh points of a distribution: no point is seen twice."""

    def __init__(
        self, distribution: Distribution, *, seed: int, device: torch.device | str = "cpu"
    ) -> None:
        super().__init__(seed, device)
        self._distribution = distribution

    def draw(self, count: int) -> Float[Tensor, "count d"]:
        """Draw a batch."""
        batch: Tensor = self._distribution(count, self._generator)
        return batch


def gaussian(covariance: Float[Tensor, "d d"]) -> Distribution:
    """Make the Gaussian N(0, Σ).

    Raises:
        OptionError: The matrix is not positive definite.

    """
    factor, info = torch.linalg.cholesky_ex(covariance)
    if int(info) != 0:
        raise OptionError("covariance: expected a positive definite matrix, found another")

    def draw(count: int, generator: torch.Generator) -> Tensor:
        noise = torch.randn(
            count, len(factor), generator=generator, dtype=factor.dtype, device=factor.device
        )
        points: Tensor = noise @ factor.T
        return points

    return draw


def gaussian_mixture(centres: Float[Tensor, "components d"], *, deviation: float) -> Distribution:
    """Make the mixture of Gaussians N(cₖ, deviation² I) of equal weight."""

    def draw(count: int, generator: torch.Generator) -> Tensor:
        component = torch.randint(
            len(centres), (count,), generator=generator, device=generator.device
        )
        noise = torch.randn(
            count,
            centres.shape[1],
            generator=generator,
            dtype=centres.dtype,
            device=generator.device,
        )
        return centres[component] + deviation * noise

    return draw
