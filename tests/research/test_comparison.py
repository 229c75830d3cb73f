"""The comparison of the aligners: a run of it at tiny size, and its table in the README."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from isogloss.models.aligners import ALIGNERS
from research.benchmarks import comparison
from tests.scripts.conftest import Pair


@pytest.fixture(scope="module")
def data(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of collections that holds the pair."""
    folder = tmp_path_factory.mktemp("data")
    lexicons = folder / "toy" / "lexicons"
    lexicons.mkdir(parents=True)
    for language, path in (("fr", pair.source), ("es", pair.target)):
        (folder / "toy" / f"{language}.vec.gz").write_bytes(gzip.compress(path.read_bytes()))
    lines = pair.lexicon.read_text("utf-8").splitlines(keepends=True)
    (lexicons / "fr-es.train.txt").write_text("".join(lines[:80]), "utf-8")
    (lexicons / "fr-es.test.txt").write_text("".join(lines[80:]), "utf-8")
    return folder


def test_all_aligners_are_compared() -> None:
    assert set(comparison.ORDER) == set(ALIGNERS)


def test_a_run_tells_precision_time_and_memory(data: Path, tmp_path: Path) -> None:
    run = comparison.measure(data, "toy:fr-es", "procrustes", seed=1)
    assert run["served"]["precision_at_1"] == 1
    assert run["evaluated"] == 40
    assert run["found"]
    assert 0 < run["processor_seconds"] < 100
    assert run["seconds"] > 0
    path = tmp_path / "comparison.json"
    other = {**run, "aligner": "pushforward", "found": False, "by_probability": None}
    for each in (other, run, {**run, "seed": 0}, run):
        comparison.add_run(each, path)
    runs = comparison.read_runs(path)
    assert [(each["aligner"], each["seed"]) for each in runs] == [
        ("procrustes", 0),
        ("procrustes", 1),
        ("pushforward", 1),
    ]
    first, second = comparison.table(runs).splitlines()[2:]
    assert first.startswith("| toy fr→es | `procrustes` | a dictionary | — | 1.000 | 1.000 | 1.000")
    assert "| 0 of 1 |" in second


def test_the_table_shows_medians_and_what_is_missing() -> None:
    run: dict[str, Any] = {
        "pair": "docs:fr-es",
        "aligner": "neural-gw",
        "seed": 0,
        "found": True,
        "served": {"precision_at_1": 0.5, "precision_at_5": 0.6, "precision_at_10": 0.7},
        "by_probability": None,
        "seconds": 10.0,
        "processor_seconds": 8.0,
        "peak_mebibytes": None,
    }
    others = [
        {**run, "seed": seed, "seconds": seconds, "peak_mebibytes": 1000 + seed}
        for seed, seconds in ((1, 20.0), (2, 99.0))
    ]
    line = comparison.table([run, *others]).splitlines()[-1]
    assert line == (
        "| docs fr→es | `neural-gw` | nothing | 3 of 3 | 0.500 | 0.600 | 0.700 | — | 20 | 8 "
        "| 1,002 |"
    )
