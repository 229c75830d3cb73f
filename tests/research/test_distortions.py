"""The benchmark of distortions: what its oracles say, and NGW at tiny size."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from isogloss.models.spaces.embedding_space import EmbeddingSpace
from research.benchmarks import distortions
from tests.models.aligners.samples import sample

README = Path(__file__).parents[2] / "models" / "README.md"


@pytest.fixture(scope="module")
def space() -> EmbeddingSpace:
    return sample().most_frequent(600)


def test_a_linear_map_undoes_more_of_a_shear_than_an_orthogonal_one(space: EmbeddingSpace) -> None:
    case = distortions.distorted(space, 10, "sheared", seed=0)
    orthogonal, linear = (
        distortions.figures(case.pair, each) for each in (case.orthogonal, case.linear)
    )
    assert orthogonal["precision_at_1"] < linear["precision_at_1"]
    assert orthogonal["squared_distance"] > linear["squared_distance"]


def test_no_linear_map_undoes_a_curve(space: EmbeddingSpace) -> None:
    """Least squares leaves more than the noise, which is all that a shear of strength 0 has."""
    case = distortions.distorted(space, 10, "curved", seed=0)
    residual = case.linear(case.pair.x) - case.pair.y
    assert residual.square().sum(dim=1).mean() > 10 * distortions.NOISE**2
    weight = case.orthogonal.weight
    torch.testing.assert_close(weight @ weight.T, torch.eye(10), atol=1e-5, rtol=0)


def test_the_stage_never_ends_with_fewer_mutual_neighbours(
    space: EmbeddingSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = replace(distortions.RECIPE, steps=20, assess_every=10, batch=256)
    monkeypatch.setattr(distortions, "RECIPE", tiny)
    row = distortions.measure(space, 10, "sheared", seed=0)
    assert row["ngw"]["mutual_share"] >= row["orthogonal"]["mutual_share"]
    (line,) = distortions.table([row]).splitlines()[2:]
    assert line.startswith("| sheared | 10 | 1 |")
