"""The Lipschitz bound of the potentials, and costs of tuples."""

from __future__ import annotations

import pytest
import torch

from isogloss.models.aligners.pushforward.cost import euclidean, in_frames, squared_euclidean
from isogloss.models.aligners.pushforward.networks import (
    BranchedGenerator,
    LipschitzPotential,
    SharedGenerator,
)


@pytest.mark.parametrize("widths", [(2,), (64,), (32, 32)])
def test_no_slope_of_a_potential_exceeds_one(widths: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    potential = LipschitzPotential(5, widths)
    optimiser = torch.optim.Adam(potential.parameters(), lr=1e-2)
    for _ in range(200):  # pull it as steep as it gets
        x = torch.randn(64, 5)
        loss = -(potential(x + 3) - potential(x)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    x = (4 * torch.randn(500, 5)).requires_grad_()
    (slopes,) = torch.autograd.grad(potential(x).sum(), x)
    # One step of the power method follows the norm, from slightly below.
    assert 0.5 < float(slopes.norm(dim=1).max()) < 1.02


def test_costs_sum_over_all_pairs_of_marginals() -> None:
    points = [torch.randn(4, 3) for _ in range(3)]
    a, b, c = points
    expected = (a - b).norm(dim=1) + (a - c).norm(dim=1) + (b - c).norm(dim=1)
    torch.testing.assert_close(euclidean(points), expected)
    mean = torch.stack(points).mean(dim=0)
    to_mean = sum(((x - mean).square().sum(dim=1) for x in points), start=torch.zeros(4))
    torch.testing.assert_close(squared_euclidean(points), 3 * to_mean)


def test_frames_bring_spaces_of_other_dimensions_together() -> None:
    rotation = torch.linalg.qr(torch.randn(3, 3)).Q
    x = torch.randn(5, 3)
    cost = in_frames([rotation, torch.eye(3)], euclidean)
    torch.testing.assert_close(cost([x, x @ rotation.T]), torch.zeros(5), rtol=0, atol=1e-5)
    flat = in_frames([torch.eye(3)[:2], torch.eye(2)], euclidean)
    torch.testing.assert_close(flat([x, x[:, :2]]), torch.zeros(5))


def test_branches_of_one_dimension_start_alike() -> None:
    generator = BranchedGenerator.of_perceptrons(2, (8, 8), (2, 3, 2), seed=1)
    x, y, z = generator(torch.randn(6, 2))
    assert (x.shape, y.shape) == ((6, 2), (6, 3))
    torch.testing.assert_close(x, z)
    again = BranchedGenerator.of_perceptrons(2, (8, 8), (2, 3, 2), seed=1)
    assert torch.equal(again.branches[1][0].weight, generator.branches[1][0].weight)  # type: ignore[index]


def test_parts_that_share_a_trunk_start_alike_and_lose_no_direction() -> None:
    """Two units drawn at random are close to parallel for some seeds; orthogonal ones never are."""
    z = torch.randn(500, 2, generator=torch.Generator().manual_seed(0))
    for seed in range(5):
        generator = SharedGenerator(2, (2, 2), 2, 3, seed=seed)
        first, *others = generator(z)
        assert all(torch.equal(first, other) for other in others)
        bent = generator.trunk(z).detach()
        deviations = torch.linalg.svdvals(bent - bent.mean(dim=0))
        assert float(deviations[1] / deviations[0]) > 0.4
