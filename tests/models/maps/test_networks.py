from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from isogloss.models.errors import OptionError
from isogloss.models.maps.fitted import TransportSpecification, map_of, shapes_of_weights
from isogloss.models.maps.networks import (
    LinearTransport,
    ResidualTransport,
    Transport,
    as_network,
    build_transport,
)

WIDTHS = st.lists(st.integers(1, 8), max_size=3).map(tuple)


def matrix(rows: int, columns: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))


def disturbed(transport: Transport) -> Transport:
    """Every weight at random, so that no layer is zero."""
    with torch.no_grad():
        for seed, parameter in enumerate(transport.parameters()):
            parameter.add_(matrix(1, parameter.numel(), seed).reshape(parameter.shape))
    return transport


@given(m=st.integers(1, 6), n=st.integers(1, 6), widths=WIDTHS)
def test_a_fresh_residual_transport_is_the_linear_one(
    m: int, n: int, widths: tuple[int, ...]
) -> None:
    weight, x = matrix(n, m), matrix(9, m, 1)
    expected = LinearTransport(weight)(x)
    torch.testing.assert_close(expected, torch.stack([weight @ row for row in x]))
    assert torch.equal(ResidualTransport(weight, widths)(x), expected)


def test_a_trained_residual_transport_is_not_linear() -> None:
    transport = disturbed(ResidualTransport(matrix(4, 3), (5,)))
    x = matrix(6, 3, 1)
    with torch.no_grad():
        assert not torch.allclose(transport(2 * x), 2 * transport(x), atol=1e-2)


def test_the_residual_has_the_value_of_its_formula() -> None:
    transport = disturbed(ResidualTransport(matrix(4, 3), (5,)))
    assert isinstance(transport, ResidualTransport)
    x = matrix(6, 3, 1)
    first_weight, first_bias, last_weight, last_bias = transport.residual.parameters()
    hidden = (x * 3**0.5) @ first_weight.T + first_bias
    residual = (hidden / (1 + torch.exp(-hidden))) @ last_weight.T + last_bias
    torch.testing.assert_close(transport(x), x @ transport.weight.T + residual / 4**0.5)


def test_a_transport_keeps_a_copy_of_the_map_it_starts_from() -> None:
    weight = matrix(3, 3)
    transports = LinearTransport(weight), ResidualTransport(weight, (4,))
    expected = weight.clone()
    weight.zero_()
    for transport in transports:
        assert torch.equal(transport.linear_part, expected)


@pytest.mark.parametrize(
    "transport",
    [LinearTransport(matrix(4, 3)), ResidualTransport(matrix(3, 5), (7, 2))],
    ids=["linear", "residual"],
)
def test_is_rebuilt_from_specification_and_weights(transport: Transport) -> None:
    transport = disturbed(transport)
    rebuilt = build_transport(transport.specification)
    rebuilt.load_state_dict(transport.state_dict())
    assert rebuilt.specification == transport.specification
    x = matrix(8, transport.specification.source_dimension)
    assert torch.equal(rebuilt(x), transport(x))
    assert transport(x).shape == (8, transport.specification.target_dimension)


@pytest.mark.parametrize(
    "network",
    [
        LinearTransport(matrix(5, 7)),
        disturbed(ResidualTransport(matrix(5, 7), ())),
        disturbed(ResidualTransport(matrix(5, 7), (6, 4))),
    ],
)
def test_a_network_and_its_arrays_are_the_same_map(network: Transport) -> None:
    x = 30 * matrix(20, 7, seed=2).numpy()
    arrays = network.arrays()
    assert {name: each.shape for name, each in arrays.items()} == shapes_of_weights(
        network.specification
    )
    fitted = map_of(network.specification, arrays)
    assert fitted.specification == network.specification
    np.testing.assert_allclose(fitted.images(x), network.images(x), rtol=1e-4, atol=1e-4)
    there, here = network.in_double().images(x), fitted.in_double().images(x)
    np.testing.assert_allclose(here, there, rtol=1e-12)
    back = as_network(fitted)
    assert all(torch.equal(back.state_dict()[name], network.state_dict()[name]) for name in arrays)


def test_rejects_an_unknown_kind() -> None:
    specification = TransportSpecification("linear", 3, 4)
    object.__setattr__(specification, "kind", "quadratic")
    with pytest.raises(OptionError, match="quadratic"):
        build_transport(specification)
