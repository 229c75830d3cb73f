"""The benchmark of criteria: it measures every map, and its tables say what the rows hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from isogloss.models.spaces.lexicon import Lexicon
from research.benchmarks import criteria
from research.benchmarks.robustness import Case
from research.measurement import read_results
from tests.models.aligners.samples import hidden_pair, small_recipe

README = Path(__file__).parents[2] / "models" / "README.md"


def test_every_map_is_measured_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = hidden_pair(words=500, noise=0.5)
    lexicon = Lexicon({word: (word,) for word in source.words})
    monkeypatch.setattr(criteria, "read_case", lambda *_: Case(source, target, lexicon, lexicon))
    path = tmp_path / "criteria.json"
    criteria.measure_all(tmp_path, ["a:b-c", "a:b-c"], recipe=small_recipe(), path=path)
    (row,) = read_results(path)
    assert len(row["maps"]) == 12
    assert row["maps"]["self-learned"]["precision_at_1"] > 0.8
    for each in row["maps"].values():
        assert {*criteria.CRITERIA, "precision_at_1"} == set(each)
        assert all(0 <= value <= 1 for value in each.values())


def _row(**mutual_shares: float) -> dict[str, Any]:
    """Two maps; the first is the better one, and the others' criteria prefer it."""
    precision = {"a": 0.8, "b": 0.75}
    maps = {
        name: {
            "mutual_share": mutual_shares[name],
            "held_out_agreement": value,
            "nearest_cosine": -value,
            "precision_at_1": value,
        }
        for name, value in precision.items()
    }
    return {"pair": "docs:fr-es", "maps": maps}


def test_the_table_tells_a_criterion_that_ranks_from_one_that_does_not() -> None:
    lines = criteria.table_of_criteria([_row(a=0.6, b=0.5)]).splitlines()[2:]
    for line, label in zip(lines, ("all", "not fine-tuned"), strict=True):
        assert line == (
            f"| docs fr→es, {label} | 2 | 0.750 to 0.800 "
            "| 1.00, 0.000 | 1.00, 0.000 | -1.00, 0.050 |"
        )
