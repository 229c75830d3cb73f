"""One side of the game as the players see it: its batches, and the coordinates they stand in.

With coordinates x = Cx̃ on the source side and y = Cỹ on the target side the game is the same game:
⟨Px, z⟩ = ⟨P̃x̃, z̃⟩ with P̃ = CᵀPC. But where C is the square root of a side's second moments, x̃ and
ỹ are white, and the problem that T and f solve for a given P is well conditioned: for T(x̃) = Kx̃
and f(ỹ) = −½ ỹᵀAỹ the loss of T has the Hessian A ⊗ I in K, and that of f, once T has answered, is
about A⁻¹ ⊗ I in A. In the given coordinates both are multiplied by the condition number of the
side's moments, which is what makes plain descent and ascent slow.

Each side's coordinates come from its own points alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from isogloss.models.aligners.neural_gw.sampler import Sampler
from isogloss.models.errors import OptionError
from isogloss.models.maps.networks import LinearTransport, ResidualTransport, Transport

_LEAST_VARIANCE = 1e-4


@final
@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """A side of the game.

    Attributes:
        sampler: Draws its points in the given coordinates.
        basis: C, a symmetric matrix [d, d] with point = C · point as the players see it; None
            where they see the given coordinates.
        inverse: C⁻¹, or None.

    """

    sampler: Sampler
    basis: Float[Tensor, "d d"] | None = None
    inverse: Float[Tensor, "d d"] | None = None

    @classmethod
    def whitened(cls, sampler: Sampler, *, count: int) -> Side:
        """Take the square root of the second moments of ``count`` points as coordinates.

        Directions of less than a ten-thousandth of the mean variance are stretched as if they had
        that much.
        """
        points = sampler.draw(count).double()
        variances, directions = torch.linalg.eigh(points.T @ points / count)
        deviations = variances.clamp(min=float(variances.mean()) * _LEAST_VARIANCE).sqrt()
        basis, inverse = (
            ((directions * scale) @ directions.T).to(torch.get_default_dtype())
            for scale in (deviations, 1 / deviations)
        )
        return cls(sampler, basis, inverse)

    def draw(self, count: int) -> Float[Tensor, "count d"]:
        """Draw a batch in the coordinates that the players see."""
        batch = self.sampler.draw(count)
        return batch if self.inverse is None else batch @ self.inverse


def seen_matrix(matrix: Float[Tensor, "n m"], source: Side, target: Side) -> Float[Tensor, "n m"]:
    """Give CPC for a matrix P, by which the players see the coupling ⟨Px, z⟩.

    The same formula turns the moment E z̃x̃ᵀ that they see into the given E zxᵀ.
    """
    if target.basis is not None:
        matrix = target.basis @ matrix
    return matrix if source.basis is None else matrix @ source.basis


def given_matrix(matrix: Float[Tensor, "n m"], source: Side, target: Side) -> Float[Tensor, "n m"]:
    """Undo :func:`seen_matrix`."""
    if target.inverse is not None:
        matrix = target.inverse @ matrix
    return matrix if source.inverse is None else matrix @ source.inverse


def seen_map(weight: Float[Tensor, "n m"], source: Side, target: Side) -> Float[Tensor, "n m"]:
    """Give C⁻¹WC, the linear map W as the players see it."""
    if target.inverse is not None:
        weight = target.inverse @ weight
    return weight if source.basis is None else weight @ source.basis


def given_map(weight: Float[Tensor, "n m"], source: Side, target: Side) -> Float[Tensor, "n m"]:
    """Undo :func:`seen_map`."""
    if target.basis is not None:
        weight = target.basis @ weight
    return weight if source.inverse is None else weight @ source.inverse


def given_transport(transport: Transport, source: Side, target: Side) -> Transport:
    """Give the transport that takes and gives points in the given coordinates, a copy of its own.

    Raises:
        OptionError: The kind of the transport is unknown.

    """
    weight = given_map(transport.linear_part.detach(), source, target)
    if isinstance(transport, LinearTransport):
        return LinearTransport(weight)
    if not isinstance(transport, ResidualTransport):
        raise OptionError(f"unknown kind of transport: {transport.specification.kind!r}")
    copied = ResidualTransport(weight, transport.specification.hidden_widths).to(weight.device)
    copied.residual.load_state_dict(transport.residual.state_dict())
    with torch.no_grad():
        first, last = copied.residual[0], copied.residual[-1]
        assert isinstance(first, nn.Linear) and isinstance(last, nn.Linear)
        if source.inverse is not None:
            first.weight.copy_(first.weight @ source.inverse)
        if target.basis is not None:
            last.weight.copy_(target.basis @ last.weight)
            last.bias.copy_(target.basis @ last.bias)
    return copied
