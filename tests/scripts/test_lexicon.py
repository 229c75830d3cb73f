import json
from pathlib import Path

import pytest

from tests.scripts.conftest import Invoke

MATCHINGS = pytest.mark.parametrize("matching", ["mutual", "ipot"])


@MATCHINGS
def test_every_word_of_a_rotation_finds_itself(
    invoke: Invoke, checkpoint: Path, matching: str
) -> None:
    result = invoke("lexicon", checkpoint, "--matching", matching)
    assert result.exit_code == 0
    lines = [line.split("\t") for line in result.stdout.splitlines()]
    assert {(source, target) for source, target, _ in lines} == {
        (f"fr-{i}", f"es-{i}") for i in range(60)
    }
    scores = [float(score) for _, _, score in lines]
    assert scores == sorted(scores, reverse=True)


@MATCHINGS
def test_a_file_and_its_summary(
    invoke: Invoke, checkpoint: Path, tmp_path: Path, matching: str
) -> None:
    output = tmp_path / "fr-es.tsv"
    arguments = ("--matching", matching, "--limit", 20, "--output", output, "--json")
    document = json.loads(invoke("lexicon", checkpoint, *arguments).stdout)
    lines = output.read_text(encoding="utf-8").splitlines()
    assert document["pairs"] == len(lines) == 20
    assert document["matching"] == matching
    assert document["output"] == str(output)
    assert "entries" not in document


def test_low_scores_are_left_out(invoke: Invoke, checkpoint: Path) -> None:
    entries = json.loads(invoke("lexicon", checkpoint, "--json").stdout)["entries"]
    bound = sorted(entry["score"] for entry in entries)[30]
    kept = json.loads(invoke("lexicon", checkpoint, "--json", "--min-score", bound).stdout)
    assert kept["pairs"] == 30
    assert min(entry["score"] for entry in kept["entries"]) >= bound


def test_a_place_that_cannot_be_written_is_named(
    invoke: Invoke, checkpoint: Path, tmp_path: Path
) -> None:
    result = invoke("lexicon", checkpoint, "--output", tmp_path / "none" / "lexicon.tsv")
    assert result.exit_code == 1
    assert "lexicon.tsv: cannot be written" in result.stderr
