"""Fits that find nothing, diverge or are stopped: with aligners that do just that."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from isogloss.models.errors import DivergenceError, NoAlignmentFoundError
from isogloss.models.fitting import pair as pair_fitting
from isogloss.models.maps.alignment import Alignment, Stage
from isogloss.models.maps.networks import LinearTransport
from isogloss.models.progress.observation import Observer, Progress
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.normalizer import Normalizer
from tests.rotated_spaces import LOST
from tests.scripts.conftest import Invoke, Pair, without_steps

Fit = Callable[[EmbeddingSpace, EmbeddingSpace, Observer], Alignment]


@dataclass(frozen=True, slots=True)
class ScriptedAligner:
    """An aligner that does what the test says."""

    act: Fit

    def fit(
        self, source: EmbeddingSpace, target: EmbeddingSpace, *, observe: Observer
    ) -> Alignment:
        return self.act(source, target, observe)


@pytest.fixture
def with_aligner(monkeypatch: pytest.MonkeyPatch) -> Callable[[Fit], None]:
    def replace(act: Fit) -> None:
        monkeypatch.setattr(pair_fitting, "create_aligner", lambda *_, **__: ScriptedAligner(act))

    return replace


def lost(source: EmbeddingSpace, target: EmbeddingSpace, observe: Observer) -> Alignment:
    transport = LinearTransport(torch.eye(target.dimension, source.dimension))
    alignment = Alignment(
        source_normalizer=Normalizer.fit(source.vectors),
        transport=transport,
        target_normalizer=Normalizer.fit(target.vectors),
        verdict=LOST,
        stages=(Stage(name="start", transport=transport, criterion=0.4, seconds=1.0),),
    )
    raise NoAlignmentFoundError(alignment, LOST)


def diverge(source: EmbeddingSpace, target: EmbeddingSpace, observe: Observer) -> Alignment:
    raise DivergenceError("neural-gw", 12, "the loss is NaN")


def interrupted(source: EmbeddingSpace, target: EmbeddingSpace, observe: Observer) -> Alignment:
    os.kill(os.getpid(), signal.SIGINT)
    for step in range(1, 1000):
        observe(Progress(stage="neural-gw", step=step, total=1000))
    raise AssertionError("the fit was not stopped")


def test_a_fit_that_found_nothing_saves_nothing(
    invoke: Invoke, pair: Pair, tmp_path: Path, with_aligner: Callable[[Fit], None]
) -> None:
    with_aligner(lost)
    result = invoke(*pair.arguments(tmp_path / "fr-es"), "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert (document["found"], document["output"]) == (False, None)
    assert document["stages"][0]["criterion"] == 0.4
    assert "no alignment was found" in result.stderr
    assert "agreement 0.12" in result.stderr
    assert document["verdict"]["state"] == "not_found"
    assert not (tmp_path / "fr-es").exists()


def test_force_saves_it_marked_as_not_found(
    invoke: Invoke, pair: Pair, tmp_path: Path, with_aligner: Callable[[Fit], None]
) -> None:
    with_aligner(lost)
    result = invoke(*pair.arguments(tmp_path / "fr-es"), "--force")
    assert result.exit_code == 0
    assert "alignment: not found" in result.stdout
    assert "notice: this checkpoint was forced" in result.stderr
    assert json.loads(invoke("info", tmp_path / "fr-es", "--json").stdout)["found"] is False


def test_divergence_names_stage_and_step(
    invoke: Invoke, pair: Pair, tmp_path: Path, with_aligner: Callable[[Fit], None]
) -> None:
    with_aligner(diverge)
    result = invoke(*pair.arguments(tmp_path / "fr-es"))
    assert result.exit_code == 1
    assert without_steps(result.stderr) == "error: neural-gw diverged at step 12: the loss is NaN\n"
    assert not (tmp_path / "fr-es").exists()


def test_ctrl_c_ends_the_fit_keeps_the_state_and_says_how_to_go_on(
    invoke: Invoke,
    pair: Pair,
    tmp_path: Path,
    with_aligner: Callable[[Fit], None],
    capfd: pytest.CaptureFixture[str],
) -> None:
    with_aligner(interrupted)
    before = signal.getsignal(signal.SIGINT)
    result = invoke(*pair.arguments(tmp_path / "fr-es"))
    assert result.exit_code == 130
    assert without_steps(result.stderr).startswith("error: interrupted")
    assert "--resume" in result.stderr
    assert without_steps(result.stderr).count("\n") == 1
    assert "Ctrl-C again stops at once" in capfd.readouterr().err
    assert (tmp_path / ".fr-es.state").is_dir()
    assert not (tmp_path / "fr-es").exists()
    assert signal.getsignal(signal.SIGINT) is before


def test_the_user_is_told_what_becomes_of_a_state(
    invoke: Invoke, pair: Pair, tmp_path: Path, with_aligner: Callable[[Fit], None]
) -> None:
    arguments = pair.arguments(tmp_path / "fr-es")
    with_aligner(interrupted)
    nothing_to_resume = invoke(*arguments, "--resume")
    assert "nothing to resume" in nothing_to_resume.stderr
    overwritten = invoke(*arguments)
    assert "it is overwritten" in overwritten.stderr
    resumed = invoke(*arguments, "--resume")
    assert "notice" not in resumed.stderr


def test_a_state_of_another_run_is_refused(
    invoke: Invoke, pair: Pair, tmp_path: Path, with_aligner: Callable[[Fit], None]
) -> None:
    arguments = pair.arguments(tmp_path / "fr-es")
    with_aligner(interrupted)
    assert invoke(*arguments).exit_code == 130
    result = invoke(*arguments, "--resume", "--seed", 5)
    assert result.exit_code == 1
    assert "seed" in result.stderr
    assert without_steps(result.stderr).count("\n") == 1


def test_an_input_error_leaves_nothing_behind(invoke: Invoke, tmp_path: Path) -> None:
    for name, row in (("s", "0.5 {n} 1"), ("t", "1 1 1")):
        lines = "".join(f"{name}{n} {row.format(n=n)}\n" for n in range(20))
        (tmp_path / f"{name}.vec").write_text(f"20 3\n{lines}", "utf-8")
    before = {path.name for path in tmp_path.iterdir()}
    result = invoke(
        "train", "--source", str(tmp_path / "s.vec"), "--target", str(tmp_path / "t.vec"),
        "--source-language", "aa", "--target-language", "bb",
        "--output", str(tmp_path / "deep" / "er" / "aa-bb"), "--aligner", "self-learning",
    )  # fmt: skip
    assert result.exit_code == 1
    assert "all 20 bb vectors point the same way" in result.stderr
    assert {path.name for path in tmp_path.iterdir()} == before
