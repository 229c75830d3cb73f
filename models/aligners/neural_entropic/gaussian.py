"""Where the estimator starts: the answer for Gaussians with the same second moments.

Between Gaussians both the plan and the best A of entropic GW over inner products are known (Le et
al. 2022). The eigenvectors of each side, from the largest eigenvalue, are joined one to one with
squared correlation max(0, 1 − 2ε / κaᵢbᵢ), κ being 8 or 32. Their signs are open; the third moments
along them decide, which turn with the points.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from isogloss.models.aligners.neural_entropic.cost import COUPLING, Structure

_LEAST_VARIANCE = 1e-8
_BISECTIONS = 60


def gaussian_start(
    x: Float[Tensor, "a m"], y: Float[Tensor, "b n"], structure: Structure, epsilon: float
) -> Float[Tensor, "m n"]:
    """Give A = ½ E xyᵀ of the best Gaussian plan between two samples.

    It is zero where ε is so large that the best plan is the product of the marginals.
    """
    source, target = (_directions_of_points(points.double()) for points in (x, y))
    return _joined(source, target, structure, epsilon).to(x.dtype)


def gaussian_alignment(
    source: Float64[Tensor, "m m"],
    target: Float64[Tensor, "n n"],
    structure: Structure,
    epsilon: float,
) -> Float64[Tensor, "m n"]:
    """Give A = ½ E xyᵀ of the best plan between Gaussians of covariances Σ_μ and Σ_ν.

    It is one of many equals, as eigenvectors have no sign.
    """
    return _joined(_directions_of(source), _directions_of(target), structure, epsilon)


def _joined(
    source: _Directions, target: _Directions, structure: Structure, epsilon: float
) -> Float64[Tensor, "m n"]:
    shared = min(len(source.values), len(target.values))
    products = source.values[:shared] * target.values[:shared]
    threshold = 2 * epsilon / COUPLING[structure]
    correlation = (1 - threshold / products.clamp(min=threshold)).sqrt()
    joined = source.vectors[:, :shared] * (products.sqrt() * correlation)
    matrix: Tensor = joined @ target.vectors[:, :shared].T / 2
    return matrix


def epsilon_of_entropy(
    source: Float64[Tensor, "m m"],
    target: Float64[Tensor, "n n"],
    structure: Structure,
    nats: float,
) -> float:
    """Find the ε at which the best Gaussian plan has so much KL(π | μ ⊗ ν), by bisection.

    ε counts in units of the cost, whose size depends on the dimension; nats do not. A sample of n
    points can tell no plan of more than log n nats from a permutation.

    Args:
        source: Σ_μ.
        target: Σ_ν.
        structure: What is compared.
        nats: ½ Σ log max(1, κ aᵢbᵢ / 2ε), to be reached.

    """
    a, b = (torch.linalg.eigvalsh(each).flip(0).clamp(min=0) for each in (source, target))
    shared = min(len(a), len(b))
    thresholds = COUPLING[structure] / 2 * a[:shared] * b[:shared]
    high = float(thresholds.max())
    low = high * math.exp(-2 * nats)  # there the first pair alone has enough
    for _ in range(_BISECTIONS):
        middle = (low * high) ** 0.5
        found = float((thresholds / middle).clamp(min=1).log().sum()) / 2
        low, high = (middle, high) if found > nats else (low, middle)
    return math.sqrt(low * high)


def gaussian_curvature(
    source: Float64[Tensor, "m m"], target: Float64[Tensor, "n n"], scores: Float64[Tensor, "m n"]
) -> Float64[Tensor, "m m"]:
    """Matrix M of the best potential φ/ε = −½ xᵀMx + constant, for scores −c/ε = xᵀSy.

    In coordinates that make both sides white, S becomes Σ_μ^½ S Σ_ν^½ with singular values r. The
    plan has the correlations p with p / (1 − p²) = r, and M the eigenvalues p² / (1 − p²).

    Args:
        source: Σ_μ.
        target: Σ_ν.
        scores: S.

    """
    root, inverse = _root_and_inverse(source)
    other_root, _ = _root_and_inverse(target)
    directions, r, _ = torch.linalg.svd(root @ scores @ other_root, full_matrices=False)
    correlation = 2 * r / (1 + (1 + 4 * r.square()).sqrt())
    curvature = correlation * r  # p² / (1 − p²)
    seen = inverse @ directions
    matrix: Tensor = seen * curvature @ seen.T
    return matrix


class _Directions(NamedTuple):
    """Eigenvalues of a covariance from the largest, and its eigenvectors, column by column."""

    values: Float64[Tensor, " d"]
    vectors: Float64[Tensor, "d d"]


def _directions_of(moments: Float64[Tensor, "d d"]) -> _Directions:
    values, vectors = torch.linalg.eigh(moments)
    return _Directions(values.flip(0).clamp(min=0), vectors.flip(1))


def _directions_of_points(points: Float64[Tensor, "count d"]) -> _Directions:
    """Give the eigenvectors of E xxᵀ the signs with which E⟨v, x⟩³ ≥ 0."""
    values, vectors = _directions_of(points.T @ points / len(points))
    skewness = (points @ vectors).pow(3).mean(dim=0)
    return _Directions(values, vectors * torch.where(skewness < 0, -1.0, 1.0))


def _root_and_inverse(
    moments: Float64[Tensor, "d d"],
) -> tuple[Float64[Tensor, "d d"], Float64[Tensor, "d d"]]:
    """Σ^½ and its pseudo-inverse."""
    values, vectors = torch.linalg.eigh(moments)
    root = values.clamp(min=0).sqrt()
    kept = values > _LEAST_VARIANCE * values.max()
    inverse = torch.where(kept, 1 / root.clamp(min=1e-300), 0.0)
    return vectors * root @ vectors.T, vectors * inverse @ vectors.T
