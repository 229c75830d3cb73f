"""The tables of the README are the ones that were measured."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from benchmarks import hub, matching

README = Path(__file__).parents[3] / "models" / "transport" / "README.md"


@pytest.mark.parametrize("benchmark", [hub, matching], ids=["hub", "matching"])
def test_the_tables_are_the_measured_ones(benchmark: ModuleType) -> None:
    text = README.read_text(encoding="utf-8")
    for table in benchmark.table(benchmark.read_rows()).split("\n\n"):
        assert table in text
