"""Sockets that send next to nothing keep nobody else out."""

from __future__ import annotations

import pytest

from research.benchmarks.attacks import slow
from research.benchmarks.attacks.victim import Victim


@pytest.mark.parametrize(
    ("kind", "sockets"), [("bodies", 520), ("streams", 32), ("uploads", 32), ("heads", 1010)]
)
def test_others_are_answered(victim: Victim, kind: str, sockets: int) -> None:
    seen, ready = slow.measure(victim, kind, sockets, 6.5)
    assert set(seen) == {200}
    assert sum(seen.values()) >= 1
    assert ready == 200
