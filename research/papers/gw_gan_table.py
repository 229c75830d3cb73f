"""The tables of GW-GAN's figures, and what the paper's pictures show beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from research.measurement import spread_of

Row = Mapping[str, Any]

_PICTURES: dict[tuple[str, str], str] = {
    ("mixtures", "4 modes, 2-D → 2-D, adversary"): "all (Fig. 2a, 10)",
    ("mixtures", "4 modes, 2-D → 2-D"): "all (Fig. 8a)",
    ("mixtures", "5 modes, 2-D → 2-D, adversary"): "all (Fig. 10)",
    ("mixtures", "8 modes, 2-D → 2-D, adversary"): "all (Fig. 10)",
    ("mixtures", "4 modes, 2-D → 3-D"): "all (Fig. 3b)",
    ("mixtures", "4 modes, 3-D → 2-D"): "all (Fig. 3a)",
    ("centring", "ℓ1 penalty"): "all 4, centred (Fig. 7)",
    ("centring", "no penalty"): "all 4, anywhere (Fig. 7)",
    ("manifolds", "S-curve to the plane"): "the sheet unrolled (Fig. 4a)",
    ("manifolds", "graph to the plane"): "the graph's shape (Fig. 4b)",
    ("style", "no style"): "digits (Fig. 2b)",
    ("style", "bold"): "thicker strokes (Fig. 5)",
    ("style", "no adversary"): "no digits (Fig. 8b)",
    ("ablation", "procrustes"): "held (Fig. 9)",
    ("ablation", "layers"): "stretched (Fig. 9)",
    ("ablation", "off-diagonal"): "stretched (Fig. 9)",
    ("ablation", "initial"): "stretched (Fig. 9)",
}


def tables(rows: Sequence[Row]) -> str:
    """Lay out the figures as Markdown, a table for each part: medians, smallest and largest."""
    parts: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        parts.setdefault(row["part"], {}).setdefault(row["case"], []).append(row)
    return "\n\n".join(_table(part, cases) for part, cases in parts.items())


def _table(part: str, cases: Mapping[str, Sequence[Row]]) -> str:
    names = list(dict.fromkeys(name for group in cases.values() for name in group[0]["figures"]))
    head = [part, "seeds", *names, "the paper's picture"]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for case, group in cases.items():
        figures = [_cell(group, name) for name in names]
        picture = _PICTURES.get((part, case), "not shown")
        lines.append(f"| {' | '.join([case, str(len(group)), *figures, picture])} |")
    return "\n".join(lines)


def _cell(group: Sequence[Row], name: str) -> str:
    if name not in group[0]["figures"]:
        return "–"
    spread = spread_of(row["figures"][name] for row in group)
    if f"{spread.smallest:.3g}" == f"{spread.largest:.3g}":
        return f"{spread.median:.3g}"
    return f"{spread.median:.3g} ({spread.smallest:.3g} to {spread.largest:.3g})"
