"""The table of `research.benchmarks.reliability`, and the picture of the bound."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from isogloss.models.aligners.criterion import FOUND_BOUND
from research.benchmarks.command import precisions
from research.measurement import grouped, pair_title

STAGES = {"start": "start", "raw": "+ NGW", "refined": "+ refinement", "tuned": "+ fine-tuning"}
"""Name in the results → name in the table."""

_COLOURS = {
    "docs": "tab:blue",
    "docs, English from other texts": "tab:orange",
    "manuals": "tab:green",
    "novels": "tab:red",
}
_CLOSE = 0.02
"""A run ends well within so much of the best of its pair."""


def table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay out P@1 by stage as Markdown: medians over the seeds, and how many end well."""
    lines = [
        f"| pair | whole runs | supervised | {' | '.join(STAGES.values())} | range "
        f"| by probability, without letters | calibration error | by probability "
        f"| calibration error | searches | found | within {_CLOSE} of the best |",
        f"|{'---|' * (len(STAGES) + 11)}",
        *(_line(pair, group) for pair, group in by_pair(rows).items()),
    ]
    return "\n".join(lines)


def _line(pair: str, group: Sequence[Mapping[str, Any]]) -> str:
    whole = [row for row in group if row["whole"]]
    searched = [row for row in group if not row["whole"]]
    last, learned = [at_1(row) for row in whole], [at_1(row) for row in searched]
    found = sum(row["found"] for row in searched)
    cells = [
        pair_title(pair),
        str(len(whole)),
        f"{group[0]['supervised']['precision_at_1']:.3f}",
        *(_median([at_1(row, name) for row in whole if name in row["stages"]]) for name in STAGES),
        f"{min(last):.3f} to {max(last):.3f}" if last else "—",
        *_told(group, "probability_without_spelling"),
        *_told(group, "probability"),
        str(len(searched)),
        str(found),
        str(sum(value >= max(learned) - _CLOSE for value in learned)) if found else "—",
    ]
    return f"| {' | '.join(cells)} |"


def _told(group: Sequence[Mapping[str, Any]], name: str) -> tuple[str, str]:
    told = [row[name] for row in group if name in row]
    return (
        _median([precisions(one)["precision_at_1"] for one in told]),
        _median([one["expected_calibration_error"] for one in told]),
    )


def draw(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw the last criterion of every run, which decides found or not, beside its P@1."""
    figure, axes = plt.subplots(figsize=(6, 3.6), layout="constrained")
    axes.axvline(FOUND_BOUND, color="0.6", linewidth=1, linestyle="--")
    for pair, group in by_pair(rows).items():
        criterion, precision = [row["criterion"] for row in group], [at_1(row) for row in group]
        axes.scatter(criterion, precision, s=14, alpha=0.7, **style_of(pair))
    axes.set(xlabel="held-out agreement, with its bound", ylabel="P@1", xlim=(0, 1), ylim=(0, 1))
    add_legend(axes, "upper left")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def style_of(pair: str) -> dict[str, Any]:
    """Colour and name of the texts that a pair comes from."""
    collection, _, languages = pair.partition(":")
    foreign = collection == "docs" and "en" in languages.split("-")
    texts = f"{collection}, English from other texts" if foreign else collection
    return {"color": _COLOURS.get(texts, "0.5"), "label": texts}


def add_legend(axes: Axes, place: Literal["upper left", "lower left"]) -> None:
    """Name every kind of texts once."""
    named = {str(each.get_label()): each for each in [*axes.collections, *axes.lines]}
    shown = {name: each for name, each in named.items() if not name.startswith("_")}
    axes.legend(handles=list(shown.values()), labels=list(shown), fontsize=7, loc=place)


def by_pair(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Group runs by pair, in the order of the names."""
    return dict(sorted(grouped(rows, "pair").items()))


def at_1(row: Mapping[str, Any], stage: str | None = None) -> float:
    """P@1 of a run at a stage, or at its last where it did not come so far."""
    name = stage if stage in row["stages"] else list(row["stages"])[-1]
    value: float = row["stages"][name]["test"]["precision_at_1"]
    return value


def _median(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.3f}" if values else "—"
