"""The runner of other programs: their command lines, one evaluator, and what a failure leaves."""

from __future__ import annotations

import dataclasses
import gzip
from pathlib import Path

import numpy as np
import pytest
import torch

from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.lexicon import Lexicon
from research.peers.__main__ import measure, prepare, table
from research.peers.evaluator import evaluate_aligned, translator_of
from research.peers.programs import PEERS, Aligned, Task
from tests.rotated_spaces import isometry

WORDS, DIMENSION = 60, 8
_COPIES = """
import shutil, sys
source, target, source_output, target_output = sys.argv[-4:]
shutil.copy(TARGET_OR_SOURCE, source_output)
shutil.copy(target, target_output)
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a collection of two languages whose words mean the same, line by line."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "toy" / "lexicons").mkdir(parents=True)
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((WORDS, DIMENSION))
    for language, side in (("en", vectors), ("ru", vectors @ isometry(rng, DIMENSION, DIMENSION))):
        lines = [f"{WORDS} {DIMENSION}"]
        lines += [f"{language}{i} {' '.join(map(str, row))}" for i, row in enumerate(side)]
        path = folder / "toy" / f"{language}.vec.gz"
        path.write_bytes(gzip.compress("\n".join(lines).encode()))
    for part in ("train", "test"):
        pairs = "".join(f"en{i} ru{i}\n" for i in range(WORDS))
        (folder / "toy" / "lexicons" / f"en-ru.{part}.txt").write_text(pairs)
    return folder


def task_of(data: Path, scratch: Path) -> Task:
    return prepare(data, "toy:en-ru", scratch)


def test_an_aligned_program_is_measured_and_a_wrong_one_found_out(
    data: Path, tmp_path: Path
) -> None:
    task = task_of(data, tmp_path)
    clone = tmp_path / "vecmap"
    clone.mkdir()
    program = clone / "map_embeddings.py"
    # Both sides write the rows of the target: the words mean the same, line by line.
    program.write_text(
        "import sys\nlines = open(sys.argv[-3]).read()\n"
        "open(sys.argv[-2], 'w').write(lines.replace('ru', 'en'))\n"
        "open(sys.argv[-1], 'w').write(lines)\n"
    )
    row = measure(PEERS["vecmap-supervised"], clone, task, "toy:en-ru")
    assert (row["precision_at_1"], row["mean_reciprocal_rank"], row["evaluated"]) == (1, 1, WORDS)
    assert row["failure"] is None
    assert row["seconds"] > 0 or row["processor_seconds"] > 0
    program.write_text(_COPIES.replace("TARGET_OR_SOURCE", "source"))
    wrong = measure(PEERS["vecmap-supervised"], clone, task, "toy:en-ru")
    assert wrong["precision_at_1"] < 0.2
    program.write_text("raise SystemExit('no cupy')")
    failed = measure(PEERS["vecmap-supervised"], clone, task, "toy:en-ru")
    assert failed["failure"] == "no cupy"
    assert "| no cupy |" in table([failed])


def test_what_is_cut_is_told(data: Path, tmp_path: Path) -> None:
    task = dataclasses.replace(task_of(data, tmp_path), cut=20)
    clone = tmp_path / "vecmap"
    clone.mkdir()
    (clone / "map_embeddings.py").write_text(_COPIES.replace("TARGET_OR_SOURCE", "target"))
    assert measure(PEERS["vecmap-unsupervised"], clone, task, "toy:en-ru")["cut"] == 20
    assert measure(PEERS["vecmap-supervised"], clone, task, "toy:en-ru")["cut"] is None


def test_a_target_that_was_compared_on_its_mean_is_put_there() -> None:
    rng = np.random.default_rng(1)
    vectors = (rng.standard_normal((WORDS, DIMENSION)) + 3).astype(np.float32)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    centred = unit - unit.mean(axis=0)
    source = EmbeddingSpace("en", tuple(f"en{i}" for i in range(WORDS)), centred)
    target = EmbeddingSpace("ru", tuple(f"ru{i}" for i in range(WORDS)), vectors)
    translator = translator_of(source, target, centred=True)
    found = translator.search(source.vectors, k=1, score="cosine")
    assert [one.word for (one,) in found] == list(target.words)
    assert min(one.score for (one,) in found) == pytest.approx(1, abs=1e-5)


def test_vectors_of_a_tensor_are_those_of_the_words_that_were_given(
    data: Path, tmp_path: Path
) -> None:
    task = task_of(data, tmp_path)
    same = torch.randn(WORDS, DIMENSION, generator=torch.Generator().manual_seed(0))
    for name in ("source", "target"):
        torch.save(same, tmp_path / f"{name}.pt")
    aligned = Aligned(source=tmp_path / "source.pt", target=tmp_path / "target.pt")
    ranks = evaluate_aligned(aligned, task, Lexicon({"en3": ("ru3",), "en4": ("ru5",)}))
    assert ranks.ranks[0] == 0
    assert ranks.ranks[1] > 0


def test_each_program_stands_after_the_one_that_it_starts_from() -> None:
    names = list(PEERS)
    for peer in PEERS.values():
        assert peer.after is None or names.index(peer.after) < names.index(peer.name)
