"""The tables of `python -m research.papers negw`, as Markdown."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from research.measurement import spread_of

Rows = Sequence[Mapping[str, Any]]


def table(rows: Rows) -> str:
    """Lay out all experiments; the paper shows curves without numbers."""
    parts = [
        lines
        for lines in (
            error_table(rows, "uniform"),
            error_table(rows, "gaussians"),
            marginal_table(rows),
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
        f"| {part}, d | seeds | " + " | ".join(f"n = {n:,}" for n in counts) + " | slope |",
        "|---|---|" + "---|" * (len(counts) + 1),
    ]
    for d in sorted({row["dimension"] for row in own}):
        group = [row for row in own if row["dimension"] == d]
        cells = []
        for n in counts:
            at = [row for row in group if row["points"] == n]
            cells.append(_cell(at) if at else "—")
        fitted = slope(group)
        seeds = len({row["seed"] for row in group})
        told = f"{fitted.value:.2f} ± {fitted.standard_error:.2f}"
        lines.append(f"| {d} | {seeds} | " + " | ".join(cells) + f" | {told} |")
    return "\n".join(lines)


class Slope(NamedTuple):
    """A slope and its standard error."""

    value: float
    standard_error: float


def slope(rows: Rows) -> Slope:
    """Slope of log error over log n by least squares; −½ in theory.

    The error at an n is the root mean square over the seeds. The standard error is that of the
    line, NaN for fewer than three n.
    """
    counts = sorted({row["points"] for row in rows})
    if len(counts) < 2:
        return Slope(math.nan, math.nan)
    xs = [math.log(n) for n in counts]
    ys = [
        math.log(_root_mean_square(row["error"] for row in rows if row["points"] == n) + 1e-12)
        for n in counts
    ]
    fitted = statistics.linear_regression(xs, ys)
    rest = sum((y - fitted.intercept - fitted.slope * x) ** 2 for x, y in zip(xs, ys, strict=True))
    spread = sum((x - statistics.fmean(xs)) ** 2 for x in xs)
    freedom = len(counts) - 2
    return Slope(fitted.slope, math.sqrt(rest / freedom / spread) if freedom else math.nan)


def marginal_table(rows: Rows) -> str:
    """How far the marginals are off at held-out points, the worse side, beside what bounds them.

    At the largest n of Sinkhorn its plan of the same points; at the largest of all the best plan of
    the sample's covariances and that of the distribution, or what the network finds from points
    none of which it sees twice.
    """
    checked = [row for row in rows if "marginal_errors" in row]
    if not checked:
        return ""
    lines = [
        "| marginals | d | n | NEGW | Sinkhorn | best plan of the sample's covariances "
        "| best plan | NEGW on fresh points | nats: NEGW | of the covariances | best |",
        "|---" * 11 + "|",
    ]
    keys = sorted({(row["part"], row["dimension"], row["points"]) for row in checked})
    for key in keys:
        group = [row for row in checked if (row["part"], row["dimension"], row["points"]) == key]
        cells = [
            *(_worse(group, f"{of}marginal_errors") for of in ("", *_BOUNDS)),
            *(_nats(group, f"{of}relative_entropy") for of in ("", "sample_", "exact_")),
        ]
        part, d, n = key
        lines.append(f"| {part} | {d} | {n:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


_BOUNDS = ("sinkhorn_", "sample_", "exact_", "fresh_")


def _worse(group: Rows, name: str) -> str:
    found = [max(row[name]) for row in group if name in row]
    if not found:
        return "—"
    worse = spread_of(found).median
    return f"{worse:.2%}" if worse < 1 else f"over {10 ** math.floor(math.log10(worse)):.0%}"


def _nats(group: Rows, name: str) -> str:
    found = [row[name] for row in group if name in row]
    if not found:
        return "—"
    nats = spread_of(found).median
    return f"{nats:.2f}" if nats < 100 else "over 100"


def _root_mean_square(values: Iterable[float]) -> float:
    return math.sqrt(statistics.fmean(value**2 for value in values))


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
    cell = f"{_root_mean_square(row['error'] for row in group):.2%}"
    if all("sinkhorn_error" in row for row in group):
        other = _root_mean_square(row["sinkhorn_error"] for row in group)
        same = _root_mean_square(row["same_sample_error"] for row in group)
        cell += f" ({other:.2%}, {same:.2%})"
    return cell
