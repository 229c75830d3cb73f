"""Coordinates leave the game what it is, and whitened ones are white."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from isogloss.models.aligners.neural_gw.losses import cost_loss
from isogloss.models.aligners.neural_gw.players import make_transport
from isogloss.models.aligners.neural_gw.sampler import StreamSampler, gaussian
from isogloss.models.aligners.neural_gw.side import (
    Side,
    given_map,
    given_matrix,
    given_transport,
    seen_map,
    seen_matrix,
)


def covariance(dimension: int, *, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    factor = torch.randn(dimension, dimension, generator=generator)
    return factor @ factor.T / dimension + torch.eye(dimension) / 10


def side(dimension: int, *, seed: int) -> Side:
    sampler = StreamSampler(gaussian(covariance(dimension, seed=seed)), seed=seed)
    return Side.whitened(sampler, count=20_000)


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_whitened_points_are_white() -> None:
    white = side(6, seed=1).draw(50_000)
    moments = white.T @ white / len(white)
    assert float((moments - torch.eye(6)).abs().max()) < 0.05
    given = Side(StreamSampler(gaussian(covariance(6, seed=1)), seed=1)).draw(50_000)
    assert float((given.T @ given / len(given) - torch.eye(6)).abs().max()) > 0.3


def test_a_direction_without_variance_is_stretched_no_further() -> None:
    flat = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])
    sampler = StreamSampler(lambda count, _: flat.repeat(count // 2, 1), seed=0)
    whitened = Side.whitened(sampler, count=100)
    assert whitened.inverse is not None
    assert torch.isfinite(whitened.inverse).all()
    assert float(whitened.inverse.abs().max()) < 200


@pytest.mark.parametrize(("m", "n"), [(5, 5), (6, 3), (3, 6)])
def test_the_coupling_is_the_same_in_both_coordinates(m: int, n: int) -> None:
    source, target = side(m, seed=1), side(n, seed=2)
    assert source.basis is not None and target.basis is not None
    x, z, matrix = normal(40, m), normal(40, n, seed=1), normal(n, m, seed=2)
    given = cost_loss(x @ source.basis @ matrix.T, z @ target.basis)
    seen = cost_loss(x @ seen_matrix(matrix, source, target).T, z)
    torch.testing.assert_close(seen, given, rtol=1e-4, atol=1e-4)
    # The moment of seen points becomes that of given ones by the same formula.
    torch.testing.assert_close(
        seen_matrix(z.T @ x, source, target),
        (z @ target.basis).T @ (x @ source.basis),
        rtol=1e-4,
        atol=1e-4,
    )


def test_what_is_seen_can_be_given_back() -> None:
    source, target = side(5, seed=1), side(4, seed=2)
    matrix = normal(4, 5)
    for there, back in ((seen_matrix, given_matrix), (seen_map, given_map)):
        torch.testing.assert_close(
            back(there(matrix, source, target), source, target), matrix, rtol=1e-3, atol=1e-4
        )
    plain = (replace(source, basis=None, inverse=None), replace(target, basis=None, inverse=None))
    assert seen_matrix(matrix, *plain) is matrix
    assert given_map(matrix, *plain) is matrix


@pytest.mark.parametrize("widths", [(), (7,), (7, 6)])
@pytest.mark.parametrize(("m", "n"), [(5, 5), (6, 3)])
def test_the_given_transport_does_what_the_seen_one_does(
    m: int, n: int, widths: tuple[int, ...]
) -> None:
    source, target = side(m, seed=1), side(n, seed=2)
    transport = make_transport(normal(n, m), widths)
    with torch.no_grad():
        for seed, parameter in enumerate(transport.parameters()):
            parameter.copy_(normal(*parameter.shape, seed=seed) / 2)
    points = normal(30, m, seed=9)
    assert source.inverse is not None and target.basis is not None
    expected = transport(points @ source.inverse) @ target.basis
    torch.testing.assert_close(
        given_transport(transport, source, target)(points), expected, rtol=1e-3, atol=1e-4
    )


def test_the_given_transport_is_a_copy() -> None:
    plain = Side(StreamSampler(gaussian(torch.eye(3)), seed=0))
    transport = make_transport(normal(3, 3), (4,))
    copied = given_transport(transport, plain, plain)
    for name, tensor in copied.state_dict().items():
        original = transport.state_dict()[name]
        assert torch.equal(tensor, original)
        assert tensor.data_ptr() != original.data_ptr()
