"""The benchmark of the verdict: its spaces, its counts and what its tables say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from research.benchmarks import estimates, verdict, verdict_tables
from research.benchmarks.unrelated_spaces import SYNTHETIC, unrelated
from research.measurement import read_results


@pytest.mark.parametrize("kind", SYNTHETIC)
def test_unrelated_spaces_have_the_sizes_asked_for_and_depend_on_the_seed(kind: str) -> None:
    first, again, other = (unrelated(kind, (30, 20), (5, 4), seed, None) for seed in (1, 1, 2))
    assert [side.vectors.shape for side in first] == [(30, 5), (20, 4)]
    assert all(np.array_equal(a.vectors, b.vectors) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0].vectors, other[0].vectors)


def test_runs_are_counted_cell_by_cell_and_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict, "SIZES", {10: (2, (5,))})
    monkeypatch.setattr(verdict, "COPY_SIZES", (50,))
    monkeypatch.setattr(verdict, "COPY_DIMENSIONS", (5,))
    path = tmp_path / "verdict.json"
    verdict.measure_all(None, None, path=path)
    rows = read_results(path)
    assert len(rows) == 1 + len(SYNTHETIC)
    for row in rows[1:]:
        counts = [row[name] for name in ("found", "not_found", "cannot_be_judged", "refused")]
        assert sum(counts) == row["runs"] == 2
        assert row["found"] == 0
    (copies,) = (row for row in rows if row["part"] == "copies")
    # An exact copy is found, and one that is mostly noise is not.
    assert copies["found"]["0.0"] == verdict_tables.COPY_SEEDS
    assert copies["found"]["1.3"] == 0
    before = path.read_bytes()
    verdict.measure_all(None, None, path=path)
    assert path.read_bytes() == before


def test_the_runs_that_are_planned_are_at_least_two_thousand() -> None:
    cells = list(verdict.unrelated_cells(Path()))
    assert sum(runs for *_, runs in cells) >= 2000
    assert len({cell[:3] for cell in cells}) == len(cells)


def test_the_errors_of_estimates_are_estimate_less_precision() -> None:
    row = {
        "pair": "docs:fr-es",
        "fit": "self-learning",
        "agreement": 0.86,
        "estimates": {str(words): 0.8 for words in estimates.WORDS},
        "train": 0.75,
        "test": 0.9,
    }
    lost = {"pair": "docs:en-de", "fit": "self-learning", "agreement": 0.06}
    assert estimates.errors([row, lost], 2000, "train") == [pytest.approx(0.05)]
    assert estimates.table([row, lost]).splitlines()[2:4] == [
        "| 500 | train | 1 | +0.050 | 0.050 | 0.050 |",
        "| 500 | test | 1 | -0.100 | 0.100 | 0.100 |",
    ]
    assert "| docs en→de | self-learning | 0.06 | — |" in estimates.table_of_pairs([row, lost])
