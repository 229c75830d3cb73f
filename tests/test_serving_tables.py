"""The tables about the service are those that were measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from research.benchmarks import indexes, serving
from research.measurement import read_results

README = Path(__file__).parents[1] / "service" / "README.md"


@pytest.mark.parametrize("table", [serving.table, serving.memory_table])
def test_the_tables_of_the_readme_are_the_measured_ones(table: object) -> None:
    rows = read_results(serving.RESULTS)
    assert rows
    assert table(rows) in README.read_text(encoding="utf-8")  # type: ignore[operator]


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


def test_the_table_of_the_indexes_is_the_measured_one() -> None:
    rows = read_results(indexes.RESULTS)
    assert indexes.table(rows) in README.read_text(encoding="utf-8")


def test_the_measured_indexes_find_what_was_asked_for() -> None:
    approximate = [row for row in read_results(indexes.RESULTS) if "effort" in row]
    assert approximate
    assert all(row["recall"] >= 0.99 for row in approximate)
