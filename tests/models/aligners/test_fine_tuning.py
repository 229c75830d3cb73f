from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from isogloss.models.aligners.contrasts import Contrasts
from isogloss.models.aligners.dictionary_induction import induce_mutual
from isogloss.models.aligners.fine_tuning import (
    FineTuningRecipe,
    _linearised_loss,
    contrast,
    fine_tune,
    relaxed_csls_loss,
)
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.errors import OptionError
from isogloss.models.neighbours.csls import csls, unit


def clouds(seed: int, *, words: int = 120, m: int = 6, d: int = 5) -> tuple[Tensor, Tensor, Tensor]:
    """Two clouds of unit vectors that have nothing to do with each other, and some map."""
    generator = torch.Generator().manual_seed(seed)
    x = unit(torch.randn(words, m, generator=generator, dtype=torch.float64))
    y = unit(torch.randn(words + 7, d, generator=generator, dtype=torch.float64))
    return x, y, torch.randn(d, m, generator=generator, dtype=torch.float64)


def contrasts_of(x: Tensor, y: Tensor, weight: Tensor) -> Contrasts:
    return contrast(induce_mutual(x @ weight.T, y), x, y, weight)


def tuned_on_its_own(x: Tensor, y: Tensor, weight: Tensor, recipe: FineTuningRecipe) -> Tensor:
    return fine_tune(x, y, weight, recipe, pairs=induce_mutual(x @ weight.T, y))


def wrong_neighbours(
    x: np.ndarray, y: np.ndarray, mapped: np.ndarray, source: int, target: int
) -> tuple[list[int], list[int]]:
    """Rows of the ten nearest source and target words, but for the pair itself."""
    of_y = [int(i) for i in np.argsort(-(mapped @ y[target]))[:10] if i != source]
    of_x = [int(j) for j in np.argsort(-(y @ mapped[source]))[:10] if j != target]
    return of_y, of_x


def test_the_loss_is_the_sum_over_pairs_written_out() -> None:
    x, y, weight = clouds(1)
    contrasts = contrasts_of(x, y, weight)
    mapped = unit(x @ weight.T).numpy()
    total = 0.0
    for source, target in zip(contrasts.source.tolist(), contrasts.target.tolist(), strict=True):
        of_y, of_x = wrong_neighbours(x.numpy(), y.numpy(), mapped, source, target)
        total -= 2 * mapped[source] @ y[target].numpy()
        total += sum(mapped[source] @ y[j].numpy() for j in of_x) / len(of_x)
        total += sum(mapped[i] @ y[target].numpy() for i in of_y) / len(of_y)
    expected = pytest.approx(total / len(contrasts.source))
    assert relaxed_csls_loss(weight, x, y, contrasts).item() == expected


def test_the_loss_does_not_depend_on_the_scale_of_the_map() -> None:
    x, y, weight = clouds(2)
    contrasts = contrasts_of(x, y, weight)
    small, large = (relaxed_csls_loss(c * weight, x, y, contrasts).item() for c in (1.0, 50.0))
    assert small == pytest.approx(large)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_linearised_loss_descends_as_the_exact_one_at_an_orthogonal_map(seed: int) -> None:
    x, y, weight = clouds(seed, words=60, m=4, d=4)
    orthogonal = torch.linalg.qr(weight).Q.requires_grad_(True)
    contrasts = contrasts_of(x, y, orthogonal.detach())
    exact = relaxed_csls_loss(orthogonal, x, y, contrasts)
    linearised = _linearised_loss(x, y, contrasts)(orthogonal)
    assert linearised.item() == pytest.approx(exact.item())
    (gradient,) = torch.autograd.grad(linearised, orthogonal)
    (direction,) = torch.autograd.grad(exact, orthogonal)
    assert float((gradient * direction).sum()) > 0


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_gradient_agrees_with_finite_differences(seed: int) -> None:
    x, y, weight = clouds(seed, words=40, m=3, d=4)
    contrasts = contrasts_of(x, y, weight)
    assert torch.autograd.gradcheck(
        lambda w: relaxed_csls_loss(w, x, y, contrasts), weight.requires_grad_(True)
    )


def noisy(seed: int, *, words: int = 1500, d: int = 40) -> tuple[Tensor, Tensor]:
    """An anisotropic cloud, and a noisy rotation of it: row i translates row i."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(words, d, generator=generator) * torch.linspace(1, 0.3, d)
    y = x + 0.7 * torch.randn(words, d, generator=generator)
    rotation = torch.linalg.qr(torch.randn(d, d, generator=generator)).Q
    return unit(x), unit(y @ rotation.T)


def precision(x: Tensor, y: Tensor, weight: Tensor) -> float:
    found = csls(unit(x @ weight.T) @ y.T).argmax(dim=1)
    return float((found == torch.arange(len(x))).float().mean())


@pytest.mark.parametrize("recipe", [FineTuningRecipe(), FineTuningRecipe(loss="soft-top-k")])
@pytest.mark.parametrize("seed", range(3))
def test_a_map_fitted_on_few_pairs_gains_from_those_it_induces(
    seed: int, recipe: FineTuningRecipe
) -> None:
    x, y = noisy(seed)
    orthogonal = orthogonal_map(x[:300], y[:300])
    tuned = tuned_on_its_own(x, y, orthogonal, recipe)
    assert precision(x, y, tuned) > precision(x, y, orthogonal) + 0.01


def test_a_map_that_is_right_already_stays_right() -> None:
    x, _ = noisy(0)
    rotation = torch.linalg.qr(torch.randn(40, 40, generator=torch.Generator().manual_seed(4))).Q
    tuned = tuned_on_its_own(x, x @ rotation.T, rotation, FineTuningRecipe())
    assert precision(x, x @ rotation.T, tuned) == 1.0


def test_steps_that_only_harm_are_not_taken() -> None:
    x, y = noisy(0)
    orthogonal = orthogonal_map(x, y)
    wild = tuned_on_its_own(x, y, orthogonal, FineTuningRecipe(steps=5, learning_rate=1e4))
    assert precision(x, y, wild) >= precision(x, y, orthogonal) - 0.02


def test_no_steps_keep_the_map() -> None:
    x, y, weight = clouds(0)
    assert tuned_on_its_own(x, y, weight, FineTuningRecipe(steps=0)) is weight


def test_too_few_pairs_to_hold_any_out_keep_the_map() -> None:
    x, y, weight = clouds(0, words=5)
    assert tuned_on_its_own(x, y, weight, FineTuningRecipe()) is weight


def test_the_same_call_gives_the_same_map() -> None:
    x, y = noisy(1)
    weight = orthogonal_map(x, y)
    first, second = (tuned_on_its_own(x, y, weight, FineTuningRecipe()) for _ in range(2))
    assert torch.equal(first, second)


def test_every_step_is_reported() -> None:
    x, y = noisy(1)
    seen: list[int] = []
    weight, recipe = orthogonal_map(x, y), FineTuningRecipe(steps=7)
    pairs = induce_mutual(x @ weight.T, y)
    fine_tune(x, y, weight, recipe, pairs=pairs, observe=seen.append)
    assert seen == list(range(1, 8))


@pytest.mark.parametrize(
    "wrong",
    [
        {"words": 1},
        {"steps": -1},
        {"learning_rate": 0.0},
        {"places": 0},
        {"places": 11},
        {"epsilon": 0.0},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(OptionError, match="fine_tuning: expected"):
        FineTuningRecipe(**wrong)  # type: ignore[arg-type]
