"""The estimator against Sinkhorn, the closed form of Gaussians, rotations, and itself resumed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import ot
import pytest
import torch
from torch import Tensor

from isogloss.models.aligners.neural_entropic import (
    EntropicEstimate,
    estimate_entropic_gromov_wasserstein,
    estimate_entropic_transport,
)
from isogloss.models.aligners.neural_entropic.cost import (
    AlignmentCost,
    HalfSquaredDistance,
    Structure,
)
from isogloss.models.aligners.neural_entropic.gaussian import gaussian_start
from isogloss.models.aligners.neural_entropic.marginal import Marginal
from isogloss.models.aligners.neural_gw.sampler import StreamSampler, gaussian
from isogloss.models.aligners.recipe import NeuralEntropicRecipe
from isogloss.models.errors import DivergenceError, OptionError
from isogloss.models.optimal_transport.entropic_gromov_wasserstein import (
    GromovWassersteinProblem,
    solve_entropic_gromov_wasserstein,
)
from isogloss.models.progress.journal import DirectoryJournal
from research.methods.gaussian_gromov_wasserstein import gaussian_entropic_inner_gromov_wasserstein

RECIPE = NeuralEntropicRecipe(
    widths=(32,),
    rounds=6,
    steps=25,
    batch=512,
    learning_rate=3e-3,
    anchors=2048,
    evaluated=16384,
)


def skewed(count: int, dimension: int, *, seed: int) -> Tensor:
    """Points of different spread along each axis, and skewed: there is one best alignment."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.rand(count, dimension, generator=generator)
    points = 3 * noise.square() * torch.linspace(1.0, 0.5, dimension)
    return points - points.mean(dim=0)


def marginals(x: Tensor, y: Tensor) -> tuple[Marginal, Marginal]:
    return Marginal.of_points(x, seed=1), Marginal.of_points(y, seed=2)


def rotation(dimension: int, *, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    matrix: Tensor = torch.linalg.qr(torch.randn(dimension, dimension, generator=generator))[0]
    return matrix


def sinkhorn_value(
    x: Tensor, y: Tensor, epsilon: float, *, structure: Structure, start: Tensor
) -> float:
    """EGW_ε by Sinkhorn, from the plan that the same A would take to Sinkhorn's cost."""
    x, y = x.double(), y.double()
    if structure == "inner-product":
        c, d = x @ x.T, y @ y.T
    else:
        c, d = torch.cdist(x, x).square(), torch.cdist(y, y).square()
    a, b = (torch.full((len(side),), 1 / len(side), dtype=torch.float64) for side in (x, y))
    kernel = 8 * x @ start.double() @ y.T / epsilon
    plan = torch.from_numpy(ot.sinkhorn(a.numpy(), b.numpy(), -kernel.numpy(), 1.0))
    output = solve_entropic_gromov_wasserstein(
        GromovWassersteinProblem(c, d, a, b, epsilon), start=plan, outer_iterations=200
    )
    return output.cost + epsilon * output.relative_entropy


def test_entropic_transport_agrees_with_sinkhorn() -> None:
    x, y = skewed(400, 3, seed=1), skewed(500, 3, seed=2) / 2
    epsilon = 0.5
    found = estimate_entropic_transport(
        *marginals(x, y),
        HalfSquaredDistance(),
        replace(RECIPE, rounds=10, steps=40),
        epsilon=epsilon,
    )
    cost = ot.dist(x.double().numpy(), y.double().numpy()) / 2
    a, b = np.full(400, 1 / 400), np.full(500, 1 / 500)
    plan = ot.sinkhorn(a, b, cost, epsilon, stopThr=1e-12)
    entropy = float((plan * np.log(plan / np.outer(a, b))).sum())
    expected = float((plan * cost).sum()) + epsilon * entropy
    assert found.value == pytest.approx(expected, rel=0.02)
    assert found.value <= expected + 1e-4  # the whole sample is the batch: a lower bound
    assert found.plan.relative_entropy(x, y) == pytest.approx(entropy, rel=0.1)
    images = torch.from_numpy(plan @ y.double().numpy() * 400).float()
    error = (found.plan.barycentric_images(x - x.mean(0), y - y.mean(0)) - images).norm()
    assert float(error / images.norm()) < 0.1


@pytest.mark.parametrize("structure", ["inner-product", "quadratic"])
def test_entropic_gromov_wasserstein_agrees_with_sinkhorn(structure: Structure) -> None:
    x, y = skewed(400, 4, seed=1), skewed(300, 3, seed=2)
    epsilon = 1.0 if structure == "inner-product" else 3.0
    recipe = replace(RECIPE, structure=structure)
    start = gaussian_start(x, y, recipe.structure, epsilon)
    found = estimate_entropic_gromov_wasserstein(*marginals(x, y), recipe, epsilon=epsilon)
    expected = sinkhorn_value(x, y, epsilon, structure=structure, start=start)
    assert found.value == pytest.approx(expected, rel=0.02)
    sides = [side.moments for side in marginals(x, y)]
    product = AlignmentCost(recipe.structure, torch.zeros(4, 3), *sides).constant
    assert found.value < 0.8 * product  # it is not merely the product of the marginals


@pytest.mark.parametrize(("m", "n"), [(1, 1), (4, 3), (8, 8)])
def test_gaussians_agree_with_the_closed_form_and_marginals_hold(m: int, n: int) -> None:
    generator = torch.Generator().manual_seed(m)
    turns = rotation(m, seed=1), rotation(n, seed=2)
    covariances = [
        turn @ torch.diag(torch.rand(len(turn), generator=generator) * 1.5 + 0.5) @ turn.T
        for turn in turns
    ]
    largest = [float(torch.linalg.eigvalsh(each)[-1]) for each in covariances]
    epsilon = 4 * largest[0] * largest[1] * (1 - 1 / max(2, m / 2))
    streams = [StreamSampler(gaussian(each), seed=k) for k, each in enumerate(covariances)]
    source, target = (Marginal.of_stream(each, count=100_000) for each in streams)
    found = estimate_entropic_gromov_wasserstein(
        source, target, replace(RECIPE, batch=1024), epsilon=epsilon
    )
    first, second = covariances
    expected = gaussian_entropic_inner_gromov_wasserstein(first, second, epsilon)
    assert found.value == pytest.approx(expected, rel=0.02)
    held_out = streams[0].draw(6144), streams[1].draw(6144)
    assert max(found.plan.marginal_errors(*held_out)) < 0.02


def test_turning_both_sides_changes_nothing() -> None:
    x = skewed(600, 5, seed=3)
    epsilon = 0.5
    plain = estimate_entropic_gromov_wasserstein(*marginals(x, x), RECIPE, epsilon=epsilon)
    turned = estimate_entropic_gromov_wasserstein(
        *marginals(x @ rotation(5, seed=5), x @ rotation(5, seed=6)), RECIPE, epsilon=epsilon
    )
    assert turned.value == pytest.approx(plain.value, rel=0.02)


def test_the_plan_pairs_a_point_with_its_turned_self() -> None:
    x = skewed(500, 3, seed=4)
    y = x @ rotation(3, seed=7)
    order = torch.randperm(500, generator=torch.Generator().manual_seed(0))
    found = estimate_entropic_gromov_wasserstein(*marginals(x, y[order]), RECIPE, epsilon=0.1)
    images = found.plan.barycentric_images(x, y[order])
    assert float((images - y).norm() / y.norm()) < 0.3
    probabilities = found.plan.probabilities(x, y[order])
    torch.testing.assert_close(probabilities.sum(dim=1), torch.ones(500))
    torch.testing.assert_close(probabilities @ y[order], images, rtol=1e-3, atol=1e-4)
    nearest = torch.cdist(y, y[order][probabilities.argmax(dim=1)][:, :]).diag()
    assert float(nearest.median()) < 0.3 * float(torch.cdist(y, y).median())


def test_weights_of_candidates_count() -> None:
    x = skewed(200, 2, seed=5)
    found = estimate_entropic_gromov_wasserstein(*marginals(x, x), RECIPE, epsilon=1.0)
    y = torch.cat([x, x[:50]])
    weights = torch.cat([torch.ones(200), torch.full((50,), 1e-12)])
    whole = found.plan.probabilities(x, y, weights=weights)
    torch.testing.assert_close(whole[:, :200], found.plan.probabilities(x, x), rtol=1e-4, atol=1e-6)


@dataclass
class Stop:
    at: int
    seen: list[int] = field(default_factory=list)

    def __call__(self, progress: object) -> None:
        self.seen.append(getattr(progress, "step", 0))
        if self.seen[-1] == self.at:
            raise KeyboardInterrupt


def test_a_stopped_estimate_goes_on_to_the_same_result(tmp_path: Path) -> None:
    x, y = skewed(300, 3, seed=6), skewed(300, 3, seed=7)
    recipe = replace(RECIPE, rounds=4, steps=6, batch=64)

    def estimate(journal: DirectoryJournal | None, stop: int = 0) -> EntropicEstimate:
        return estimate_entropic_gromov_wasserstein(
            *marginals(x, y), recipe, epsilon=1.0, journal=journal, observe=Stop(stop)
        )

    whole = estimate(None)
    journal = DirectoryJournal.open(tmp_path / "state", fingerprint={}, resume=False)
    with pytest.raises(KeyboardInterrupt):
        estimate(journal, stop=2)
    resumed = estimate(journal)
    assert resumed.trace == pytest.approx(whole.trace, rel=1e-6)
    assert resumed.value == pytest.approx(whole.value, rel=1e-6)


def test_what_makes_no_sense_is_refused() -> None:
    x = skewed(50, 2, seed=8)
    with pytest.raises(OptionError, match="epsilon"):
        estimate_entropic_gromov_wasserstein(*marginals(x, x), RECIPE, epsilon=0.0)
    with pytest.raises(DivergenceError, match="neural-egw"):
        estimate_entropic_transport(
            *marginals(x, x * float("inf")), HalfSquaredDistance(), RECIPE, epsilon=1.0
        )
