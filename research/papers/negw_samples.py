"""Fig. 2 of NEGW: the error over the sample size, for uniform and Gaussian distributions."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from isogloss.models.aligners.neural_entropic import (
    EntropicEstimate,
    estimate_entropic_gromov_wasserstein,
)
from isogloss.models.aligners.neural_entropic.cost import Structure
from isogloss.models.aligners.neural_entropic.gaussian import epsilon_of_entropy
from isogloss.models.aligners.neural_entropic.marginal import Marginal
from isogloss.models.aligners.neural_entropic.moments import SideMoments
from isogloss.models.aligners.neural_entropic.plan import NeuralPlan
from isogloss.models.aligners.neural_entropic.sinkhorn import sinkhorn_gromov_wasserstein
from isogloss.models.aligners.neural_gw.sampler import Distribution, StreamSampler, gaussian
from isogloss.models.aligners.recipe import NeuralEntropicRecipe
from research.methods.gaussian_gromov_wasserstein import gaussian_entropic_inner_gromov_wasserstein
from research.methods.gaussian_plan import gaussian_plan

_NATS = 1.0
_HELD_OUT = 8192

_Sides = tuple[Tensor, Tensor]


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
    lengths = dimension * (half**4 / 5 + (dimension - 1) * (half**2 / 3) ** 2)
    moments = SideMoments(covariance, float(covariance.trace()), lengths)
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
        bounds=lambda _, held_out: {
            "fresh_marginal_errors": _of_fresh_points(
                cube, moments, replace(recipe, structure="quadratic"), epsilon, seed
            ).marginal_errors(*held_out)
        },
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
        bounds=lambda samples, held_out: _of_covariances(
            (mu.double(), nu.double()),
            samples,
            held_out,
            epsilon=epsilon,
            anchors=gaussian(mu)(recipe.anchors, torch.Generator().manual_seed(100 * seed + 31)),
        ),
    )


def _of_covariances(
    exact: _Sides,
    samples: _Sides,
    held_out: _Sides,
    *,
    epsilon: float,
    anchors: Tensor,
) -> dict[str, Any]:
    """Check the best plan of the covariances, and that of the covariances of the sample."""
    found = tuple((x.double().T @ x.double()) / len(x) for x in samples)
    errors: dict[str, Any] = {}
    for name, sides in (("exact", exact), ("sample", found)):
        plan = gaussian_plan(*sides, epsilon=epsilon, anchors=anchors)
        errors[f"{name}_marginal_errors"] = plan.marginal_errors(*held_out)
        errors[f"{name}_relative_entropy"] = plan.relative_entropy(*held_out)
    return errors


def _of_fresh_points(
    distribution: Distribution,
    moments: SideMoments,
    recipe: NeuralEntropicRecipe,
    epsilon: float,
    seed: int,
) -> NeuralPlan:
    """Estimate between a distribution and itself from points none of which is seen twice."""
    source, target = (
        Marginal(StreamSampler(distribution, seed=100 * seed + number), moments)
        for number in (41, 42)
    )
    return estimate_entropic_gromov_wasserstein(
        source, target, replace(recipe, evaluated=recipe.batch), epsilon=epsilon, seed=seed
    ).plan


def _over_counts(
    distributions: tuple[Distribution, Distribution],
    counts: Sequence[int],
    common: dict[str, Any],
    *,
    structure: Structure,
    recipe: NeuralEntropicRecipe,
    sinkhorn: int,
    bounds: Callable[[_Sides, _Sides], dict[str, Any]],
) -> list[dict[str, Any]]:
    """Estimate from samples of each size; the smaller ones also by Sinkhorn.

    For the first seed the marginals are looked at where Sinkhorn has its largest sample and at the
    largest of all, there beside the bounds: what no better training on the sample would pass.
    """
    recipe = replace(recipe, structure=structure)
    seed, epsilon, reference = common["seed"], common["epsilon"], common["reference"]
    held_out = _drawn(distributions, min(_HELD_OUT, 4 * counts[-1]), seed=100 * seed + 11)
    compared = max((count for count in counts if count <= sinkhorn), default=None)
    rows = []
    for count in counts:
        x, y = _drawn(distributions, count, seed=100 * seed + 21)
        begin = time.perf_counter()
        found = _estimate(x, y, recipe, epsilon, seed)
        row = common | {
            "points": count,
            "estimate": found.value,
            "error": abs(found.value - reference) / abs(reference),
            "seconds": round(time.perf_counter() - begin, 2),
        }
        if seed == 0 and count in {compared, counts[-1]}:
            row["marginal_errors"] = found.plan.marginal_errors(*held_out)
            row["relative_entropy"] = found.plan.relative_entropy(*held_out)
        if seed == 0 and count == counts[-1]:
            row |= bounds((x, y), held_out)
        if count <= sinkhorn:
            begin = time.perf_counter()
            exact = sinkhorn_gromov_wasserstein(x, y, structure, epsilon=epsilon)
            row |= {
                "sinkhorn": exact.value,
                "sinkhorn_error": abs(exact.value - reference) / abs(reference),
                "same_sample_error": abs(found.value - exact.value) / abs(exact.value),
                "sinkhorn_seconds": round(time.perf_counter() - begin, 2),
            }
            if seed == 0 and count == compared:
                errors = exact.marginal_errors(x, y, held_out, epsilon=epsilon)
                row["sinkhorn_marginal_errors"] = errors
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


def _drawn(distributions: tuple[Distribution, Distribution], count: int, *, seed: int) -> _Sides:
    first, second = distributions
    return _centred(first, count, seed=seed), _centred(second, count, seed=seed + 1)


def _centred(distribution: Distribution, count: int, *, seed: int) -> Tensor:
    points = StreamSampler(distribution, seed=seed).draw(count)
    return points - points.mean(dim=0)


def _covariance(dimension: int, generator: torch.Generator) -> Tensor:
    rotation = torch.linalg.qr(torch.randn(dimension, dimension, generator=generator))[0]
    values = 0.5 + 1.5 * torch.rand(dimension, generator=generator)
    covariance: Tensor = rotation * values @ rotation.T
    return (covariance + covariance.T) / 2
