"""The table of `python -m research.papers ngw-gaussians`, and the paper's figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from research.measurement import grouped, spread_of

_EXPECTED_SQUARE = 1.75
"""Mean of a squared eigenvalue drawn from [½, 2]: the paper does not tell its draw."""


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A row of Table 1.

    Attributes:
        closed_form: Of the paper's draw.
        regression: innerGW of the regression on the discrete plan.
        ngw: innerGW of NGW.
        uvp_regression: BW₂²-UVP of the regression, in percent.
        uvp_ngw: BW₂²-UVP of NGW, in percent.

    """

    closed_form: float
    regression: float
    ngw: float
    uvp_regression: float
    uvp_ngw: float

    def excess(self, value: float, m: int, n: int) -> float:
        """Excess over the closed form in percent of its scale, taken at its expectation."""
        return 100 * (value - self.closed_form) / (_EXPECTED_SQUARE * (m + n))


PAPER: Mapping[tuple[int, int], PaperRow] = {
    (1024, 256): PaperRow(1024.04, 1635.45, 1553.3, 0.28, 1.1),
    (1024, 64): PaperRow(1569.59, 1700.46, 1588.04, 0.07, 0.07),
    (1024, 16): PaperRow(1722.41, 1747.05, 1721.4, 0.04, 0.02),
    (1024, 4): PaperRow(1761.95, 1766.21, 1757.98, 0.20, 0.01),
    (256, 256): PaperRow(0.95, 346.60, 741.85, 1.01, 1.32),
    (256, 64): PaperRow(266.18, 386.12, 313.25, 0.50, 0.97),
    (256, 16): PaperRow(398.03, 415.71, 398.79, 0.19, 0.02),
    (256, 4): PaperRow(433.04, 430.39, 432.18, 0.07, 0.01),
    (64, 64): PaperRow(1.07, 67.38, 104.53, 0.83, 1.44),
    (64, 16): PaperRow(67.77, 84.60, 72.36, 0.21, 0.03),
    (64, 4): PaperRow(99.59, 101.41, 99.42, 0.04, 0.02),
    (16, 16): PaperRow(1.56, 8.73, 9.31, 0.28, 1.0),
    (16, 4): PaperRow(19.4, 19.54, 19.92, 0.01, 0.02),
    (4, 4): PaperRow(1.76, 0.59, 0.9, 0.01, 0.02),
}


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Lay out excess and BW₂²-UVP as Markdown: medians over the seeds, in brackets the range."""
    head = (
        "m→n", "seeds", "closed form", "innerGW, NGW", "excess %: start", "NGW", "NGW, paper",
        "regression", "regression, paper", "UVP %: NGW", "NGW, paper", "regression", "seconds",
    )  # fmt: skip
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    groups = grouped(rows, "source", "target").items()
    return "\n".join([*lines, *(_line(m, n, group) for (m, n), group in groups)])


def _line(m: int, n: int, group: Sequence[Mapping[str, Any]]) -> str:
    paper = PAPER.get((m, n))
    compared = [row for row in group if "discrete_regression" in row]
    cells = [
        f"{m}→{n}",
        str(len(group)),
        _median(row["closed_form"] for row in group),
        _median(row["ngw"]["inner_gw"] for row in group),
        _median(row["start"]["excess_percent"] for row in group),
        _with_range(row["ngw"]["excess_percent"] for row in group),
        f"{paper.excess(paper.ngw, m, n):.1f}" if paper else "—",
        _median(row["discrete_regression"]["excess_percent"] for row in compared),
        f"{paper.excess(paper.regression, m, n):.1f}" if paper else "—",
        _with_range(row["ngw"]["uvp_percent"] for row in group),
        f"{paper.uvp_ngw:.2f}" if paper else "—",
        _median(row["discrete_regression"]["uvp_percent"] for row in compared),
        f"{spread_of(row['seconds'] for row in group).median:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def _median(values: Iterable[float]) -> str:
    figures = list(values)
    return f"{spread_of(figures).median:.2f}" if figures else "—"


def _with_range(values: Iterable[float]) -> str:
    spread = spread_of(values)
    return f"{spread.median:.2f} ({spread.smallest:.2f} to {spread.largest:.2f})"
