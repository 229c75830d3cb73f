"""Gradients of the losses against central differences, and their values against plain loops."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch

from isogloss.models.aligners.neural_gw.losses import cost_loss, potential_loss, transport_loss
from isogloss.models.aligners.neural_gw.players import Potential
from isogloss.models.maps.networks import LinearTransport, ResidualTransport, Transport

BATCH = 7
DIMENSIONS = [(4, 4), (5, 3), (3, 5)]
STEP = 1e-6


def normal(*shape: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def trained(module: torch.nn.Module) -> None:
    """Every weight at random: fresh last layers are zero, and so would be gradients behind them."""
    with torch.no_grad():
        for seed, parameter in enumerate(module.parameters()):
            parameter.copy_(normal(*parameter.shape, seed=100 + seed) / 2)


def potential(dimension: int) -> Potential:
    network = Potential(dimension, (6, 5), 0.7).double()
    trained(network)
    return network


def transport(m: int, n: int, kind: str) -> Transport:
    weight = normal(n, m, seed=0)
    network = LinearTransport(weight) if kind == "linear" else ResidualTransport(weight, (6,))
    trained(network)
    return network


def assert_gradients_are_right(
    loss: Callable[[], torch.Tensor], parameters: Sequence[torch.Tensor]
) -> None:
    gradients = torch.autograd.grad(loss(), parameters)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        expected = torch.empty_like(parameter)
        flat, flat_expected = parameter.detach().view(-1), expected.view(-1)
        for index in range(flat.numel()):
            before = float(flat[index])
            values = []
            for shift in (STEP, -STEP):
                flat[index] = before + shift
                values.append(float(loss().detach()))
            flat[index] = before
            flat_expected[index] = (values[0] - values[1]) / (2 * STEP)
        torch.testing.assert_close(gradient, expected, rtol=1e-6, atol=1e-7)
        assert float(expected.abs().max()) > 1e-4, "a gradient of zero tests nothing"


@pytest.mark.parametrize(("m", "n"), DIMENSIONS)
@pytest.mark.parametrize("kind", ["linear", "residual"])
def test_gradient_of_the_cost_matrix(m: int, n: int, kind: str) -> None:
    x, matrix, network = normal(BATCH, m, seed=1), normal(n, m, seed=2), transport(m, n, kind)
    matrix.requires_grad_()
    assert_gradients_are_right(lambda: cost_loss(x @ matrix.T, network(x)), [matrix])


@pytest.mark.parametrize(("m", "n"), DIMENSIONS)
@pytest.mark.parametrize("kind", ["linear", "residual"])
def test_gradient_of_the_transport(m: int, n: int, kind: str) -> None:
    x, matrix, network = normal(BATCH, m, seed=1), normal(n, m, seed=2), transport(m, n, kind)
    f = potential(n)

    def loss() -> torch.Tensor:
        z = network(x)
        return transport_loss(x @ matrix.T, z, f(z))

    assert_gradients_are_right(loss, list(network.parameters()))


@pytest.mark.parametrize("n", [3, 5])
def test_gradient_of_the_potential(n: int) -> None:
    z, y, f = normal(BATCH, n, seed=1), normal(BATCH + 2, n, seed=2), potential(n)

    def loss() -> torch.Tensor:
        return potential_loss(f(z), f(y))

    # The last bias cancels: a potential is known up to a constant.
    parameters = list(f.parameters())
    *others, bias = parameters
    assert float(torch.autograd.grad(loss(), [bias])[0].abs().max()) < 1e-12
    assert_gradients_are_right(loss, others)


def test_values_follow_algorithm_1() -> None:
    px, z = normal(BATCH, 3, seed=1), normal(BATCH, 3, seed=2)
    f_of_z, f_of_y = normal(BATCH, seed=3), normal(BATCH + 2, seed=4)
    products = [
        sum(float(a * b) for a, b in zip(*rows, strict=True)) for rows in zip(px, z, strict=True)
    ]
    mean_product = sum(products) / BATCH
    mean_z, mean_y = sum(f_of_z.tolist()) / BATCH, sum(f_of_y.tolist()) / (BATCH + 2)
    assert float(cost_loss(px, z)) == pytest.approx(-mean_product)
    assert float(transport_loss(px, z, f_of_z)) == pytest.approx(-mean_product - mean_z)
    assert float(potential_loss(f_of_z, f_of_y)) == pytest.approx(mean_z - mean_y)
