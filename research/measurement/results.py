"""A file of measured rows, and the median and spread of several seeds."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

from research.measurement.environment import describe_environment


@dataclass(frozen=True, slots=True)
class Spread:
    """One figure over several seeds.

    Attributes:
        median: Middle value.
        smallest: Smallest value.
        largest: Largest value.
        count: How many seeds.

    """

    median: float
    smallest: float
    largest: float
    count: int


def spread_of(values: Iterable[float]) -> Spread:
    """Sum up the figures of several seeds.

    Raises:
        StatisticsError: There are none.

    """
    figures = sorted(values)
    return Spread(statistics.median(figures), figures[0], figures[-1], len(figures))


def grouped(rows: Iterable[Mapping[str, Any]], *names: str) -> dict[Any, list[Mapping[str, Any]]]:
    """Gather rows by one figure, or by several as a tuple; groups in the order of their first."""
    key = itemgetter(*names)
    groups: dict[Any, list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def pair_title(pair: str) -> str:
    """Show ``docs:fr-es`` as ``docs fr→es``, ``docs:es novels:en`` as ``docs es → novels en``."""
    return pair.replace("-", "→").replace(" ", " → ").replace(":", " ")


def read_results(path: Path) -> list[dict[str, Any]]:
    """Read the rows that were measured so far; none where there is no such file yet."""
    if not path.exists():
        return []
    rows: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["rows"]
    return rows


def add_result(
    path: Path,
    row: Mapping[str, Any],
    *,
    key: Callable[[Mapping[str, Any]], Any],
    settings: Mapping[str, object],
) -> list[dict[str, Any]]:
    """Save a row in place of an older one of the same key, all in the order of their keys.

    Returns:
        All rows of the file.

    """
    kept = [old for old in read_results(path) if key(old) != key(row)]
    rows = sorted([*kept, dict(row)], key=key)
    save_results(path, rows, settings)
    return rows


def save_results(
    path: Path, rows: Sequence[Mapping[str, object]], settings: Mapping[str, object]
) -> None:
    """Write measured rows as JSON, with the settings, machine and versions they were made with.

    Args:
        path: File to write; its folder is made where it is missing.
        rows: One mapping per measurement, ready for JSON, each with its seed.
        settings: What the rows have in common: sizes, steps, tolerances.

    """
    document = {
        "environment": describe_environment(),
        "settings": dict(settings),
        "rows": [dict(row) for row in rows],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n", "utf-8"
    )
