"""Known pairs stay in every fit, and wrong ones among them do no harm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from isogloss.models.aligners.dictionary_induction import Pairs
from isogloss.models.aligners.known_pairs import believed, with_known
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.aligners.recipe import RefinementRecipe
from isogloss.models.aligners.refinement import refine
from isogloss.models.aligners.self_learning import Phase
from isogloss.models.maps.networks import LinearTransport
from isogloss.models.neighbours.csls import csls, unit
from isogloss.models.progress.observation import ignore_progress
from isogloss.models.spaces.embedding_space import EmbeddingSpace

WORDS, DIMENSION = 1200, 40
RECIPE = RefinementRecipe(phases=(Phase(1, WORDS, 3), Phase(1, WORDS, 3, mutual=True)))
UNTUNED = replace(RECIPE, fine_tuning=replace(RECIPE.fine_tuning, steps=0))


def noisy_pair(noise: float = 1.6) -> NormalisedPair:
    """Row i means row i; so much noise that an induced pair is wrong as often as not."""
    rng = np.random.default_rng(0)
    axes = np.linspace(1, 0.3, DIMENSION)
    rotation, _ = np.linalg.qr(rng.standard_normal((DIMENSION, DIMENSION)))
    x = rng.standard_normal((WORDS, DIMENSION)) * axes
    y = (x + noise * rng.standard_normal(x.shape) * axes) @ rotation
    # Words in no order of frequency, in letters that have nothing in common.
    places = rng.permutation(WORDS)
    spaces = [
        EmbeddingSpace(language, tuple(f"{language}{i}" for i in places), side.astype(np.float32))
        for language, side in (("a", x), ("b", y))
    ]
    return NormalisedPair.of(*spaces, device="cpu")


PAIR = noisy_pair()
KNOWN = np.stack([np.arange(300)] * 2, axis=1)


def precision(weight: Tensor) -> float:
    """Share of the words that are not known whose nearest target word is the right one."""
    found = csls(unit(PAIR.x @ weight.T) @ PAIR.y.T).argmax(dim=1)
    return float((found == torch.arange(WORDS))[len(KNOWN) :].float().mean())


def supervised(known: np.ndarray) -> Tensor:
    return orthogonal_map(PAIR.x[known[:, 0]], PAIR.y[known[:, 1]])


def refined(known: np.ndarray | None, recipe: RefinementRecipe = UNTUNED) -> Tensor:
    start = LinearTransport(supervised(KNOWN[:60]))
    stage = refine(PAIR, start, recipe, observe=ignore_progress, known=known)
    return torch.as_tensor(np.asarray(stage.transport.linear_part.detach()))


def test_known_pairs_take_the_place_of_what_was_induced_for_their_words() -> None:
    weight = supervised(KNOWN)
    induced = Pairs(torch.tensor([0, 1, 700]), torch.tensor([5, 6, 701]))
    held = believed(PAIR.x[:300], PAIR.y[:300], weight)
    together = with_known(induced, KNOWN, PAIR.x, PAIR.y, weight, times=2)
    assert int(held.sum()) > 200
    assert len(together.source) == 2 * int(held.sum()) + 3 - int(held[0]) - int(held[1])
    pairs = set(zip(together.source.tolist(), together.target.tolist(), strict=True))
    assert (700, 701) in pairs
    assert ((0, 0) in pairs) == bool(held[0]) != ((0, 5) in pairs)
    assert with_known(induced, None, PAIR.x, PAIR.y, weight) is induced


def test_wrong_lines_of_a_dictionary_are_not_believed() -> None:
    weight = supervised(np.stack([np.arange(WORDS)] * 2, axis=1))
    right = believed(PAIR.x[:300], PAIR.y[:300], weight)
    wrong = believed(PAIR.x[:300], PAIR.y[300:600], weight)
    assert right.float().mean() > 0.75
    assert wrong.float().mean() < 0.06
    few = believed(PAIR.x[:5], PAIR.y[300:305], weight)
    assert few.all()


def test_a_fit_with_known_pairs_is_better_than_by_them_and_than_without_them() -> None:
    alone, without, together = (
        precision(weight) for weight in (supervised(KNOWN), refined(None), refined(KNOWN))
    )
    assert together > max(alone, without) + 0.02


@pytest.mark.parametrize("share", [0.2, 0.4])
def test_wrong_lines_among_them_cost_little(share: float) -> None:
    rng = np.random.default_rng(1)
    wrong = KNOWN.copy()
    rows = rng.choice(len(wrong), int(share * len(wrong)), replace=False)
    wrong[rows, 1] = rng.integers(0, WORDS, len(rows))
    assert precision(refined(wrong)) > precision(refined(KNOWN)) - 0.03


def test_fine_tuning_takes_known_pairs_below_its_words_alone() -> None:
    tuned = replace(RECIPE, fine_tuning=replace(RECIPE.fine_tuning, words=100, steps=3))
    assert torch.isfinite(refined(KNOWN, tuned)).all()
