"""The tables of `python -m research.papers joint-embedding`, from the rows that it keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from research.measurement import grouped

Row = Mapping[str, Any]

PUBLISHED: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "EW_λ, paper": {"SNAREseq": (0.000, 0.877), "scGEM": (0.000, 0.679)},
    "JMDS, paper": {"SNAREseq": (0.026, 0.896), "scGEM": (0.174, 0.491)},
    "SCOT, paper": {"SNAREseq": (0.596, 0.089), "scGEM": (0.248, 0.516)},
    "UnionCom, paper": {"SNAREseq": (0.257, 0.536), "scGEM": (0.373, 0.270)},
}
"""FOSCTTM and KNN-Acc of Table 1."""

_DATA = ("SNAREseq", "scGEM")
_FIGURES = ("FOSCTTM", "KNN-Acc")


def tables(rows: Sequence[Row]) -> str:
    """Lay out every part that was measured, as Markdown."""
    parts: dict[str, Callable[[Sequence[Row]], str]] = {
        "cells": cells_table,
        "shapes": shapes_table,
        "gaussians": gaussians_table,
        "circle": circle_table,
        "words": words_table,
    }
    by_part = {name: [row for row in rows if row["experiment"] == name] for name in parts}
    return "\n\n".join(parts[name](part) for name, part in by_part.items() if part)


def cells_table(rows: Sequence[Row]) -> str:
    """Table 1: the median of the seeds, the paper's rows, and the gap."""
    lines = _head("method", *(f"{name} {figure}" for name in _DATA for figure in _FIGURES))
    for method, group in grouped(rows, "method").items():
        cells: list[str] = []
        for name in _DATA:
            found = [row for row in group if row["data"] == name]
            cells += [_spread(row[key] for row in found) for key in ("foscttm", "label_accuracy")]
        lines.append(_line(method if method != "ours" else "EW_λ, ours, held-out 90 %", *cells))
    for method, figures in PUBLISHED.items():
        lines.append(_line(method, *(f"{value:.3f}" for name in _DATA for value in figures[name])))
    gaps = []
    for name in _DATA:
        ours = [row for row in rows if row["data"] == name and row["method"] == "ours"]
        for index, key in enumerate(("foscttm", "label_accuracy")):
            published = PUBLISHED["EW_λ, paper"][name][index]
            gaps.append(
                f"{median(float(row[key]) for row in ours) - published:+.3f}" if ours else "—"
            )
    lines.append(_line("gap: ours less the paper's", *gaps))
    return "\n".join(lines)


def shapes_table(rows: Sequence[Row]) -> str:
    """Distortion and explained spread by pair of shapes."""
    lines = _head(
        "pair", "relative distortion", "flat places explained", "by two principal components"
    )
    for pair, group in grouped(rows, "pair").items():
        lines.append(
            _line(
                pair,
                _both(group, "distortion"),
                _both(group, "explained"),
                _both(group, "components"),
            )
        )
    return "\n".join(lines)


def gaussians_table(rows: Sequence[Row]) -> str:
    """Lay out the matched components by data set."""
    lines = _head("mixture", "components matched", "relative distance", "relative distortion")
    for data, group in grouped(rows, "data").items():
        lines.append(
            _line(
                data,
                _spread(row["matched"] for row in group),
                _spread(row["relative_distance"] for row in group),
                _both(group, "distortion"),
            )
        )
    return "\n".join(lines)


def circle_table(rows: Sequence[Row]) -> str:
    """EW_λ / EW by concentration and λ."""
    penalties = sorted({row["penalty"] for row in rows})
    lines = _head("von Mises κ", "EW", *(f"λ = {penalty:g}" for penalty in penalties))
    for concentration, group in grouped(rows, "concentration").items():
        exact = group[0]["embedded_wasserstein"]
        cells = [
            f"{median(row['relaxed'] for row in group if row['penalty'] == penalty) / exact:.3f}"
            for penalty in penalties
        ]
        lines.append(_line(f"{concentration:g}", f"{exact:.3f}", *cells))
    return "\n".join(lines)


def words_table(rows: Sequence[Row]) -> str:
    """Time, memory and nearness of translations by number of words."""
    lines = _head("pair", "words a side", "seconds", "MiB", "agreement", "FOSCTTM (pairs)")
    lines += [
        _line(
            row["pair"],
            str(row["words"]),
            f"{row['seconds']:.0f}",
            f"{row['mebibytes']:.0f}",
            f"{row['agreement']:.3f}",
            f"{row['foscttm']:.3f} ({row['pairs']})",
        )
        for row in rows
    ]
    return "\n".join(lines)


def _both(rows: Sequence[Row], figure: str) -> str:
    keys = (f"source_{figure}", f"target_{figure}")
    if keys[0] not in rows[0]:
        return "—"
    return ", ".join(f"{median(row[key] for row in rows):.3f}" for key in keys)


def _spread(values: Iterable[float]) -> str:
    figures = sorted(values)
    if not figures:
        return "—"
    middle = f"{median(figures):.3f}"
    if len(figures) == 1 or f"{figures[0]:.3f}" == f"{figures[-1]:.3f}":
        return middle
    return f"{middle} ({figures[0]:.3f} to {figures[-1]:.3f})"


def _head(*names: str) -> list[str]:
    return [_line(*names), "|---" * len(names) + "|"]


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
