"""The benchmark of where training time goes: how it splits a fit, and a tiny run of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from isogloss.models.spaces import read_space
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from research.benchmarks import training_cost
from research.measurement import read_results


def test_the_time_of_a_fit_is_split_where_its_stages_end() -> None:
    observed = [
        (1.0, "start 1 of 4: similarity-profiles"),
        (2.0, "start 1 of 4: similarity-profiles, cooling"),
        (3.0, "start 1 of 4: similarity-profiles, judged"),
        (7.0, "neural-gw"),
        (9.0, "neural-gw"),
        (12.0, "refinement"),
        (14.0, "pairs"),
        (17.0, "fine-tuning"),
    ]
    phases = training_cost.phases_of(observed, 0.0, 18.0)
    assert phases == {
        "starts": 3.0,
        "judge": 4.0,
        "game": 2.0,
        "refinement": 3.0,
        "pairs": 2.0,
        "fine_tuning": 3.0,
        "criterion": 1.0,
    }


@pytest.mark.parametrize("seen", [0, 3, 5, 6])
def test_no_time_is_lost_where_stages_are_left_out(seen: int) -> None:
    names = ["start 1", "start 1, judged", "start 1, judged", "neural-gw", "refinement", "x"]
    observed = [(float(second), name) for second, name in enumerate(names[:seen], start=1)]
    phases = training_cost.phases_of(observed, 0.5, 9.5)
    assert sum(phases.values()) == pytest.approx(9.0)
    assert min(phases.values()) >= 0


def test_fewer_dimensions_keep_the_most_of_the_vectors() -> None:
    rng = np.random.default_rng(0)
    vectors = (rng.standard_normal((200, 6)) * [9, 5, 3, 1, 0.1, 0.1]).astype(np.float32)
    space = EmbeddingSpace("fr", tuple(map(str, range(200))), vectors)
    kept = training_cost.components(space, 4)
    assert kept.dimension == 4
    assert (np.linalg.norm(kept.vectors, axis=1) > 0.98).mean() > 0.95
    assert training_cost.components(space, 6) is space


def test_made_up_words_come_last_and_are_of_the_same_size_as_the_others(tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).standard_normal((300, 20)).astype(np.float32)
    space = EmbeddingSpace("fr", tuple(f"word{row}" for row in range(300)), vectors)
    grown = training_cost.with_rarer_words(space, 900, seed=1)
    assert grown.words[:300] == space.words
    assert len(set(grown.words)) == 900
    np.testing.assert_array_equal(grown.vectors[:300], vectors)
    lengths = np.linalg.norm(grown.vectors, axis=1)
    assert 0.6 < lengths[300:].mean() / lengths[:300].mean() < 1.2

    file = tmp_path / "fr.txt"
    lines = [
        f"{word} {' '.join(map(str, row))}" for word, row in zip(space.words, vectors, strict=True)
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert training_cost.of_size(file, 400, tmp_path) == file
    read = read_space(training_cost.of_size(file, 900, tmp_path), language="fr").space
    assert len(read) == 900
    np.testing.assert_allclose(read.vectors[:300], vectors, atol=1e-4)


def test_the_table_adds_up_and_the_picture_is_small(tmp_path: Path) -> None:
    path = tmp_path / "cost.json"
    seconds = dict.fromkeys(training_cost.PHASES, 1.0)
    for words, dimension in ((20000, 300), (5000, 300), (20000, 100)):
        row = {
            "words": [words, words],
            "dimension": dimension,
            "device": "cpu",
            "seconds": seconds,
        }
        training_cost.add_row(row, path)
    training_cost.add_row({**row, "seconds": {**seconds, "game": 3.0}}, path)
    on_gpu = {**row, "device": "cuda", "words": [5000, 5000], "dimension": 300}
    rows = read_results(path)
    assert len(rows) == 3
    training_cost.add_row(on_gpu, path)
    assert "| 5,000 × 300, GPU |" in training_cost.table(read_results(path))
    lines = training_cost.table(rows).splitlines()
    assert lines[0] == "| processor seconds | 20,000 × 100 | 5,000 × 300 | 20,000 × 300 |"
    assert lines[-1] == "| **all** | 14 | 12 | 12 |"
    training_cost.draw(rows, tmp_path / "cost.png")
    assert 3000 < (tmp_path / "cost.png").stat().st_size < 60_000
