"""The tables of `isogloss reproduce negw`, as Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scripts.measurement import spread_of

Rows = Sequence[Mapping[str, Any]]


def table(rows: Rows) -> str:
    """Lay out all experiments; the paper shows curves without numbers."""
    parts = [
        lines
        for lines in (
            error_table(rows, "uniform"),
            error_table(rows, "gaussians"),
            memory_table(rows),
            rotation_table(rows),
            digit_table(rows),
        )
        if lines
    ]
    return "\n\n".join(parts)


def error_table(rows: Rows, part: str) -> str:
    """Relative errors by dimension and sample size, in percent, and their slope in n."""
    own = [row for row in rows if row["part"] == part]
    if not own:
        return ""
    counts = sorted({row["points"] for row in own})
    lines = [
        f"| {part}, d | " + " | ".join(f"n = {n:,}" for n in counts) + " | slope | marginals |",
        "|---|" + "---|" * (len(counts) + 2),
    ]
    for d in sorted({row["dimension"] for row in own}):
        group = [row for row in own if row["dimension"] == d]
        cells = []
        for n in counts:
            at = [row for row in group if row["points"] == n]
            cells.append(_cell(at) if at else "—")
        marginals = spread_of(
            max(row["marginal_errors"]) for row in group if row["points"] == counts[-1]
        )
        lines.append(
            f"| {d} | " + " | ".join(cells) + f" | {slope(group):.2f} | {marginals.median:.2%} |"
        )
    return "\n".join(lines)


def slope(rows: Rows) -> float:
    """Slope of log error over log n by least squares, on the medians of the seeds; −½ in theory."""
    counts = sorted({row["points"] for row in rows})
    if len(counts) < 2:
        return math.nan
    xs = [math.log(n) for n in counts]
    ys = [
        math.log(spread_of(row["error"] for row in rows if row["points"] == n).median + 1e-12)
        for n in counts
    ]
    middle_x, middle_y = sum(xs) / len(xs), sum(ys) / len(ys)
    covariance = sum((x - middle_x) * (y - middle_y) for x, y in zip(xs, ys, strict=True))
    return covariance / sum((x - middle_x) ** 2 for x in xs)


def memory_table(rows: Rows) -> str:
    """Memory beside the data, and what Sinkhorn's kernel and plan would take."""
    own = [row for row in rows if row["part"] == "memory"]
    if not own:
        return ""
    lines = [
        "| n, 16-d | data, MiB | NEGW beside them, MiB | seconds | Sinkhorn's matrices, MiB |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['points']:,} | {row['data_mebibytes']:,.0f} | {row['extra_mebibytes']:,.0f} "
        f"| {row['seconds']:.0f} | {row['sinkhorn_mebibytes']:,.0f} |"
        for row in own
    ]
    return "\n".join(lines)


def rotation_table(rows: Rows) -> str:
    """Fig. 3a: the gap that turning leaves."""
    own = [row for row in rows if row["part"] == "rotations"]
    if not own:
        return ""
    lines = ["| seed | IGW(μ, μ) | IGW(U#μ, V#μ) | gap |", "|---|---|---|---|"]
    lines += [
        f"| {row['seed']} | {row['plain']:.5f} | {row['turned']:.5f} | {row['gap']:.2%} |"
        for row in own
    ]
    return "\n".join(lines)


def digit_table(rows: Rows) -> str:
    """Fig. 3b: the matrix of distances, times 1,000."""
    own = [row for row in rows if row["part"] == "digits"]
    if not own:
        return ""
    (row,) = own
    lines = [
        "| digit | " + " | ".join(str(digit) for digit in range(10)) + " |",
        "|---|" + "---|" * 10,
    ]
    lines += [
        f"| {digit} | " + " | ".join(f"{1000 * value:.1f}" for value in values) + " |"
        for digit, values in enumerate(row["matrix"])
    ]
    lines += ["", f"Largest relative difference to Sinkhorn: {row['largest_error']:.2%}."]
    return "\n".join(lines)


def _cell(rows: Iterable[Mapping[str, Any]]) -> str:
    group = list(rows)
    own = spread_of(row["error"] for row in group)
    cell = f"{own.median:.2%}"
    if all("sinkhorn_error" in row for row in group):
        other = spread_of(row["sinkhorn_error"] for row in group)
        same = spread_of(row["same_sample_error"] for row in group)
        cell += f" ({other.median:.2%}, {same.median:.2%})"
    return cell
