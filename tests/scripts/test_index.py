from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from isogloss.models.checkpoint import load_checkpoint, read_manifest
from tests.scripts.conftest import Invoke, Pair


@pytest.fixture
def own(checkpoint: Path, tmp_path: Path) -> Path:
    """A checkpoint that may be changed."""
    return Path(shutil.copytree(checkpoint, tmp_path / "fr-es"))


def test_the_table_is_added_and_taken_away(invoke: Invoke, own: Path) -> None:
    before = load_checkpoint(own)
    words = before.source.words
    result = invoke("index", own, "--precompute", "--width", 7)
    assert result.exit_code == 0, result.output
    assert "neighbours  7" in result.stdout
    after = load_checkpoint(own)
    assert after.table is not None
    assert after.table.width == 7
    assert after.translate(words, 7) == before.translate(words, 7)
    # What is already there stays where it is not spoken of.
    assert invoke("index", own, "--kind", "ivf").exit_code == 0
    assert load_checkpoint(own).table is not None
    assert invoke("index", own, "--no-precompute", "--kind", "flat").exit_code == 0
    plain = load_checkpoint(own)
    assert plain.table is None
    assert plain.retriever.approximate is None


@pytest.mark.parametrize("kind", ["hnsw", "ivf"])
def test_an_index_says_how_good_it_is(invoke: Invoke, own: Path, kind: str) -> None:
    arguments = ("--kind", kind, "--storage", "fp16", "--recall", 0.95, "--json")
    result = invoke("index", own, *arguments)
    assert result.exit_code == 0, result.output
    outcome = json.loads(result.stdout)
    entry = read_manifest(own).index
    assert entry is not None
    assert (outcome["kind"], outcome["storage"]) == (entry.kind, entry.storage) == (kind, "fp16")
    assert outcome["recall"] == entry.recall
    assert outcome["recall"] >= 0.95


def test_nothing_to_do_and_too_much_are_usage_errors(invoke: Invoke, own: Path) -> None:
    result = invoke("index", own)
    assert result.exit_code == 2
    assert "nothing to do" in result.stderr
    assert invoke("index", own, "--kind", "hnsw", "--recall", 2).exit_code == 2
    assert invoke("index", own, "--kind", "tree").exit_code == 2
    assert invoke("index", own, "--precompute", "--width", 0).exit_code == 2


def test_a_damaged_checkpoint_is_left_alone(invoke: Invoke, own: Path) -> None:
    file = own / "source-words.json"
    file.write_bytes(file.read_bytes()[:-1])
    before = {entry.name: entry.read_bytes() for entry in own.iterdir()}
    assert invoke("index", own, "--precompute").exit_code == 1
    assert {entry.name: entry.read_bytes() for entry in own.iterdir()} == before


def test_train_computes_the_neighbours_too(invoke: Invoke, pair: Pair, tmp_path: Path) -> None:
    output = tmp_path / "fr-es"
    supervised = ("--aligner", "procrustes", "--lexicon", pair.lexicon, "--precompute")
    result = invoke(*pair.arguments(output), *supervised)
    assert result.exit_code == 0, result.output
    table = load_checkpoint(output).table
    assert table is not None
    assert table.width == 50
