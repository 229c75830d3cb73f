"""Tables of `python -m research.papers robot`, from its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from research.measurement import spread_of

Row = dict[str, Any]

LINEAR_METHODS = (
    "least squares",
    "trimmed least squares",
    "alternating minimisation",
    "ROBOT",
    "ROBOT, then alternation",
    "ROBOT, inexact",
    "oracle",
)
MOMENT_METHODS = (
    "moments",
    "moments, alternating minimisation",
    "moments, ROBOT",
    "moments, ROBOT, then alternation",
)
SEARCH_METHODS = ("moments, perturbed alternation", "truth, alternated")
GROUP_METHODS = ("least squares", "alternating minimisation", "ROBOT", "oracle")


def tables(rows: Sequence[Row]) -> str:
    """Lay out every part that was measured, as Markdown; parted by empty lines."""
    makers: dict[str, Callable[[Sequence[Row]], str]] = {
        "share": lambda found: _table(found, "share shuffled", "share", LINEAR_METHODS),
        "noise": lambda found: "\n\n".join(
            _table(found, "signal to noise", "signal_to_noise", methods)
            for methods in (LINEAR_METHODS, MOMENT_METHODS)
        ),
        "search": _search,
        "outliers": lambda found: _table(found, "outliers", "outliers", LINEAR_METHODS),
        "groups": _groups,
    }
    found = []
    for part, maker in makers.items():
        of_part = [row for row in rows if row["part"] == part]
        if of_part:
            found.append(maker(of_part))
    return "\n\n".join(found)


def _table(rows: Sequence[Row], title: str, key: str, methods: Sequence[str]) -> str:
    lines = (
        _line([f"{value:g}"], [row for row in rows if row[key] == value], methods)
        for value in dict.fromkeys(row[key] for row in rows)
    )
    return "\n".join([_head([title], methods), *lines])


def _search(rows: Sequence[Row]) -> str:
    found, truth = SEARCH_METHODS
    lines = [
        "| signal to noise | seeds | error, found | error, truth alternated | seeds in which what "
        "was found costs less than the truth |",
        "|---|---|---|---|---|",
    ]
    for noise in dict.fromkeys(row["signal_to_noise"] for row in rows):
        of_case = [row for row in rows if row["signal_to_noise"] == noise]
        costs = {(row["seed"], row["method"]): row["cost"] for row in of_case}
        seeds = dict.fromkeys(row["seed"] for row in of_case)
        cheaper = sum(costs[seed, found] < costs[seed, truth] for seed in seeds)
        cells = [f"{noise:g}", str(len(seeds))]
        for method in SEARCH_METHODS:
            spread = spread_of(row["error"] for row in of_case if row["method"] == method)
            cells.append(f"{spread.median:.3f} ({spread.smallest:.3f} to {spread.largest:.3f})")
        lines.append(f"| {' | '.join([*cells, str(cheaper)])} |")
    return "\n".join(lines)


def _groups(rows: Sequence[Row]) -> str:
    lines = [_head(["function", "rows of a group"], GROUP_METHODS)]
    for case in dict.fromkeys((row["function"], row["size"]) for row in rows):
        of_case = [row for row in rows if (row["function"], row["size"]) == case]
        lines.append(_line([str(part) for part in case], of_case, GROUP_METHODS))
    return "\n".join(lines)


def _head(titles: Sequence[str], methods: Sequence[str]) -> str:
    columns = [*titles, *methods]
    return f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"


def _line(names: Sequence[str], rows: Sequence[Row], methods: Sequence[str]) -> str:
    cells = list(names)
    for method in methods:
        spread = spread_of(row["error"] for row in rows if row["method"] == method)
        cell = f"{spread.median:.3f}"
        if spread.count > 1:
            cell += f" ({spread.smallest:.3f} to {spread.largest:.3f})"
        cells.append(cell)
    return f"| {' | '.join(cells)} |"
