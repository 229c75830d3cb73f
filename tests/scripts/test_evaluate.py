import json
from pathlib import Path

import pytest

from isogloss.models.checkpoint import load_checkpoint, save_checkpoint
from tests.scripts.conftest import Invoke


@pytest.fixture
def lexicon(tmp_path: Path) -> Path:
    """Two right entries, one wrong, one word unknown at each side."""
    path = tmp_path / "lexicon.txt"
    path.write_text("fr-1 es-1\nfr-2 es-9\nfr-2 es-2\nfr-3 es-4\nnowhere es-5\nfr-6 nowhere\n")
    return path


def test_the_figures_are_those_of_the_known_map(
    invoke: Invoke, checkpoint: Path, lexicon: Path
) -> None:
    result = invoke("evaluate", checkpoint, "--lexicon", lexicon, "--score", "cosine", "--json")
    document = json.loads(result.stdout)
    assert document["precision_at_1"] == pytest.approx(2 / 3)
    assert document["precision_at_5"] <= document["precision_at_10"]
    assert document["evaluated"] == 3
    assert document["coverage"] == pytest.approx(3 / 5)
    assert document["score"] == "cosine"
    assert sorted(document["skipped"].values()) == [1, 1]
    assert list(document["stages"]) == ["start", "raw", "refined"]
    assert document["stages"]["refined"]["precision_at_1"] == document["precision_at_1"]
    assert document["stages"]["start"]["precision_at_1"] < document["precision_at_1"]


def test_the_text_shows_the_same_figures(invoke: Invoke, checkpoint: Path, lexicon: Path) -> None:
    result = invoke("evaluate", checkpoint, "--lexicon", lexicon)
    assert result.exit_code == 0
    assert "0.667" in result.stdout
    assert "3 words, 60.0% of the lexicon's source words" in result.stdout
    assert result.stdout.count("skipped 1") == 2


def test_a_malformed_lexicon_is_named_with_its_line(
    invoke: Invoke, checkpoint: Path, tmp_path: Path
) -> None:
    path = tmp_path / "lexicon.txt"
    path.write_text("fr-1 es-1\nfr-2 es-2 es-3\n")
    result = invoke("evaluate", checkpoint, "--lexicon", path)
    assert result.exit_code == 1
    assert f"{path}:2:" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_lexicon_is_required(invoke: Invoke, checkpoint: Path) -> None:
    assert invoke("evaluate", checkpoint).exit_code == 2


def test_several_checkpoints_stand_in_one_table(
    invoke: Invoke, checkpoint: Path, lexicon: Path, tmp_path: Path
) -> None:
    whole = load_checkpoint(checkpoint)
    save_checkpoint(whole.at_stage(whole.alignment.stages[0]), tmp_path / "start")
    both = ("evaluate", checkpoint, tmp_path / "start", "--lexicon", lexicon)
    document = json.loads(invoke(*both, "--json").stdout)["checkpoints"]
    one = json.loads(invoke("evaluate", checkpoint, "--lexicon", lexicon, "--json").stdout)
    assert document[str(checkpoint)] == one
    assert document[str(tmp_path / "start")]["precision_at_1"] == pytest.approx(
        one["stages"]["start"]["precision_at_1"]
    )
    text = invoke(*both).stdout
    assert "MRR" in text
    assert f"{one['mean_reciprocal_rank']:.3f}" in text
