"""Inner-product Gromov-Wasserstein between Gaussians in closed form, and measures of a map."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.errors import OptionError


def gaussian_inner_gromov_wasserstein(
    source: Float[Tensor, "m m"], target: Float[Tensor, "n n"]
) -> float:
    """Least innerGW² between N(0, Σ_μ) and N(0, Σ_ν), in closed form.

    tr D_μ² + tr D_ν² − 2 tr (D_μ)_{≤k} (D_ν)_{≤k}, where D holds the eigenvalues from the largest
    and k = min(m, n) (Nekrashevich et al. 2022, lemma 5.1, which is for m ≥ n).

    Args:
        source: Covariance Σ_μ.
        target: Covariance Σ_ν.

    """
    mu, nu = (torch.linalg.eigvalsh(each.double()).flip(0) for each in (source, target))
    shared = min(len(mu), len(nu))
    return float(mu.square().sum() + nu.square().sum() - 2 * (mu[:shared] * nu[:shared]).sum())


def gaussian_entropic_inner_gromov_wasserstein(
    source: Float[Tensor, "m m"], target: Float[Tensor, "n n"], epsilon: float
) -> float:
    """Entropic innerGW² between N(0, Σ_μ) and N(0, Σ_ν), in closed form.

    The infimum over plans π of E_{π⊗π} (⟨x, x'⟩ − ⟨y, y'⟩)² + ε KL(π | μ ⊗ ν). With eigenvalues aᵢ
    and bᵢ from the largest and tᵢ = max(1, 4aᵢbᵢ / ε) it is
    Σ aᵢ² + Σ bᵢ² − Σ [ε (tᵢ − 1) − ε log tᵢ] / 2 (Le, Le, Vo and Ho 2022): the squared correlation
    of the i-th pair is 1 − 1 / tᵢ.

    Args:
        source: Covariance Σ_μ.
        target: Covariance Σ_ν.
        epsilon: ε.

    Raises:
        OptionError: ε is not positive.

    """
    if not epsilon > 0:
        raise OptionError(f"epsilon: expected a positive number, found {epsilon}")
    mu, nu = (torch.linalg.eigvalsh(each.double()).flip(0) for each in (source, target))
    shared = min(len(mu), len(nu))
    ratio = (4 / epsilon * mu[:shared] * nu[:shared]).clamp(min=1)
    gain = epsilon / 2 * (ratio - 1 - ratio.log())
    return float(mu.square().sum() + nu.square().sum() - gain.sum())


def inner_gromov_wasserstein(
    points: Float[Tensor, "count m"], images: Float[Tensor, "count n"]
) -> float:
    """Mean of (⟨x, x'⟩ − ⟨T(x), T(x')⟩)² over pairs of different points: innerGW² of a map.

    Leaving out the pairs of a point with itself makes the estimate unbiased; in many dimensions
    they alone would add more than the value.

    Args:
        points: Points x, drawn anew.
        images: T(x), row by row.

    Raises:
        OptionError: There are fewer than two points.

    """
    count = len(points)
    if count < 2:
        raise OptionError(f"points: expected at least 2, found {count}")
    points, images = points.double(), images.double()
    differences = (points @ points.T - images @ images.T).square()
    return float((differences.sum() - differences.trace()) / (count * (count - 1)))


def bures_wasserstein_uvp(
    images: Float[Tensor, "count n"], covariance: Float[Tensor, "n n"]
) -> float:
    """BW₂²-UVP of images T(x) against N(0, Σ), in percent (equation 20).

    100 · BW₂²(N(mean, covariance of T(x)), N(0, Σ)) / (½ tr Σ). Sampling alone makes it
    about 50 (n + 5) / count where the images do come from N(0, Σ) and Σ is a multiple of I.

    Args:
        images: Many images.
        covariance: Σ.

    """
    images, covariance = images.double(), covariance.double()
    mean = images.mean(dim=0)
    found = (images - mean).T @ (images - mean) / len(images)
    root = _square_root(covariance)
    shared = torch.linalg.eigvalsh(root @ found @ root).clamp(min=0).sqrt().sum()
    distance = mean.square().sum() + found.trace() + covariance.trace() - 2 * shared
    return float(200 * distance / covariance.trace())


def _square_root(covariance: Float[Tensor, "n n"]) -> Float[Tensor, "n n"]:
    values, directions = torch.linalg.eigh(covariance)
    root: Tensor = directions * values.clamp(min=0).sqrt() @ directions.T
    return root
