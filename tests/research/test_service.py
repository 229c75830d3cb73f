"""The tables about the service are those that were measured."""

from __future__ import annotations

from pathlib import Path

from research.benchmarks import indexes, serving
from research.measurement import read_results

README = Path(__file__).parents[1] / "service" / "README.md"


def test_the_server_and_not_the_load_generator_was_the_bottleneck() -> None:
    for row in read_results(serving.RESULTS):
        for name in ("constant", "known", "vectors"):
            assert row[f"{name}_server_share"] > 0.9, (row["words"], name)
            assert row[f"{name}_generator_share"] < 0.5, (row["words"], name)
        assert all(
            measured[name]["wrong"] == 0
            for measured in row["rounds"]
            for name in ("constant", "known", "vectors")
        )


def test_the_measured_indexes_find_what_was_asked_for() -> None:
    approximate = [row for row in read_results(indexes.RESULTS) if "effort" in row]
    assert approximate
    assert all(row["recall"] >= 0.99 for row in approximate)
