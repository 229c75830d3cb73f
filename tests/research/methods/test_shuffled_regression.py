"""Shuffled regression against known answers, brute force and finite differences."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from isogloss.models.errors import DivergenceError, OptionError
from research.methods.moment_start import hermite, moment_starts
from research.methods.shuffled_regression import (
    DescentSettings,
    alternating_least_squares,
    descend_hypergradient,
    descend_squares,
    in_bins,
    least_squares,
    matched_by_order,
    transport_cost,
    trimmed_least_squares,
)


def problem(
    seed: int, *, count: int = 400, dimension: int = 3, noise: float = 0.05
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(count, dimension, generator=generator, dtype=torch.float64)
    weight = torch.randn(dimension, generator=generator, dtype=torch.float64)
    y = x @ weight + noise * torch.randn(count, generator=generator, dtype=torch.float64)
    return x, y, weight


def shuffled(y: torch.Tensor, seed: int = 0) -> torch.Tensor:
    return y[torch.randperm(len(y), generator=torch.Generator().manual_seed(seed))]


def linear(weight: torch.Tensor) -> torch.nn.Linear:
    model = torch.nn.Linear(len(weight), 1, bias=False, dtype=weight.dtype)
    with torch.no_grad():
        model.weight.copy_(weight[None])
    return model


@given(values=st.lists(st.floats(-5, 5), min_size=10, max_size=10))
@settings(deadline=None)
def test_the_transport_cost_is_that_of_the_best_permutation(values: list[float]) -> None:
    first, second = torch.tensor(values, dtype=torch.float64).view(2, 5)
    best = min(
        float((first - second[list(order)]).square().mean())
        for order in itertools.permutations(range(5))
    )
    assert float(transport_cost(first, second)) == pytest.approx(best, abs=1e-12)
    matched = matched_by_order(first[None], second[None])[0]
    assert float((first - matched).square().mean()) == pytest.approx(best, abs=1e-12)
    assert sorted(matched.tolist()) == sorted(second.tolist())


def test_least_squares_are_those_of_numpy() -> None:
    x, y, _ = problem(0)
    expected = np.linalg.lstsq(x.numpy(), y.numpy(), rcond=None)[0]
    np.testing.assert_allclose(least_squares(x, y), expected, atol=1e-12)
    np.testing.assert_allclose(least_squares(x.view(40, 10, 3), y.view(40, 10)), expected)


def test_trimming_finds_the_rows_that_belong_together() -> None:
    x, y, weight = problem(1)
    spoilt = y.clone()
    spoilt[:120] = shuffled(y[:120])
    assert float((least_squares(x, spoilt) - weight).norm() / weight.norm()) > 0.2
    trimmed = trimmed_least_squares(x, spoilt, 200)
    assert float((trimmed - weight).norm() / weight.norm()) < 0.02


def test_alternation_never_raises_the_cost_and_ends_at_a_fixed_point() -> None:
    x, y, weight = problem(2)
    y = shuffled(y)
    costs = [
        float(transport_cost(alternating_least_squares(x[None], y[None], -weight, k) @ x.T, y))
        for k in range(8)
    ]
    assert all(after <= before + 1e-12 for before, after in itertools.pairwise(costs))
    end = alternating_least_squares(x[None], y[None], -weight, 500)
    again = alternating_least_squares(x[None], y[None], end, 1)
    torch.testing.assert_close(again, end)


def test_the_hypergradient_step_follows_the_gradient_of_the_dense_loss() -> None:
    """The first Adam step goes against the sign of a finite difference of ⟨C, S⟩."""
    import ot

    x, y, weight = problem(3, count=20, noise=0.3)
    y, start = shuffled(y), weight + 0.3
    epsilon = 0.2 * float(y.var(correction=0))

    def loss(at: torch.Tensor) -> float:
        cost = ((x @ at)[:, None] - y).square().numpy()
        plan = ot.sinkhorn(np.ones(20), np.ones(20), cost, epsilon, stopThr=1e-12, numItermax=9999)
        return float((cost * plan).sum()) / 20

    slopes = [
        loss(start + 1e-5 * axis) - loss(start - 1e-5 * axis)
        for axis in torch.eye(3, dtype=torch.float64)
    ]
    model = linear(start)
    descent = DescentSettings(steps=1, rate=1e-3, first_epsilon=0.2, sweeps=5000)
    descend_hypergradient(model, x[None], y[None], descent)
    step = model.weight.detach()[0] - start
    # Adam's first step is the sign of the gradient, times its rate.
    expected = -1e-3 * torch.tensor(slopes, dtype=torch.float64).sign()
    torch.testing.assert_close(step, expected, atol=1e-6, rtol=0)


def test_groups_are_put_in_order_by_either_descent() -> None:
    x, y, weight = problem(4)
    groups, responses = x.view(40, 10, 3), y.view(40, 10)
    order = torch.rand(40, 10, generator=torch.Generator().manual_seed(0)).argsort(dim=1)
    responses = responses.gather(1, order)
    start = least_squares(groups, responses)
    assert float((start - weight).norm() / weight.norm()) > 0.5
    descent = DescentSettings(steps=60, rate=0.15, sweeps=20)
    models = linear(start), linear(start)
    descend_hypergradient(models[0], groups, responses, descent)
    descend_squares(models[1], groups, responses, descent, in_order=True)
    for model in models:
        assert float((model.weight.detach()[0] - weight).norm() / weight.norm()) < 0.1


def test_an_inexact_correspondence_leaves_outliers_alone() -> None:
    x, y, weight = problem(5)
    groups, responses = x.view(20, 20, 3), y.view(20, 20).clone()
    responses[:, 0] = 8 * float(y.std())
    exact, inexact = linear(weight), linear(weight)
    descent = DescentSettings(steps=40, rate=0.05)
    descend_hypergradient(exact, groups, responses, descent)
    looser = DescentSettings(steps=40, rate=0.05, marginal_penalty=0.1)
    descend_hypergradient(inexact, groups, responses, looser)
    errors = [float((model.weight.detach()[0] - weight).norm()) for model in (exact, inexact)]
    assert errors[1] < 0.5 * errors[0]


def test_bins_hold_means_of_neighbours() -> None:
    y = torch.tensor([5.0, 1.0, 2.0, 8.0, 3.0, 4.0])
    assert in_bins(y, 3).tolist() == [1.5, 3.5, 6.5]
    with pytest.raises(OptionError, match="expected a divisor of 6 responses, found 4"):
        in_bins(y, 4)


def test_hermite_polynomials_are_orthonormal_and_those_of_numpy() -> None:
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    values = np.stack([h.numpy() for h in hermite(torch.from_numpy(nodes), 8)])
    gram = values * (weights / weights.sum()) @ values.T
    np.testing.assert_allclose(gram, np.eye(9), atol=1e-9)
    for k in range(9):
        expected = np.polynomial.hermite_e.HermiteE.basis(k)(nodes) / math.sqrt(math.factorial(k))
        np.testing.assert_allclose(values[k], expected, rtol=1e-9, atol=1e-9)


def test_moments_find_weights_whatever_the_order() -> None:
    x, y, weight = problem(6, count=600, noise=0.0)
    starts = moment_starts(x, shuffled(y), count=5, seed=0, tries=60)
    assert float((starts[0] - weight).norm() / weight.norm()) < 0.02
    costs = transport_cost(starts @ x.T, y)
    assert costs.tolist() == sorted(costs.tolist())
    torch.testing.assert_close(
        starts, moment_starts(x, shuffled(y, 1), count=5, seed=0, tries=60), rtol=1e-4, atol=1e-4
    )


def test_covariates_may_have_a_mean() -> None:
    x, y, weight = problem(7, count=600, noise=0.0)
    y = y + 2 * float(weight.sum())
    starts = moment_starts(x + 2, shuffled(y), count=1, seed=0, tries=60)
    assert float((starts[0] - weight).norm() / weight.norm()) < 0.02


def test_what_makes_no_sense_is_refused() -> None:
    x, y, weight = problem(8, count=20)
    with pytest.raises(OptionError, match="expected rate and epsilons > 0 and steps ≥ 1"):
        DescentSettings(last_epsilon=0.0)
    with pytest.raises(OptionError, match="moment starts: expected count, tries and degrees"):
        moment_starts(x, y, count=0, seed=0)
    with pytest.raises(DivergenceError, match="shuffled regression diverged at step 1"):
        descend_squares(
            linear(weight * math.nan), x[None], y[None], DescentSettings(), in_order=False
        )
