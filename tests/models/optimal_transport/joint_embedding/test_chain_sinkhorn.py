"""The 4-plan against the dense tensor, which the code never forms."""

from __future__ import annotations

import numpy as np
import ot
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from isogloss.models.optimal_transport.joint_embedding import ChainCost, compose, solve_chain


def random_cost(seed: int, n: int, k: int, l: int, m: int) -> ChainCost:  # noqa: E741
    generator = torch.Generator().manual_seed(seed)
    shapes = ((n, k), (k, l), (l, m))
    return ChainCost(
        *(torch.rand(shape, generator=generator, dtype=torch.float64) for shape in shapes)
    )


def random_weights(seed: int, count: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.rand(count, generator=generator, dtype=torch.float64) + 0.1
    return drawn / drawn.sum()


def dense(cost: ChainCost) -> np.ndarray:
    a, b, c = cost.first.numpy(), cost.middle.numpy(), cost.last.numpy()
    return np.asarray(
        a[:, :, None, None] + b[None, :, :, None] + c[None, None, :, :], dtype=np.float64
    )


def dense_sinkhorn(tensor: np.ndarray, a: np.ndarray, b: np.ndarray, epsilon: float) -> np.ndarray:
    """The same problem over the whole tensor, by plain scalings."""
    plan = np.exp(-tensor / epsilon) / tensor.size
    for _ in range(20_000):
        plan *= (a / plan.sum(axis=(1, 2, 3)))[:, None, None, None]
        plan *= b / plan.sum(axis=(0, 1, 2))
        if np.abs(plan.sum(axis=(1, 2, 3)) - a).sum() < 1e-14:
            break
    return plan


@given(
    sizes=st.tuples(*[st.integers(1, 4)] * 4),
    epsilon=st.sampled_from([0.05, 0.3, 5.0]),
    seed=st.integers(0, 1000),
)
def test_it_equals_sinkhorn_over_the_dense_tensor(
    sizes: tuple[int, int, int, int], epsilon: float, seed: int
) -> None:
    cost = random_cost(seed, *sizes)
    a, b = random_weights(seed + 1, sizes[0]), random_weights(seed + 2, sizes[3])
    plan = solve_chain(cost, a, b, epsilon=epsilon, sweeps=20_000, tolerance=1e-12)
    expected = dense_sinkhorn(dense(cost), a.numpy(), b.numpy(), epsilon)
    np.testing.assert_allclose(plan.first.numpy(), expected.sum(axis=(2, 3)), atol=1e-8)
    np.testing.assert_allclose(plan.middle.numpy(), expected.sum(axis=(0, 3)), atol=1e-8)
    np.testing.assert_allclose(plan.last.numpy(), expected.sum(axis=(0, 1)), atol=1e-8)
    np.testing.assert_allclose(compose(plan).numpy(), expected.sum(axis=(1, 2)), atol=1e-8)
    divergence = np.sum(expected * np.log(np.maximum(expected, 1e-300) * expected.size))
    assert plan.divergence == pytest.approx(divergence, abs=1e-6)


def test_with_little_entropy_it_reaches_the_linear_program() -> None:
    cost = random_cost(3, 3, 4, 4, 3)
    a, b = random_weights(4, 3), random_weights(5, 3)
    tensor = dense(cost)
    index = np.indices(tensor.shape).reshape(4, -1)
    rows = [(index[0] == i).astype(float) for i in range(3)]
    rows += [(index[3] == j).astype(float) for j in range(3)]
    bounds = np.concatenate([a.numpy(), b.numpy()])
    optimum = linprog(tensor.ravel(), A_eq=np.stack(rows), b_eq=bounds, bounds=(0, None))
    assert optimum.success
    plan = solve_chain(cost, a, b, epsilon=1e-3, sweeps=50_000, tolerance=1e-9)
    value = sum(
        float((part * marginal).sum())
        for part, marginal in (
            (cost.first, plan.first),
            (cost.middle, plan.middle),
            (cost.last, plan.last),
        )
    )
    assert value == pytest.approx(optimum.fun, abs=5e-3)
    assert value >= optimum.fun - 1e-7


def test_without_a_middle_it_is_plain_sinkhorn() -> None:
    # One place in the middle on each side: nothing of the chain is left but two vectors.
    generator = torch.Generator().manual_seed(0)
    c = torch.rand(6, 5, generator=generator, dtype=torch.float64)
    a, b = random_weights(1, 6), random_weights(2, 5)
    # z repeats x, w repeats y: places that cost nothing only for their own point.
    far = 1e3
    cost = ChainCost(
        far * (1 - torch.eye(6, dtype=torch.float64)),
        c,
        far * (1 - torch.eye(5, dtype=torch.float64)),
    )
    plan = solve_chain(cost, a, b, epsilon=0.1, sweeps=10_000, tolerance=1e-12)
    expected = ot.sinkhorn(a.numpy(), b.numpy(), c.numpy(), 0.1, numItermax=10_000, stopThr=1e-14)
    np.testing.assert_allclose(compose(plan).numpy(), expected, atol=1e-9)


@pytest.mark.parametrize("epsilon", [1e-4, 1e-2, 1e3])
def test_no_strength_of_the_entropy_makes_it_overflow(epsilon: float) -> None:
    cost = random_cost(7, 12, 20, 20, 9)
    a, b = random_weights(8, 12), random_weights(9, 9)
    plan = solve_chain(cost, a, b, epsilon=epsilon, sweeps=3000)
    for part in (plan.first, plan.middle, plan.last):
        assert torch.isfinite(part).all()
        assert float(part.sum()) == pytest.approx(1, abs=1e-6)
    assert plan.marginal_errors[0] < 1e-2
    assert plan.marginal_errors[1] < 1e-10


def test_neighbouring_marginals_agree() -> None:
    plan = solve_chain(
        random_cost(1, 5, 6, 7, 4), random_weights(2, 5), random_weights(3, 4), epsilon=0.1
    )
    torch.testing.assert_close(plan.first.sum(dim=0), plan.middle.sum(dim=1))
    torch.testing.assert_close(plan.middle.sum(dim=0), plan.last.sum(dim=1))


def test_an_earlier_potential_saves_sweeps() -> None:
    cost = random_cost(1, 20, 10, 10, 20)
    a, b = random_weights(2, 20), random_weights(3, 20)
    cold = solve_chain(cost, a, b, epsilon=0.02, tolerance=1e-8, sweeps=5000)
    warm = solve_chain(
        cost, a, b, epsilon=0.02, tolerance=1e-8, target_potential=cold.target_potential
    )
    assert warm.sweeps < cold.sweeps
    torch.testing.assert_close(warm.first, cold.first, atol=1e-6, rtol=0)
