"""A linear part descends plainly, the rest as torch's Adam does."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from isogloss.models.aligners.neural_gw.optimiser import PlayerOptimiser


def parameters() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return (
        torch.randn(3, 2, generator=generator).requires_grad_(),
        torch.randn(4, generator=generator).requires_grad_(),
    )


def loss_of(matrix: Tensor, vector: Tensor) -> Tensor:
    return matrix.square().sum() + vector.pow(4).sum()


def test_the_linear_part_descends_plainly_and_the_rest_by_adam() -> None:
    matrix, vector = parameters()
    expected, twin = matrix.detach().clone(), vector.detach().clone().requires_grad_()
    adam = torch.optim.Adam([twin], lr=0.01, betas=(0.5, 0.9))
    optimiser = PlayerOptimiser([matrix, vector], 0.01, {matrix: 0.1})
    for decay in (1.0, 0.5):
        optimiser.step(loss_of(matrix, vector), decay)
        expected = expected - 0.1 * decay * 2 * expected
        adam.param_groups[0]["lr"] = 0.01 * decay
        adam.zero_grad()
        twin.pow(4).sum().backward()  # type: ignore[no-untyped-call]
        adam.step()
    torch.testing.assert_close(matrix.detach(), expected)
    torch.testing.assert_close(vector.detach(), twin.detach())


def test_plain_descent_stands_still_at_the_answer_where_adam_swings() -> None:
    answer = torch.zeros(5)
    plain, swinging = (torch.full((5,), 1e-3).requires_grad_() for _ in range(2))
    descent = PlayerOptimiser([plain], 0.1, {plain: 0.4})
    adam = PlayerOptimiser([swinging], 0.1, {})
    for _ in range(30):
        descent.step((plain - answer).square().sum(), 1.0)
        adam.step((swinging - answer).square().sum(), 1.0)
    assert float(plain.detach().abs().max()) < 1e-6 < float(swinging.detach().abs().max())


@pytest.mark.parametrize("linear", [False, True])
def test_continues_from_its_state(linear: bool) -> None:
    matrix, vector = parameters()
    optimiser = PlayerOptimiser([matrix, vector], 0.01, {matrix: 0.1} if linear else {})
    optimiser.step(loss_of(matrix, vector), 1.0)
    again = matrix.detach().clone().requires_grad_(), vector.detach().clone().requires_grad_()
    resumed = PlayerOptimiser(again, 0.01, {again[0]: 0.1} if linear else {})
    resumed.restore({name: tensor.clone() for name, tensor in optimiser.state().items()})
    optimiser.step(loss_of(matrix, vector), 1.0)
    resumed.step(loss_of(*again), 1.0)
    assert torch.equal(matrix, again[0])
    assert torch.equal(vector, again[1])


def test_a_player_may_be_linear_altogether() -> None:
    matrix, _ = parameters()
    optimiser = PlayerOptimiser([matrix], 0.01, {matrix: 0.5})
    optimiser.step(matrix.square().sum(), 1.0)
    assert optimiser.state() == {}
    optimiser.restore({})
    torch.testing.assert_close(matrix.detach(), torch.zeros(3, 2))
