"""Fig. 2 of NEGW: the error over the sample size, for uniform and Gaussian distributions."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from models.aligners.neural_entropic import EntropicEstimate, estimate_entropic_gromov_wasserstein
from models.aligners.neural_entropic.cost import Structure
from models.aligners.neural_entropic.gaussian import epsilon_of_entropy
from models.aligners.neural_entropic.marginal import Marginal
from models.aligners.neural_entropic.sinkhorn import sinkhorn_gromov_wasserstein
from models.aligners.neural_gw.sampler import Distribution, StreamSampler, gaussian
from models.aligners.recipe import NeuralEntropicRecipe
from models.evaluation import gaussian_entropic_inner_gromov_wasserstein

_NATS = 1.0
_HELD_OUT = 8192


def measure_uniform(
    dimension: int,
    counts: Sequence[int],
    seed: int,
    *,
    recipe: NeuralEntropicRecipe,
    reference: int,
    sinkhorn: int,
) -> list[dict[str, Any]]:
    """Fig. 2a: μ = ν = Unif([−1/√d, 1/√d]^d), squared distances.

    There is no closed form; the reference is Sinkhorn on a sample of its own, as in the paper.
    """
    half = dimension**-0.5

    def cube(count: int, generator: torch.Generator) -> Tensor:
        points: Tensor = half * (2 * torch.rand(count, dimension, generator=generator) - 1)
        return points

    covariance = half**2 / 3 * torch.eye(dimension, dtype=torch.float64)
    epsilon = epsilon_of_entropy(covariance, covariance, "quadratic", _NATS)
    x, y = (_centred(cube, reference, seed=100 * seed + number) for number in (1, 2))
    value = sinkhorn_gromov_wasserstein(x, y, "quadratic", epsilon=epsilon).value
    common = {"part": "uniform", "dimension": dimension, "seed": seed, "epsilon": epsilon}
    return _over_counts(
        (cube, cube),
        counts,
        common | {"reference": value, "reference_points": reference},
        structure="quadratic",
        recipe=recipe,
        sinkhorn=sinkhorn,
    )


def measure_gaussians(
    dimension: int,
    counts: Sequence[int],
    seed: int,
    *,
    recipe: NeuralEntropicRecipe,
    sinkhorn: int,
) -> list[dict[str, Any]]:
    """Fig. 2b: centred Gaussians of random covariances, inner products, beside the closed form."""
    generator = torch.Generator().manual_seed(seed)
    mu, nu = (_covariance(dimension, generator) for _ in range(2))
    epsilon = epsilon_of_entropy(mu.double(), nu.double(), "inner-product", _NATS)
    value = gaussian_entropic_inner_gromov_wasserstein(mu, nu, epsilon)
    common = {"part": "gaussians", "dimension": dimension, "seed": seed, "epsilon": epsilon}
    return _over_counts(
        (gaussian(mu), gaussian(nu)),
        counts,
        common | {"reference": value},
        structure="inner-product",
        recipe=recipe,
        sinkhorn=sinkhorn,
    )


def _over_counts(
    distributions: tuple[Distribution, Distribution],
    counts: Sequence[int],
    common: dict[str, Any],
    *,
    structure: Structure,
    recipe: NeuralEntropicRecipe,
    sinkhorn: int,
) -> list[dict[str, Any]]:
    """Estimate from samples of each size; the smaller ones also by Sinkhorn."""
    recipe = replace(recipe, structure=structure)
    seed, epsilon, reference = common["seed"], common["epsilon"], common["reference"]
    held_out = [
        _centred(each, _HELD_OUT, seed=100 * seed + number)
        for number, each in enumerate(distributions, start=11)
    ]
    rows = []
    for count in counts:
        x, y = (
            _centred(each, count, seed=100 * seed + number)
            for number, each in enumerate(distributions, start=21)
        )
        begin = time.perf_counter()
        found = _estimate(x, y, recipe, epsilon, seed)
        row = common | {
            "points": count,
            "estimate": found.value,
            "error": abs(found.value - reference) / abs(reference),
            "marginal_errors": list(found.plan.marginal_errors(*held_out)),
            "relative_entropy": found.plan.relative_entropy(*held_out),
            "seconds": round(time.perf_counter() - begin, 2),
        }
        if count <= sinkhorn:
            begin = time.perf_counter()
            exact = sinkhorn_gromov_wasserstein(x, y, structure, epsilon=epsilon)
            row |= {
                "sinkhorn": exact.value,
                "sinkhorn_error": abs(exact.value - reference) / abs(reference),
                "same_sample_error": abs(found.value - exact.value) / abs(exact.value),
                "sinkhorn_seconds": round(time.perf_counter() - begin, 2),
            }
        rows.append(row)
    return rows


def _estimate(
    x: Tensor, y: Tensor, recipe: NeuralEntropicRecipe, epsilon: float, seed: int
) -> EntropicEstimate:
    return estimate_entropic_gromov_wasserstein(
        Marginal.of_points(x, seed=2 * seed + 1),
        Marginal.of_points(y, seed=2 * seed + 2),
        recipe,
        epsilon=epsilon,
        seed=seed,
    )


def _centred(distribution: Distribution, count: int, *, seed: int) -> Tensor:
    points = StreamSampler(distribution, seed=seed).draw(count)
    return points - points.mean(dim=0)


def _covariance(dimension: int, generator: torch.Generator) -> Tensor:
    rotation = torch.linalg.qr(torch.randn(dimension, dimension, generator=generator))[0]
    values = 0.5 + 1.5 * torch.rand(dimension, generator=generator)
    covariance: Tensor = rotation * values @ rotation.T
    return (covariance + covariance.T) / 2
