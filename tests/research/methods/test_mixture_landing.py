"""Shares of components whose landing is known."""

from __future__ import annotations

import pytest
import torch

from research.methods.mixture_landing import landing_shares

CENTRES = torch.tensor([[0.0, 0.0], [10.0, 0.0]])


def test_counts_the_mass_on_the_component_that_gets_most() -> None:
    images = torch.tensor([[0.1, 0.0], [0.0, 0.2], [9.9, 0.0], [0.0, 0.0], [10.0, 0.1]])
    components = torch.tensor([0, 0, 0, 1, 2])
    shares = landing_shares(images, components, CENTRES, radius=1.0)
    assert shares.tolist() == pytest.approx([2 / 3, 1.0, 1.0])


def test_mass_between_the_components_lands_nowhere() -> None:
    images = torch.tensor([[5.0, 0.0], [0.0, 0.9], [0.0, 1.1], [0.0, 0.0]])
    components = torch.tensor([0, 1, 1, 1])
    shares = landing_shares(images, components, CENTRES, radius=1.0)
    assert shares.tolist() == pytest.approx([0.0, 2 / 3])
