"""The tables of the README are the ones that were measured."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest

from research.benchmarks import hub, matching
from research.measurement import read_results
from research.papers import ipot_tables

ROOT = Path(__file__).parents[3]
README = ROOT / "models" / "transport" / "README.md"


@pytest.mark.parametrize("benchmark", [hub, matching], ids=["hub", "matching"])
def test_the_tables_are_the_measured_ones(benchmark: ModuleType) -> None:
    text = README.read_text(encoding="utf-8")
    for table in benchmark.table(read_results(benchmark.RESULTS)).split("\n\n"):
        assert table in text


def test_the_tables_of_ipot_are_the_measured_ones() -> None:
    results = json.loads((ROOT / "research" / "results" / "ipot.json").read_text(encoding="utf-8"))
    text = README.read_text(encoding="utf-8")
    for table in ipot_tables.tables(results["rows"]).split("\n\n"):
        assert table in text
