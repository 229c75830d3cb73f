"""Large bodies of small items take a few copies of their bytes, and no time of others."""

from __future__ import annotations

import pytest

from research.benchmarks.attacks import bodies
from research.benchmarks.attacks.victim import Victim

STATUS = {"brackets": 400, "fields": 400}


@pytest.mark.parametrize(
    ("kind", "route"),
    [
        ("empty lists", "align"),
        ("empty lists", "search"),
        ("one long vector", "search"),
        ("empty words", "translate"),
        ("short words", "back"),
        ("short words", "neighbourhood"),
        ("brackets", "translate"),
        ("fields", "align"),
    ],
)
def test_what_is_sent_is_counted_before_anything_is_made_of_it(
    victim: Victim, kind: str, route: str
) -> None:
    status, seen = bodies.measure(victim, kind, route, 31)
    assert status == STATUS.get(kind, 413)
    assert seen.growth < 200, "a few copies of the body, and no object for each item"
    # The machine has other work; the table of faults has the figure for one that has none.
    assert seen.slowest_probe < 2
