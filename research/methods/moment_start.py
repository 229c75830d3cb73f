"""Where a shuffled linear regression may start: weights whose images have the responses' moments.

The order of the responses is lost, but their moments are not: E He_k((Xw − ȳ)/s) is a polynomial of
degree k in w and has to be that of y (Tsakiris et al. 2020 solve the first d such equations by
algebraic geometry). Low degrees vary slowly with w and have few minima; each further degree makes
the answer finer. So Gauss-Newton goes from many starts and adds degrees in turn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.errors import OptionError
from research.methods.shuffled_regression import transport_cost

_STEPS = 40
_KEPT = 32
_APART = 0.02
"""Weights nearer to each other than this share of the responses' deviation are one start."""


class _Misfit(NamedTuple):
    """Differences of moments, and how they change with the weights."""

    value: Float[Tensor, "starts degrees"]
    slope: Float[Tensor, "starts degrees d"]


def moment_starts(
    x: Float[Tensor, "n d"],
    y: Float[Tensor, " m"],
    *,
    count: int,
    seed: int,
    tries: int = 200,
    degrees: Sequence[int] = (4, 6, 8, 12),
) -> Float[Tensor, "starts d"]:
    """Find weights that match moments, those of the least transport cost first.

    Args:
        x: Covariates.
        y: Responses in any order, of positive deviation.
        count: At most so many are given; fewer where they fall together.
        seed: Of the first weights, which have random directions.
        tries: How many first weights.
        degrees: How many moments are matched in each stage; answers of all stages compete.

    Raises:
        OptionError: ``count``, ``tries`` or a degree is less than one.

    """
    if min(count, tries, *degrees) < 1:
        raise OptionError(
            "moment starts: expected count, tries and degrees of at least 1, found "
            f"{count}, {tries} and {tuple(degrees)}"
        )
    generator = torch.Generator().manual_seed(seed)
    weights = torch.randn(tries, x.shape[1], generator=generator, dtype=x.dtype).to(x.device)
    deviation = y.std(correction=0)
    weights = deviation * weights / weights.norm(dim=1, keepdim=True)
    found = []
    for degree in degrees:
        weights = _match_moments(x, y, weights, degree)
        weights = weights[transport_cost(weights @ x.T, y).argsort()[:_KEPT]]
        found.append(weights)
    candidates = torch.cat(found)
    candidates = candidates[transport_cost(candidates @ x.T, y).argsort()]
    chosen: list[Tensor] = []
    for each in candidates:
        apart = all(float((each - other).norm()) > _APART * deviation for other in chosen)
        if apart and len(chosen) < count:
            chosen.append(each)
    return torch.stack(chosen)


def _match_moments(
    x: Float[Tensor, "n d"], y: Float[Tensor, " m"], weights: Float[Tensor, "starts d"], degree: int
) -> Float[Tensor, "starts d"]:
    """Levenberg-Marquardt on the squared differences of the moments, all starts at once."""
    mean, deviation = y.mean(), y.std(correction=0)
    wanted = torch.stack([h.mean() for h in hermite((y - mean) / deviation, degree)[1:]])
    covariates = x / deviation

    def misfit(weights: Tensor) -> _Misfit:
        polynomials = hermite(weights @ covariates.T - mean / deviation, degree)
        value = torch.stack([h.mean(dim=1) for h in polynomials[1:]], dim=1) - wanted
        # d he_k / dz = √k he_{k−1} for the normalised polynomials.
        slopes = [
            math.sqrt(k) * polynomials[k - 1] @ covariates / len(x) for k in range(1, degree + 1)
        ]
        return _Misfit(value, torch.stack(slopes, dim=1))

    damping = weights.new_full((len(weights),), 1e-2)
    identity = torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
    now = misfit(weights)
    for _ in range(_STEPS):
        slope, value = now.slope, now.value
        scale = damping * slope.square().sum(dim=(1, 2)) / x.shape[1] + 1e-12
        normal = slope.mT @ slope + scale[:, None, None] * identity
        step = torch.linalg.solve(normal, slope.mT @ value[..., None])[..., 0]
        then = misfit(weights - step)
        better = then.value.square().sum(dim=1) < value.square().sum(dim=1)
        weights = torch.where(better[:, None], weights - step, weights)
        now = _Misfit(
            torch.where(better[:, None], then.value, value),
            torch.where(better[:, None, None], then.slope, slope),
        )
        damping = torch.where(better, damping / 3, damping * 4).clamp(1e-8, 1e6)
    return weights


def hermite(z: Float[Tensor, "*shape"], degree: int) -> list[Float[Tensor, "*shape"]]:
    """Evaluate the normalised Hermite polynomials he_0 to he_degree: orthonormal for N(0, 1)."""
    polynomials = [torch.ones_like(z), z]
    for k in range(1, degree):
        following = z * polynomials[k] - math.sqrt(k) * polynomials[k - 1]
        polynomials.append(following / math.sqrt(k + 1))
    return polynomials[: degree + 1]
