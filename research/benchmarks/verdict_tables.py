"""The tables of `research.benchmarks.verdict`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from research.benchmarks.unrelated_spaces import REAL, SYNTHETIC
from research.measurement import RESULTS_FOLDER, read_results

COPY_SEEDS = 3
"""Copies of each size, dimension and noise; all of them have to be found."""


def tables(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay out unrelated spaces by size and by kind, copies, and pairs, as Markdown."""
    known = list(rows)
    parts = {
        name: [row for row in known if row["part"] == name]
        for name in ("unrelated", "copies", "pairs")
    }
    return "\n\n".join(
        (
            _by_size(parts["unrelated"]),
            _by_kind(parts["unrelated"]),
            _copies(parts["copies"]),
            _pairs(parts["pairs"]),
        )
    )


def _by_size(rows: list[Mapping[str, Any]]) -> str:
    dimensions = sorted({row["dimension"] for row in rows})
    lines = [
        f"| words | {' | '.join(map(str, dimensions))} |",
        f"|{'---|' * (len(dimensions) + 1)}",
    ]
    for words in sorted({row["words"] for row in rows}):
        cells = []
        for dimension in dimensions:
            group = [r for r in rows if (r["words"], r["dimension"]) == (words, dimension)]
            cells.append(_cell(group))
        lines.append(f"| {words:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(group: list[Mapping[str, Any]]) -> str:
    if not group:
        return ""
    runs, found = (sum(row[name] for row in group) for name in ("runs", "found"))
    judged = sum(row["found"] + row["not_found"] for row in group)
    highest = max(row["agreement"][1] for row in group)
    bounds = [row["bound"] for row in group if row["bound"] is not None]
    bound = f"{min(bounds):.2f}" if bounds else "none"
    return f"{highest:.2f} of {bound}; {found}/{judged}/{runs}"


def _by_kind(rows: list[Mapping[str, Any]]) -> str:
    lines = [
        "| spaces | runs | found | not found | cannot be judged | refused | least p |",
        "|---|---|---|---|---|---|---|",
    ]
    kinds = [*SYNTHETIC, *REAL]
    for kind in [*kinds, None]:
        group = [row for row in rows if kind is None or row["kind"] == kind]
        if not group:
            continue
        counts = [
            sum(row[name] for row in group)
            for name in ("runs", "found", "not_found", "cannot_be_judged", "refused")
        ]
        judged = [
            row["least_p_value"]
            for row in group
            if row["not_found"] + row["found"] and row["bound"]
        ]
        least = f"{min(judged):.2g}" if judged else "—"
        lines.append(
            f"| {kind or 'all'} | {' | '.join(f'{count:,}' for count in counts)} | {least} |"
        )
    return "\n".join(lines)


def _copies(rows: list[Mapping[str, Any]]) -> str:
    dimensions = sorted({row["dimension"] for row in rows})
    lines = [
        f"| words | {' | '.join(map(str, dimensions))} |",
        f"|{'---|' * (len(dimensions) + 1)}",
    ]
    for words in sorted({row["words"] for row in rows}):
        cells = []
        for dimension in dimensions:
            row = next(r for r in rows if (r["words"], r["dimension"]) == (words, dimension))
            all_found = [noise for noise, count in row["found"].items() if count == COPY_SEEDS]
            least = min((row["precision_at_1"][noise] for noise in all_found), default=None)
            cells.append("—" if least is None else f"{least:.2f}")
        lines.append(f"| {words:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _pairs(rows: list[Mapping[str, Any]]) -> str:
    fits: dict[str, list[Mapping[str, Any]]] = {}
    for fit in read_results(RESULTS_FOLDER / "reliability.json"):
        fits.setdefault(fit["pair"], []).append(fit)
    lines = [
        "| pair | chance | bound | map of the train lexicon | lowest found fit | fits found "
        "then and now |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        found = [each["criterion"] for each in fits.get(row["pair"], ()) if each["found"]]
        now = sum(value >= row["bound"] for value in found)
        lowest = f"{min(found):.2f}" if found else "—"
        lines.append(
            f"| {row['pair'].replace(':', ' ').replace('-', '→')} | {row['chance']:.2f} "
            f"| {row['bound']:.2f} | {row['supervised']:.2f} | {lowest} "
            f"| {f'{len(found)}, {now}' if found else '—'} |"
        )
    return "\n".join(lines)
