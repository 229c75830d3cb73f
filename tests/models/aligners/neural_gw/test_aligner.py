"""NGW end to end on a small hidden rotation: its stages, divergence, and going on after a stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from isogloss.models.aligners import NeuralGromovWassersteinAligner, Recipe
from isogloss.models.aligners.criterion import FOUND_BOUND
from isogloss.models.aligners.neural_gw.game import Game
from isogloss.models.aligners.recipe import StartRecipe
from isogloss.models.aligners.self_learning import Phase
from isogloss.models.errors import DivergenceError, NoAlignmentFoundError, TrainingInterruptedError
from isogloss.models.maps.alignment import Alignment
from isogloss.models.maps.networks import as_network
from isogloss.models.progress.journal import DirectoryJournal
from isogloss.models.progress.observation import Progress, ignore_progress
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from tests.models.aligners.samples import accuracy, hidden_pair, small_recipe, unrelated_pair

FINGERPRINT = {"aligner": "neural-gw"}
DEVICES = [
    "cpu",
    pytest.param(
        "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
    ),
]


@dataclass(slots=True)
class Interruption:
    """Observes until a step of a stage, and stops the fit there."""

    stage: str
    step: int
    seen: int = 0

    def __call__(self, progress: Progress) -> None:
        self.seen += 1
        if self.stage in progress.stage and progress.step == self.step:
            raise TrainingInterruptedError("stopped")


@pytest.fixture(scope="module")
def pair() -> tuple[EmbeddingSpace, EmbeddingSpace]:
    return hidden_pair(words=500, noise=0.4)


def fit(
    pair: tuple[EmbeddingSpace, EmbeddingSpace],
    recipe: Recipe,
    *,
    folder: Path | None = None,
    resume: bool = False,
    observe: Callable[[Progress], None] = ignore_progress,
    seed: int = 0,
    device: str = "cpu",
) -> Alignment:
    aligner = NeuralGromovWassersteinAligner(recipe=recipe, seed=seed, device=device)
    if folder is not None:
        journal = DirectoryJournal.open(folder, fingerprint=FINGERPRINT, resume=resume)
        aligner = replace(aligner, journal=journal)
    return aligner.fit(*pair, observe=observe)


def assert_same(one: Alignment, other: Alignment) -> None:
    """Equal bit for bit, in every stage; only the seconds may differ."""
    assert [stage.name for stage in one.stages] == [stage.name for stage in other.stages]
    for left, right in zip(one.stages, other.stages, strict=True):
        assert left.criterion == right.criterion
        ours, theirs = left.transport.arrays(), right.transport.arrays()
        assert ours.keys() == theirs.keys()
        for name, array in ours.items():
            assert np.array_equal(array, theirs[name]), (left.name, name)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("source_dimension", "target_dimension"), [(60, 60), (50, 60), (60, 50)])
def test_passes_through_its_stages_and_holds_the_start(
    source_dimension: int, target_dimension: int, device: str
) -> None:
    spaces = hidden_pair(
        words=500,
        noise=0.4,
        source_dimension=source_dimension,
        target_dimension=target_dimension,
    )
    alignment = fit(spaces, small_recipe(), device=device)
    start, raw, refined = alignment.stages
    assert [start.name, raw.name, refined.name] == ["start", "raw", "refined"]
    assert raw.criterion >= start.criterion - 0.01
    assert [stage.transport.specification.kind for stage in alignment.stages] == [
        "linear",
        "residual",
        "linear",
    ]
    assert alignment.transport is refined.transport
    assert alignment.found
    assert accuracy(alignment, *spaces) > 0.85
    assert accuracy(replace(alignment, transport=as_network(raw.transport).cpu()), *spaces) > 0.85


def test_reports_every_step_with_its_losses(pair: tuple[EmbeddingSpace, EmbeddingSpace]) -> None:
    seen: list[Progress] = []
    fit(pair, small_recipe(steps=4), observe=seen.append)
    steps = [progress for progress in seen if progress.stage == "neural-gw"]
    assert [(progress.step, progress.total) for progress in steps] == [
        (1, 4),
        (2, 4),
        (3, 4),
        (4, 4),
    ]
    losses = {"cost_loss", "transport_loss", "potential_loss"}
    assert all(losses <= set(progress.metrics) for progress in steps)


def test_the_seed_decides_bit_for_bit(pair: tuple[EmbeddingSpace, EmbeddingSpace]) -> None:
    recipe = small_recipe(steps=3, assess_every=1)
    assert_same(fit(pair, recipe, seed=5), fit(pair, recipe, seed=5))


def resumable(starts: int) -> Recipe:
    """A recipe whose first starts are lost and whose last is found."""
    lost = StartRecipe(kind="similarity-profiles", words=10, search=Phase(20, 1000, 2))
    recipe = small_recipe(steps=7, assess_every=2)
    found = recipe.portfolio.starts[0]
    return replace(
        recipe, portfolio=replace(recipe.portfolio, starts=(lost,) * (starts - 1) + (found,))
    )


@pytest.mark.parametrize(
    ("stage", "step"),
    [
        ("start 2 of 2: similarity-profiles", 3),
        ("cooling", 1),
        ("neural-gw", 1),
        ("neural-gw", 4),
        ("neural-gw", 5),
        ("neural-gw", 7),
        ("refinement", 2),
    ],
)
def test_a_fit_that_was_stopped_goes_on_to_the_same_result(
    stage: str, step: int, pair: tuple[EmbeddingSpace, EmbeddingSpace], tmp_path: Path
) -> None:
    recipe = resumable(starts=2)
    uninterrupted = fit(pair, recipe)
    stop = Interruption(stage, step)
    with pytest.raises(TrainingInterruptedError):
        fit(pair, recipe, folder=tmp_path / "state", observe=stop)
    seen: list[Progress] = []
    resumed = fit(pair, recipe, folder=tmp_path / "state", resume=True, observe=seen.append)
    assert_same(resumed, uninterrupted)
    # It went on: the first start is not tried again, nor is any step of NGW that was done.
    assert not any("start 1 of 2" in progress.stage for progress in seen)
    if stage == "neural-gw":
        steps = [progress.step for progress in seen if progress.stage == "neural-gw"]
        assert steps == list(range(step + 1, 8))


def test_a_fit_can_be_stopped_again_and_again(
    pair: tuple[EmbeddingSpace, EmbeddingSpace], tmp_path: Path
) -> None:
    recipe = resumable(starts=1)
    for step in (2, 3, 6):
        with pytest.raises(TrainingInterruptedError):
            fit(
                pair,
                recipe,
                folder=tmp_path,
                resume=step > 2,
                observe=Interruption("neural-gw", step),
            )
    assert_same(fit(pair, recipe, folder=tmp_path, resume=True), fit(pair, recipe))


@pytest.mark.parametrize("learning_rate", [10.0, 1e12])
def test_an_explosion_is_named_and_the_journal_still_loads(
    learning_rate: float, pair: tuple[EmbeddingSpace, EmbeddingSpace], tmp_path: Path
) -> None:
    recipe = small_recipe(steps=20, learning_rate=learning_rate)
    with pytest.raises(DivergenceError, match=r"neural-gw diverged at step \d+: \w+ loss") as first:
        fit(pair, recipe, folder=tmp_path)
    assert first.value.stage == "neural-gw"
    assert 1 <= first.value.step <= 20
    journal = DirectoryJournal.open(tmp_path, fingerprint=FINGERPRINT, resume=True)
    start = journal.recall("start-1")
    assert start is not None
    assert torch.isfinite(start["weight"]).all()


def test_divergence_later_on_leaves_the_last_good_state(
    pair: tuple[EmbeddingSpace, EmbeddingSpace],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    play = Game.play

    def play_until_the_fifth(game: Game) -> dict[str, float]:
        losses = play(game)
        return losses if game.step < 5 else {**losses, "potential_loss": float("nan")}

    recipe = small_recipe(steps=8, assess_every=2)
    with monkeypatch.context() as patch:
        patch.setattr(Game, "play", play_until_the_fifth)
        with pytest.raises(DivergenceError, match=r"at step 5: potential loss is nan") as caught:
            fit(pair, recipe, folder=tmp_path)
    assert caught.value.step == 5
    assert_same(fit(pair, recipe, folder=tmp_path, resume=True), fit(pair, recipe))


def test_nothing_is_trained_from_a_start_that_was_not_found() -> None:
    seen: list[Progress] = []
    with pytest.raises(NoAlignmentFoundError) as caught:
        fit(unrelated_pair(words=300), small_recipe(), observe=seen.append)
    assert not any(progress.stage == "neural-gw" for progress in seen)
    assert isinstance(caught.value.alignment, Alignment)
    assert [stage.name for stage in caught.value.alignment.stages] == ["start"]


def test_says_what_every_start_reached(pair: tuple[EmbeddingSpace, EmbeddingSpace]) -> None:
    seen: list[Progress] = []
    alignment = fit(pair, resumable(starts=2), observe=seen.append)
    judged = [progress for progress in seen if progress.stage.endswith(", judged")]
    assert [progress.stage[:12] for progress in judged] == ["start 1 of 2", "start 2 of 2"]
    first, second = (progress.metrics["criterion"] for progress in judged)
    assert first < FOUND_BOUND <= second == alignment.stages[0].criterion
    # Nothing is known of a search until its first look.
    searched = [progress for progress in seen if progress.stage == judged[1].stage[:-8]]
    assert searched[0].metrics == {}
    assert searched[-1].metrics["criterion"] >= FOUND_BOUND


def test_a_random_start_finds_nothing_in_so_few_steps_and_says_so() -> None:
    with pytest.raises(NoAlignmentFoundError) as caught:
        fit(hidden_pair(words=500, noise=0.8), small_recipe(start="random"))
    assert isinstance(caught.value.alignment, Alignment)
    start, raw, refined = caught.value.alignment.stages
    assert not caught.value.alignment.found
    assert start.criterion < 0.3
    assert raw.criterion >= start.criterion
    assert caught.value.verdict.state == "not_found"
    assert refined.criterion < FOUND_BOUND
