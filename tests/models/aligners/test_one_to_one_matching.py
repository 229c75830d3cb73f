"""One-to-one matching against the assignment that scipy finds."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment

from isogloss.models.aligners.one_to_one_matching import (
    MatchingRecipe,
    assignment_problem,
    match_one_to_one,
)
from isogloss.models.errors import OptionError
from isogloss.models.neighbours.csls import unit
from tests.oracles import csls_of


def noisy_pair(n: int, m: int, *, noise: float, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    points = torch.randn(max(n, m), 12, generator=generator)
    moved = points + noise * torch.randn(points.shape, generator=generator)
    return unit(points[:n]), unit(moved[torch.randperm(max(n, m), generator=generator)][:m])


@pytest.mark.parametrize(("n", "m"), [(120, 120), (80, 120), (120, 80)])
def test_is_the_best_assignment(n: int, m: int) -> None:
    mapped, target = noisy_pair(n, m, noise=0.8)
    scores = csls_of((mapped @ target.T).numpy())
    rows, columns = linear_sum_assignment(-scores)

    found = match_one_to_one(mapped, target, MatchingRecipe(iterations=3000, tolerance=1e-6))

    assert len(found.pairs.source) >= 0.99 * min(n, m)
    best = dict(zip(rows.tolist(), columns.tolist(), strict=True))
    same = [best.get(r) == c for r, c in zip(*(side.tolist() for side in found.pairs), strict=True)]
    assert np.mean(same) >= 0.99
    expected = scores[found.pairs.source.numpy(), found.pairs.target.numpy()]
    np.testing.assert_allclose(found.scores.numpy(), expected, atol=1e-5)


def test_no_word_has_two_partners_though_one_is_everybodys_nearest() -> None:
    generator = torch.Generator().manual_seed(1)
    hub = torch.ones(1, 6)
    mapped = unit(hub + 0.3 * torch.randn(40, 6, generator=generator))
    target = unit(torch.cat([hub, hub + torch.randn(39, 6, generator=generator)]))
    found = match_one_to_one(mapped, target)
    assert len(set(found.pairs.source.tolist())) == len(found.pairs.source)
    assert len(set(found.pairs.target.tolist())) == len(found.pairs.target)
    assert len(found.pairs.source) > 30


def test_the_worst_pairs_can_be_dropped() -> None:
    mapped, target = noisy_pair(60, 60, noise=0.5)
    everything = match_one_to_one(mapped, target)
    better = match_one_to_one(mapped, target, MatchingRecipe(least_quantile=0.25))
    bound = everything.scores.quantile(0.25)
    assert (better.scores >= bound).all()
    assert len(better.scores) == int((everything.scores >= bound).sum())


def test_a_rectangular_problem_has_weights_that_fit() -> None:
    problem = assignment_problem(torch.rand(3, 5))
    assert problem.cost.shape == (4, 5)
    torch.testing.assert_close(problem.source_weights, torch.tensor([0.2, 0.2, 0.2, 0.4]))
    assert assignment_problem(torch.rand(5, 3)).cost.shape == (5, 4)


@pytest.mark.parametrize("options", [{"smallest_share": 0.4}, {"least_quantile": 1.0}])
def test_rejects_what_makes_no_sense(options: dict[str, float]) -> None:
    with pytest.raises(OptionError, match=next(iter(options))):
        MatchingRecipe(**options)  # type: ignore[arg-type]
