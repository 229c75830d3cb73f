"""Tables of `python -m research.papers spot`, from its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from research.measurement import grouped, spread_of

Row = Mapping[str, Any]


def tables(rows: Sequence[Row]) -> str:
    """Lay out every part that was measured, as Markdown; parted by empty lines."""
    makers = {"widths": _widths, "pairs": _pairs, "marginals": _marginals, "density": _density}
    found = []
    for part, maker in makers.items():
        of_part = [row for row in rows if row["part"] == part]
        if of_part:
            found.append(maker(of_part))
    return "\n\n".join(found)


def _widths(rows: Sequence[Row]) -> str:
    lines = [
        "| hidden units | seeds | distance (5) | error % | error %, paper "
        "| means off by | deviations off by |",
        "|---|---|---|---|---|---|---|",
    ]
    for width, group in grouped(rows, "width").items():
        paper = "0.3 to 0.6" if width == 8 else "picture"
        lines.append(
            f"| {width} | {len(group)} | {spread(group, 'cost', 3)} "
            f"| {spread(group, 'error_percent', 1)} | {paper} "
            f"| {spread(group, 'mean_error', 3)} | {spread(group, 'deviation_error', 2)} |"
        )
    return "\n".join(lines)


def _pairs(rows: Sequence[Row]) -> str:
    lines = [
        "| marginals | seeds | E‖x − y‖², SPOT | linear program, 1,000 points "
        "| means off by | deviations off by |",
        "|---|---|---|---|---|---|",
    ]
    for case, group in grouped(rows, "case").items():
        lines.append(
            f"| {case} | {len(group)} | {spread(group, 'cost', 2)} | {spread(group, 'exact', 2)} "
            f"| {spread(group, 'mean_error', 3)} | {spread(group, 'deviation_error', 2)} |"
        )
    return "\n".join(lines)


def _marginals(rows: Sequence[Row]) -> str:
    return "\n".join(
        [
            "| three Gaussians | seeds | cost | optimum | means off by | deviations off by |",
            "|---|---|---|---|---|---|",
            f"| Σ over pairs ‖x − y‖² | {len(rows)} | {spread(rows, 'cost', 2)} "
            f"| {rows[0]['exact']:.0f} | {spread(rows, 'mean_error', 3)} "
            f"| {spread(rows, 'deviation_error', 2)} |",
        ]
    )


def _density(rows: Sequence[Row]) -> str:
    lines = [
        "| case | ε | seeds | plan, from Sinkhorn's | independent, from Sinkhorn's "
        "| worse marginal |",
        "|---|---|---|---|---|---|",
    ]
    for (case, epsilon), group in grouped(rows, "case", "epsilon").items():
        lines.append(
            f"| {case} | {epsilon:g} | {len(group)} | {spread(group, 'total_variation', 3)} "
            f"| {group[0]['independent']:.3f} | {spread(group, 'marginals', 3)} |"
        )
    return "\n".join(lines)


def spread(rows: Sequence[Row], name: str, digits: int) -> str:
    """Give the median of a figure; for several seeds with the least and the greatest."""
    found = spread_of(row[name] for row in rows)
    if found.count == 1:
        return f"{found.median:.{digits}f}"
    return f"{found.median:.{digits}f} ({found.smallest:.{digits}f} to {found.largest:.{digits}f})"
