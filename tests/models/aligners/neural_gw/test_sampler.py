"""Streams have the moments of their distribution, never repeat a point, and can be resumed."""

from __future__ import annotations

import pytest
import torch

from isogloss.models.aligners.neural_gw.sampler import (
    Sampler,
    StreamSampler,
    WordSampler,
    gaussian,
    gaussian_mixture,
)
from isogloss.models.errors import OptionError

COVARIANCE = torch.tensor([[2.0, 0.5, 0.0], [0.5, 1.0, -0.3], [0.0, -0.3, 0.5]])


def test_both_kinds_follow_the_protocol() -> None:
    assert isinstance(StreamSampler(gaussian(COVARIANCE), seed=0), Sampler)
    assert isinstance(WordSampler(torch.eye(3), exponent=0.7, seed=0), Sampler)


def test_a_gaussian_has_its_covariance() -> None:
    points = StreamSampler(gaussian(COVARIANCE), seed=1).draw(200_000)
    assert float(points.mean(dim=0).abs().max()) < 0.02
    torch.testing.assert_close(torch.cov(points.T), COVARIANCE, atol=0.03, rtol=0)


def test_a_mixture_has_equal_parts_around_its_centres() -> None:
    centres = torch.tensor([[3.0, 0.0], [-3.0, 0.0], [0.0, 3.0]])
    points = StreamSampler(gaussian_mixture(centres, deviation=0.1), seed=1).draw(30_000)
    nearest = torch.cdist(points, centres).argmin(dim=1)
    shares = torch.bincount(nearest, minlength=3) / len(points)
    torch.testing.assert_close(shares, torch.full((3,), 1 / 3), atol=0.02, rtol=0)
    assert float((points - centres[nearest]).std()) == pytest.approx(0.1, rel=0.02)


def test_no_point_is_seen_twice_and_the_state_goes_on() -> None:
    sampler = StreamSampler(gaussian(COVARIANCE), seed=2)
    first = sampler.draw(500)
    state = sampler.state
    second = sampler.draw(500)
    assert len(torch.unique(torch.cat([first, second]), dim=0)) == 1000
    resumed = StreamSampler(gaussian(COVARIANCE), seed=3)
    resumed.state = state
    assert torch.equal(resumed.draw(500), second)


def test_what_is_no_covariance_is_named() -> None:
    with pytest.raises(OptionError, match="positive definite"):
        gaussian(torch.tensor([[1.0, 2.0], [2.0, 1.0]]))
