"""The plan between words of a hidden rotation: probabilities, maps of every kind, going on."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Literal

import pytest
import torch

from isogloss.models.aligners import NeuralEntropicAligner
from isogloss.models.aligners.neural_entropic.plan import NeuralPlan
from isogloss.models.aligners.neural_entropic.words import translation_probabilities
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.errors import NoAlignmentFoundError
from isogloss.models.maps.alignment import Alignment
from isogloss.models.maps.networks import LinearTransport, ResidualTransport
from isogloss.models.progress.journal import DirectoryJournal
from isogloss.models.progress.observation import Progress, ignore_progress
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from tests.models.aligners.samples import accuracy, hidden_pair, small_recipe, unrelated_pair

RECIPE = small_recipe()


@cache
def fitted() -> tuple[NeuralPlan, NormalisedPair, EmbeddingSpace, EmbeddingSpace]:
    source, target = hidden_pair(words=500, noise=0.1)
    plan, pair = NeuralEntropicAligner(recipe=RECIPE, seed=1).plan(source, target)
    return plan, pair, source, target


def test_most_probable_translations_are_right_and_probabilities_sum_to_one() -> None:
    plan, pair, source, target = fitted()
    shares = translation_probabilities(plan, pair.x, pair.y, frequency_exponent=0.7)
    torch.testing.assert_close(shares.sum(dim=1), torch.ones(500))
    right = torch.tensor([target.rows[word] for word in source.words])
    assert float((shares.argmax(dim=1) == right).float().mean()) > 0.9
    # The words of high probability are right more often than the others.
    best = shares.max(dim=1).values
    correct = (shares.argmax(dim=1) == right).float()
    sure = best > best.median()
    assert float(correct[sure].mean()) >= float(correct[~sure].mean())


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("orthogonal", LinearTransport), ("linear", LinearTransport), ("residual", ResidualTransport)],
)
def test_every_kind_of_map_is_raw_and_then_refined(
    kind: Literal["orthogonal", "linear", "residual"], expected: type
) -> None:
    source, target = hidden_pair(words=300, noise=0.1)
    settings = replace(RECIPE.neural_egw, transport=kind, transport_widths=(16,))
    recipe = replace(RECIPE, neural_egw=settings)
    alignment = NeuralEntropicAligner(recipe=recipe).fit(source, target)
    assert [stage.name for stage in alignment.stages] == ["start", "raw", "refined"]
    assert isinstance(alignment.stages[1].transport, expected)
    assert alignment.stages[1].criterion > 0.5
    assert accuracy(alignment, source, target) > 0.9


def test_a_stopped_fit_goes_on_to_the_same_map(tmp_path: Path) -> None:
    source, target = hidden_pair(words=300, noise=0.1)

    def fit(journal: DirectoryJournal, *, stop: bool) -> Alignment:
        def observe(progress: Progress) -> None:
            if stop and progress.stage == "neural-egw" and progress.step == 2:
                raise KeyboardInterrupt

        aligner = NeuralEntropicAligner(recipe=RECIPE, seed=3, journal=journal)
        return aligner.fit(source, target, observe=observe if stop else ignore_progress)

    def journal(name: str) -> DirectoryJournal:
        return DirectoryJournal.open(tmp_path / name, fingerprint={}, resume=False)

    whole = fit(journal("whole"), stop=False)
    state = journal("stopped")
    with pytest.raises(KeyboardInterrupt):
        fit(state, stop=True)
    resumed = fit(state, stop=False)
    for one, other in zip(resumed.stages, whole.stages, strict=True):
        torch.testing.assert_close(one.transport.linear_part, other.transport.linear_part)


def test_nothing_is_made_of_nothing() -> None:
    with pytest.raises(NoAlignmentFoundError):
        NeuralEntropicAligner(recipe=RECIPE).fit(*unrelated_pair(words=300))
