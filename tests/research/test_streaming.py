from __future__ import annotations

from pathlib import Path

from research.benchmarks import streaming
from research.measurement import read_results

README = Path(__file__).parents[3] / "service" / "README.md"


def test_memory_stays_within_what_was_asked_for() -> None:
    measured = [
        row["peak_growth_mebibytes"] for row in read_results(streaming.RESULTS) if "share" in row
    ]
    assert measured
    assert all(isinstance(growth, float) and growth <= 200 for growth in measured)
