"""SOFT top-k against POT's Sinkhorn, SciPy's root finder, finite differences and hard top-k."""

from __future__ import annotations

import math

import numpy as np
import ot
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import expit

from isogloss.models.errors import NonFiniteInputError, OptionError
from isogloss.models.optimal_transport.soft_top_k import (
    hard_top_k,
    soft_top_k,
    soft_top_k_error_bound,
)
from research.methods.soft_nearest_neighbours import (
    hard_neighbour_votes,
    soft_neighbour_loss,
    soft_neighbour_votes,
)
from research.methods.sorted_soft_top_k import sorted_soft_top_k


def scores(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)


def plan_of_pot(x: torch.Tensor, atoms: np.ndarray, epsilon: float) -> np.ndarray:
    """n times the entropic plan to atoms of weight 1/n each but for the last."""
    n = len(x)
    weights = np.full(len(atoms), 1 / n)
    weights[-1] = 1 - weights[:-1].sum()
    cost = (x.numpy()[:, None] - atoms) ** 2
    options = {"method": "sinkhorn_log", "numItermax": 100_000, "stopThr": 1e-13}
    return n * np.asarray(ot.sinkhorn(np.full(n, 1 / n), weights, cost, epsilon, **options))


@pytest.mark.parametrize("epsilon", [3.0, 0.3])
@pytest.mark.parametrize("k", [1, 4, 11])
def test_the_shares_are_those_of_the_entropic_plan(k: int, epsilon: float) -> None:
    x = scores(12)
    cost = np.stack([(x.numpy() - 1) ** 2, x.numpy() ** 2], axis=1)
    weights = np.array([k / 12, 1 - k / 12])
    options = {"method": "sinkhorn_log", "numItermax": 100_000, "stopThr": 1e-13}
    plan = 12 * ot.sinkhorn(np.full(12, 1 / 12), weights, cost, epsilon, **options)
    np.testing.assert_allclose(soft_top_k(x, k, epsilon).numpy(), plan[:, 0], atol=1e-8)


@given(
    seed=st.integers(0, 10_000),
    n=st.integers(2, 60),
    share=st.floats(0, 1),
    log_epsilon=st.floats(-3, 2),
    scale=st.floats(-3, 3),
)
def test_the_threshold_is_the_root(
    seed: int, n: int, share: float, log_epsilon: float, scale: float
) -> None:
    k, epsilon = 1 + int(share * (n - 2)), 10.0 ** (log_epsilon + 2 * scale)
    x = scores(n, seed=seed) * 10.0**scale
    found = soft_top_k(x, k, epsilon)

    def surplus(threshold: float) -> float:
        return float(expit((2 * x.numpy() - threshold) / epsilon).sum() - k)

    width = 2 * float(x.abs().max()) + epsilon * (2 + math.log(n))
    root = brentq(surplus, -width, width, xtol=1e-15, rtol=1e-14)
    np.testing.assert_allclose(found.numpy(), expit((2 * x.numpy() - root) / epsilon), atol=1e-6)
    assert float(found.sum()) == pytest.approx(k, rel=1e-12)


@given(seed=st.integers(0, 10_000), n=st.integers(2, 40), log_epsilon=st.floats(-4, 2))
def test_the_error_keeps_its_bound(seed: int, n: int, log_epsilon: float) -> None:
    x, epsilon = scores(3, n, seed=seed), 10.0**log_epsilon
    for k in {1, n // 2, n - 1}:
        error = (soft_top_k(x, k, epsilon) - hard_top_k(x, k)).abs().sum(dim=-1)
        bound = soft_top_k_error_bound(x, k, epsilon)
        assert bool((error <= bound * (1 + 1e-9) + 1e-13).all())


def test_the_bound_and_the_error_fall_to_zero() -> None:
    x = scores(50)
    errors, bounds = [], []
    for epsilon in (1.0, 0.1, 0.01, 1e-4):
        errors.append(float((soft_top_k(x, 5, epsilon) - hard_top_k(x, 5)).abs().sum()))
        bounds.append(float(soft_top_k_error_bound(x, 5, epsilon)))
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 1
    assert errors[-1] < 1e-9
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[-1] < 1e-8


@pytest.mark.parametrize("epsilon", [5.0, 0.5, 0.1])
@pytest.mark.parametrize("k", [1, 3, 7])
def test_gradients_agree_with_finite_differences(k: int, epsilon: float) -> None:
    x = scores(2, 8, seed=2).requires_grad_()
    assert torch.autograd.gradcheck(lambda s: soft_top_k(s, k, epsilon), x, atol=1e-6)
    assert torch.autograd.gradcheck(lambda s: sorted_soft_top_k(s, k, epsilon), x, atol=1e-4)


def test_the_gradient_is_exact_where_the_shares_cannot_be_told_from_hard_ones() -> None:
    # With two scores and k = 1 the share is σ((x₁ − x₀)/ε), whose derivative is known.
    x = torch.tensor([0.0, 1.0], dtype=torch.float64, requires_grad=True)
    shares = soft_top_k(x, 1, 1 / 200)
    assert shares.tolist() == [pytest.approx(math.exp(-200), rel=1e-9), 1.0]
    (gradient,) = torch.autograd.grad(shares[0], x)
    assert float(gradient[0]) == pytest.approx(200 * math.exp(-200), rel=1e-9)
    assert float(gradient[1]) == pytest.approx(-200 * math.exp(-200), rel=1e-9)


@given(seed=st.integers(0, 10_000), shift=st.floats(-100, 100))
def test_a_shift_changes_nothing_and_the_order_is_kept(seed: int, shift: float) -> None:
    x = scores(15, seed=seed)
    shares = soft_top_k(x, 4, 0.3)
    torch.testing.assert_close(soft_top_k(x + shift, 4, 0.3), shares, atol=1e-9, rtol=0)
    assert bool((shares[x.argsort()].diff() >= 0).all())
    # What is not among the k largest is among the n − k smallest.
    torch.testing.assert_close(1 - soft_top_k(-x, 11, 0.3), shares, atol=1e-12, rtol=0)


@pytest.mark.parametrize("function", [soft_top_k, sorted_soft_top_k])
def test_a_batch_is_its_rows(function) -> None:  # type: ignore[no-untyped-def]
    x = scores(2, 3, 9)
    together = function(x, 2, 0.2)
    for row in np.ndindex(2, 3):
        torch.testing.assert_close(together[row], function(x[row], 2, 0.2), atol=1e-10, rtol=0)


def test_equal_scores_share_the_places() -> None:
    x = torch.tensor([1.0, 1.0, 1.0, 0.0], dtype=torch.float64)
    assert soft_top_k(x, 2, 1e-3).tolist() == pytest.approx([2 / 3, 2 / 3, 2 / 3, 0])
    assert soft_top_k(torch.zeros(5), 2, 1.0).tolist() == pytest.approx([0.4] * 5)


def test_all_places_leave_no_choice() -> None:
    x = scores(4).requires_grad_()
    shares = soft_top_k(x, 4, 0.1)
    assert shares.tolist() == [1, 1, 1, 1]
    (gradient,) = torch.autograd.grad(shares.sum(), x)
    assert gradient.tolist() == [0, 0, 0, 0]
    assert float(soft_top_k_error_bound(x, 4, 0.1)) == 0


def test_a_million_scores() -> None:
    x = scores(1_000_000, dtype=torch.float32).requires_grad_()
    shares = soft_top_k(x, 1000, 0.01)
    assert float(shares.detach().double().sum()) == pytest.approx(1000, rel=1e-6)
    (gradient,) = torch.autograd.grad(shares[0], x)
    assert bool(gradient.isfinite().all())


@pytest.mark.parametrize("epsilon", [2.0, 0.2])
@pytest.mark.parametrize(("n", "k"), [(9, 3), (9, 8), (6, 6)])
def test_the_sorted_shares_are_those_of_the_entropic_plan(n: int, k: int, epsilon: float) -> None:
    x = scores(n, seed=3)
    atoms = np.linspace(1, 0, k + 1)[: k + 1 if k < n else k]
    expected = plan_of_pot(x, atoms, epsilon)[:, :k]
    np.testing.assert_allclose(sorted_soft_top_k(x, k, epsilon).numpy(), expected, atol=1e-7)


@given(
    seed=st.integers(0, 10_000),
    n=st.integers(1, 25),
    share=st.floats(0, 1),
    log_epsilon=st.floats(-7, 3),
    digits=st.sampled_from([1, 15]),
)
def test_every_place_is_given_away_once(
    seed: int, n: int, share: float, log_epsilon: float, digits: int
) -> None:
    k = 1 + int(share * (n - 1))
    x = scores(n, seed=seed).round(decimals=digits).requires_grad_()
    shares = sorted_soft_top_k(x, k, 10.0**log_epsilon)
    torch.testing.assert_close(shares.sum(dim=0), torch.ones(k).double(), atol=1e-8, rtol=0)
    assert float(shares.detach().sum(dim=1).max()) <= 1 + 1e-8
    (gradient,) = torch.autograd.grad(shares.square().sum(), x)
    assert bool(gradient.isfinite().all())


def test_the_sorted_shares_become_the_indicators_of_the_places() -> None:
    x = scores(20, seed=5)
    shares = sorted_soft_top_k(x, 4, 1e-4)
    assert shares.argmax(dim=0).tolist() == x.topk(4).indices.tolist()
    assert float(shares.max(dim=0).values.min()) > 0.99


def test_one_place_is_the_same_sorted_or_not() -> None:
    x = scores(3, 10)
    one = sorted_soft_top_k(x, 1, 0.3)[..., 0]
    torch.testing.assert_close(one, soft_top_k(x, 1, 0.3), atol=1e-10, rtol=0)


@pytest.mark.parametrize("function", [soft_top_k, sorted_soft_top_k, soft_top_k_error_bound])
def test_what_makes_no_sense_is_refused(function) -> None:  # type: ignore[no-untyped-def]
    for k in (0, 6):
        with pytest.raises(OptionError, match=f"k: expected 1 to 5, .* found {k}"):
            function(scores(5), k, 0.1)
    for epsilon in (0.0, -1.0, math.inf, math.nan):
        with pytest.raises(OptionError, match="epsilon: expected a positive number"):
            function(scores(5), 2, epsilon)
    for bad in (math.nan, math.inf):
        with pytest.raises(NonFiniteInputError, match="scores"):
            function(torch.tensor([0.0, bad]), 1, 0.1)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("function", [soft_top_k, sorted_soft_top_k])
def test_the_gpu_gives_the_same(function) -> None:  # type: ignore[no-untyped-def]
    x = scores(4, 30)
    on_cpu, on_gpu = x.clone().requires_grad_(), x.cuda().requires_grad_()
    shares = function(on_cpu, 3, 0.1), function(on_gpu, 3, 0.1)
    torch.testing.assert_close(shares[1].cpu(), shares[0], atol=1e-9, rtol=0)
    for leaf, share in zip((on_cpu, on_gpu), shares, strict=True):
        share.square().sum().backward()
        assert leaf.grad is not None
    torch.testing.assert_close(on_gpu.grad.cpu(), on_cpu.grad, atol=1e-8, rtol=0)  # type: ignore[union-attr]


def test_the_votes_become_those_of_the_nearest_neighbours() -> None:
    distances = scores(6, 40, seed=7).square()
    labels = torch.arange(40) % 4
    hard = hard_neighbour_votes(distances, labels, 3)
    for query, votes in enumerate(hard):
        nearest = labels[distances[query].argsort()[:3]]
        assert votes.tolist() == pytest.approx([float((nearest == c).sum()) / 3 for c in range(4)])
    soft = soft_neighbour_votes(distances, labels, 3, 1e-5)
    torch.testing.assert_close(soft, hard, atol=1e-4, rtol=0)
    assert soft_neighbour_votes(distances, labels, 3, 1.0).sum(dim=1).tolist() == pytest.approx(
        [1.0] * 6
    )


def test_training_on_the_loss_brings_a_class_together() -> None:
    labels = torch.arange(40) % 2
    points = scores(40, 2, seed=8) + labels[:, None]
    weight = torch.eye(2, dtype=torch.float64, requires_grad=True)

    def loss() -> torch.Tensor:
        image = points @ weight
        distances = torch.cdist(image[:10], image[10:]).square()
        return soft_neighbour_loss(distances, labels[10:], labels[:10], 5, 0.5)

    before = float(loss().detach())
    optimiser = torch.optim.SGD([weight], lr=1.0)
    for _ in range(60):
        optimiser.zero_grad()
        loss().backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    assert float(loss().detach()) < 0.8 * before
