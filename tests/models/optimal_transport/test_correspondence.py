"""The plan that a cost decides: POT, closed forms and finite differences."""

from __future__ import annotations

import math

import numpy as np
import ot
import pytest
import torch
from scipy.optimize import linear_sum_assignment

from isogloss.models.errors import OptionError
from isogloss.models.optimal_transport.correspondence import CorrespondenceSettings, correspondence
from isogloss.models.optimal_transport.entropic_plan import EntropicPlanSettings, entropic_plan


def problem(seed: int, *batch: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(seed)
    cost = torch.from_numpy(rng.random((*batch, 5, 4)))
    a, b = (torch.from_numpy(rng.dirichlet(np.full(n, 3.0), batch)) for n in (5, 4))
    return cost, a, b


@pytest.mark.parametrize("epsilon", [1.0, 0.1, 0.02])
def test_the_exact_plan_is_that_of_pot(epsilon: float) -> None:
    cost, a, b = problem(0)
    settings = EntropicPlanSettings(epsilon=epsilon, sweeps=100_000, tolerance=1e-12)
    options = {"method": "sinkhorn_log", "numItermax": 100_000, "stopThr": 1e-12}
    expected = ot.sinkhorn(a.numpy(), b.numpy(), cost.numpy(), epsilon, **options)
    np.testing.assert_allclose(entropic_plan(cost, a, b, settings)[0], expected, atol=1e-8)


def test_the_inexact_plan_is_that_of_pot() -> None:
    cost, a, b = problem(1)
    settings = EntropicPlanSettings(
        epsilon=0.2, marginal_penalty=0.7, sweeps=100_000, tolerance=1e-12
    )
    expected = ot.unbalanced.sinkhorn_unbalanced(
        a.numpy(),
        b.numpy(),
        cost.numpy(),
        0.2,
        0.7,
        reg_type="kl",
        c=np.ones_like(cost.numpy()),
        numItermax=100_000,
        stopThr=1e-12,
    )
    np.testing.assert_allclose(entropic_plan(cost, a, b, settings)[0], expected, atol=1e-7)


@pytest.mark.parametrize("penalty", [math.inf, 0.7])
@pytest.mark.parametrize("epsilon", [1.0, 0.1, 0.02])
def test_the_hypergradient_agrees_with_finite_differences(epsilon: float, penalty: float) -> None:
    cost, a, b = problem(2, 2)
    settings = EntropicPlanSettings(
        epsilon=epsilon, marginal_penalty=penalty, sweeps=100_000, tolerance=1e-13
    )
    assert torch.autograd.gradcheck(
        lambda c: entropic_plan(c, a, b, settings)[0], cost.requires_grad_(), atol=1e-4
    )


def test_a_start_near_the_end_takes_no_more_than_a_few_sweeps() -> None:
    cost, a, b = problem(3)
    far = EntropicPlanSettings(epsilon=0.02, sweeps=100_000, tolerance=1e-12)
    plan, potential = entropic_plan(cost, a, b, far)
    near = EntropicPlanSettings(epsilon=0.02, sweeps=1)
    torch.testing.assert_close(entropic_plan(cost, a, b, near, potential)[0], plan)
    assert float((entropic_plan(cost, a, b, near)[0] - plan).abs().max()) > 1e-3


def test_without_entropy_partners_are_those_of_the_assignment() -> None:
    cost = torch.from_numpy(np.random.default_rng(4).random((3, 4, 4)))
    found = correspondence(cost, CorrespondenceSettings(epsilon=5e-3, sweeps=20_000))
    total = 0.0
    for group in range(3):
        rows, columns = linear_sum_assignment(cost[group].numpy())
        assert found.plan[group].argmax(dim=1).tolist() == columns.tolist()
        total += float(cost[group].numpy()[rows, columns].sum())
    assert float(found.loss) == pytest.approx(total / 12, abs=0.01)


def test_what_fits_nobody_stays_alone() -> None:
    cost = torch.tensor([[[0.1, 5.0], [5.0, 5.0]]], dtype=torch.float64)
    settings = CorrespondenceSettings(epsilon=0.05, unmatched_cost=1.0, sweeps=100_000)
    found = correspondence(cost, settings)
    expected = torch.tensor([[[1.0, 0.0], [0.0, 0.0]]], dtype=torch.float64)
    torch.testing.assert_close(found.plan, expected, atol=1e-3, rtol=0)
    # One pair at 0.1, one row and one column alone at a half each.
    assert float(found.loss) == pytest.approx((0.1 + 1.0) / 2, abs=1e-2)


def test_a_group_of_one_pair_has_a_closed_form() -> None:
    cost = torch.tensor([0.2, 0.9, 1.0, 1.7], dtype=torch.float64)[:, None, None]
    settings = CorrespondenceSettings(epsilon=0.1, unmatched_cost=1.0, sweeps=100_000)
    shares = torch.sigmoid((1.0 - cost) / 0.2)
    torch.testing.assert_close(correspondence(cost, settings).plan, shares)
    # The same pair in a group of two, whose other words are far from everything.
    wide = torch.full((4, 2, 2), 1e3, dtype=torch.float64)
    wide[:, :1, :1] = cost
    found = correspondence(wide, settings).plan[:, :1, :1]
    # The stay-alone row and column hold more mass there, so that the shares differ; their order
    # and what is sure do not.
    assert found.flatten().tolist() == sorted(found.flatten().tolist(), reverse=True)
    assert float(found[0]) > 0.95
    assert float(found[3]) < 0.05


@pytest.mark.parametrize("unmatched", [math.inf, 0.6])
@pytest.mark.parametrize("shape", [(3, 4, 4), (2, 3, 5), (4, 1, 1)])
def test_the_gradient_of_the_loss_is_whole(shape: tuple[int, ...], unmatched: float) -> None:
    if shape[1:] == (1, 1) and unmatched == math.inf:
        pytest.skip("a pair that may not part has no choice")
    cost = torch.from_numpy(np.random.default_rng(5).random(shape)).requires_grad_()
    settings = CorrespondenceSettings(
        epsilon=0.1, unmatched_cost=unmatched, sweeps=100_000, tolerance=1e-13
    )
    assert torch.autograd.gradcheck(lambda c: correspondence(c, settings).loss, cost, atol=1e-5)
    found = correspondence(cost, settings)
    (whole,) = torch.autograd.grad(found.loss, cost)
    fixed = found.plan.detach() / (shape[0] * shape[1])
    # What alternating minimisation leaves out.
    assert float((whole - fixed).abs().max()) > 1e-3


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(OptionError, match="found both"):
        CorrespondenceSettings(epsilon=0.1, unmatched_cost=1.0, marginal_penalty=1.0)
    with pytest.raises(OptionError, match="above 0"):
        EntropicPlanSettings(epsilon=0.0)
