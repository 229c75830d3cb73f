"""`isogloss transfer-labels`: files in, a table of labels out, and errors that name their cause."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.scripts.conftest import Invoke, Pair


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.tsv"
    lines = [f"fr-{i}\t{'even' if i % 2 == 0 else 'odd'}\n" for i in range(40)]
    path.write_text("".join(lines) + "nowhere\teven\n", "utf-8")
    return path


@pytest.fixture
def fitted(invoke: Invoke, pair: Pair, tmp_path: Path) -> Path:
    """A checkpoint of the pair itself."""
    output = tmp_path / "fitted"
    supervision = ["--aligner", "procrustes", "--lexicon", pair.lexicon]
    assert invoke(*pair.arguments(output), *supervision).exit_code == 0
    return output


def arguments(pair: Pair, labels: Path, output: Path) -> list[object]:
    files = ["--source", pair.source, "--labels", labels, "--target", pair.target]
    return ["transfer-labels", *files, "--output", output, "--steps", 2]


def test_every_target_word_gets_a_label_with_probabilities(
    invoke: Invoke, pair: Pair, labels: Path, fitted: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out.tsv"
    call = [*arguments(pair, labels, output), "--checkpoint", fitted]
    result = invoke(*call)
    assert result.exit_code == 0, result.stderr
    header, *lines = [line.split("\t") for line in output.read_text("utf-8").splitlines()]
    assert header == ["word", "label", "even", "odd"]
    probabilities = np.array([[float(value) for value in line[2:]] for line in lines])
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=2e-4)
    for line, row in zip(lines, probabilities, strict=True):
        assert line[1] == header[2 + int(row.argmax())]
    assert f"{len(lines)} words, from 40 of 41 labelled words" in result.stdout
    # The target words are the source words rotated: their labels come back.
    expected = {f"es-{i}": "even" if i % 2 == 0 else "odd" for i in range(40)}
    assert np.mean([expected[w] == label for w, label, *_ in lines if w in expected]) > 0.9

    document = json.loads(invoke(*call, "--json").stdout)
    assert document["labels_used"] == 40
    assert document["agreement"] == document["verdict"]["agreement"] == 1.0
    assert sum(document["labels"].values()) == document["words"] == len(lines)


def test_one_space_for_both(invoke: Invoke, pair: Pair, labels: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.tsv"
    call = arguments(pair, labels, output)
    call[call.index(pair.target)] = pair.source
    result = invoke(*call, "--same-space")
    assert result.exit_code == 0, result.stderr
    assert output.read_text("utf-8").startswith("word\tlabel\teven\todd\nfr-0\teven\t")


def test_what_makes_no_sense_is_named(
    invoke: Invoke, pair: Pair, labels: Path, fitted: Path, tmp_path: Path
) -> None:
    call = arguments(pair, labels, tmp_path / "out.tsv")
    result = invoke(*call, "--checkpoint", fitted, "--same-space")
    assert result.exit_code == 2
    assert "--same-space" in result.stderr
    labels.write_text("fr-1 even\n", "utf-8")
    result = invoke(*call, "--checkpoint", fitted)
    assert result.exit_code == 1
    assert "labels.tsv:1: expected 'word<tab>label'" in result.stderr
    labels.write_text("nowhere\teven\n", "utf-8")
    result = invoke(*call, "--checkpoint", fitted)
    assert result.exit_code == 1
    assert "none of the 1 labelled words" in result.stderr
    assert not (tmp_path / "out.tsv").exists()
