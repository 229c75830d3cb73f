"""Plans carried to new batches, and the careful coupling, where the optimum is known."""

from __future__ import annotations

import math

import torch

from isogloss.models.generation.discrepancy import (
    CouplingSettings,
    careful_coupling,
    careful_discrepancy,
    carried_coupling,
    coupling,
    distances,
    distortion,
)


def uneven(count: int, seed: int) -> torch.Tensor:
    """Three clusters on a crooked triangle: no two orders of them have the same distances."""
    generator = torch.Generator().manual_seed(seed)
    centres = torch.tensor([[0.0, 0], [3, 0], [0, 1.5]])
    return centres[torch.arange(count) % 3] + 0.05 * torch.randn(count, 2, generator=generator)


def share_of_right_pairs(plan: torch.Tensor) -> float:
    """Mass between points of the same cluster."""
    n, m = plan.shape
    right = (torch.arange(n)[:, None] % 3) == (torch.arange(m)[None, :] % 3)
    return float(plan[right].sum() / plan.sum())


def test_a_plan_is_carried_to_points_that_it_never_saw() -> None:
    settings = CouplingSettings()
    turn = torch.tensor([[0.6, -0.8], [0.8, 0.6]])
    old_x, old_y = uneven(30, 1), uneven(36, 2) @ turn + 7
    old = coupling(distances(old_x), distances(old_y), settings)
    assert share_of_right_pairs(old) > 0.99
    x, y = uneven(24, 3), uneven(27, 4) @ turn + 7
    carried = carried_coupling(torch.cdist(x, old_x), torch.cdist(y, old_y), old, settings)
    assert carried.shape == (24, 27)
    torch.testing.assert_close(carried.sum(dim=0), torch.full((27,), 1 / 27), rtol=1e-3, atol=0)
    assert share_of_right_pairs(carried) > 0.99


def test_a_plan_that_is_carried_to_its_own_points_takes_one_step() -> None:
    """The carried cost at the old points is the linearised one: a converged plan stays."""
    settings = CouplingSettings(epsilon=0.05, outer_iterations=300, inner_iterations=200)
    x, y = uneven(15, 5).double(), uneven(18, 6).double()
    c, d = distances(x), distances(y)
    plan = coupling(c, d, settings)
    again = carried_coupling(c, d, plan, settings)
    torch.testing.assert_close(again, plan, rtol=1e-3, atol=1e-6)


def test_the_careful_coupling_leaves_the_saddle_of_a_ring() -> None:
    """Eight modes on a circle: all points have like distances, so the product is a saddle."""
    angles = torch.arange(8) * (2 * math.pi / 8)
    ring = torch.stack([angles.cos(), angles.sin()], dim=1)
    generator = torch.Generator().manual_seed(0)
    first, second = (
        ring[torch.arange(96) % 8] + 0.1 * torch.randn(96, 2, generator=generator) for _ in range(2)
    )
    c, d = distances(first), distances(second)
    plan = careful_coupling(c, d)
    in_order = torch.exp(-torch.cdist(first, second).square() / 0.01)
    known = distortion(c, d, in_order / in_order.sum())
    found = float(distortion(c, d, plan))
    assert found < 2 * float(known)
    product = torch.full((96, 96), 1 / 96**2)
    straight = CouplingSettings(outer_iterations=60, inner_iterations=20)
    assert found < float(distortion(c, d, coupling(c, d, straight, product)))
    assert (
        careful_discrepancy(c, d)
        < careful_discrepancy(c, distances(torch.randn(96, 2, generator=generator))) / 5
    )
