"""The table of `python -m research.papers ngw-languages`, and the paper's figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from research.measurement import grouped, pair_title, spread_of

PAPER: Mapping[str, tuple[float, float, float, float, float, float]] = {
    "de-en": (0.262, 0.497, 0.585, 0.256, 0.498, 0.587),
    "de-es": (0.235, 0.453, 0.540, 0.235, 0.449, 0.537),
    "de-fr": (0.302, 0.514, 0.601, 0.297, 0.509, 0.592),
    "en-de": (0.306, 0.531, 0.617, 0.300, 0.534, 0.616),
    "en-es": (0.283, 0.508, 0.595, 0.273, 0.504, 0.590),
    "en-fr": (0.226, 0.431, 0.517, 0.227, 0.427, 0.512),
    "es-de": (0.265, 0.474, 0.561, 0.261, 0.468, 0.554),
    "es-en": (0.275, 0.502, 0.587, 0.271, 0.497, 0.579),
    "es-fr": (0.319, 0.530, 0.615, 0.315, 0.523, 0.605),
    "fr-de": (0.340, 0.553, 0.634, 0.334, 0.547, 0.631),
    "fr-en": (0.299, 0.529, 0.614, 0.298, 0.527, 0.611),
    "fr-es": (0.318, 0.519, 0.602, 0.321, 0.526, 0.609),
}
"""Top-1, 5 and 10 on train and held-out words, of Wikipedia vectors and the whole dictionaries."""

_KS = (1, 5, 10)


def table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay out top-1 / 5 / 10 for both parts as Markdown, each map on a line of its own.

    Medians over the restarts; the chosen restart is the one whose last map has the best criterion,
    which needs no dictionary. The supervised map is measured on the test lexicon alone, as it has
    seen the rest; the last column holds the other maps to the same words.
    """
    lines = [
        "| pair | map | seen, top-1 / 5 / 10 | held out, top-1 / 5 / 10 | test words, top-1 |",
        "|---|---|---|---|---|",
    ]
    for pair, group in sorted(grouped(rows, "pair").items()):
        lines += _lines_of(pair, group)
    return "\n".join(lines)


def summary(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay out top-1 as Markdown, one line per pair: seen and held-out words, and test words.

    Medians over the restarts that were found. The supervised map has seen no held-out word either,
    nor a test word. The last column of the held-out words is that of a fit that saw them.
    """
    lines = [
        "| pair | seen: the paper | refined T | held out: the paper | supervised | refined T "
        "| having seen them | test words: supervised | start | raw T | refined T |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for pair, group in sorted(grouped(rows, "pair").items()):
        paper = PAPER.get(pair.partition(":")[2])
        supervised = [row["supervised"]["supervised"] for row in group]
        stages = {
            name: [row["stages"][name] for row in group if name in row["stages"]]
            for name in ("start", "raw", "refined")
        }
        knowing = [
            row["having_seen_all"]["refined"]
            for row in group
            if "refined" in row["having_seen_all"]
        ]
        cells = [
            pair_title(pair),
            _top_1_of_the_paper(paper, 0),
            _top_1(stages["refined"], "seen"),
            _top_1_of_the_paper(paper, 3),
            _top_1(supervised, "held_out"),
            _top_1(stages["refined"], "held_out"),
            _top_1(knowing, "held_out"),
            _top_1(supervised, "test_seen"),
            *(_top_1(measured, "test_seen") for measured in stages.values()),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _top_1_of_the_paper(figures: Sequence[float] | None, place: int) -> str:
    return "—" if figures is None else f"{figures[place]:.3f}"


def _top_1(measured: Sequence[Mapping[str, Any]], part: str) -> str:
    figures = [each[part]["precision_at_1"] for each in measured]
    return f"{median(figures):.3f}" if figures else "—"


def _lines_of(pair: str, group: Sequence[Mapping[str, Any]]) -> list[str]:
    name = pair_title(pair)
    lines = []
    paper = PAPER.get(pair.partition(":")[2])
    if paper:
        lines.append(f"| {name} | NGW, the paper | {_joined(paper[:3])} | {_joined(paper[3:])} | |")
    supervised = group[0]["supervised"]["supervised"]["test_seen"]["precision_at_1"]
    lines.append(f"| {name} | supervised | | | {supervised:.3f} |")
    for stage in group[0]["stages"]:
        measured = [row["stages"][stage] for row in group if stage in row["stages"]]
        label = f"{'raw T' if stage == 'raw' else stage}, {_count(len(measured))}"
        lines.append(_line(name, label, measured))
    chosen = max(group, key=lambda row: row["criterion"])
    last = list(chosen["stages"])[-1]
    label = f"chosen restart (seed {chosen['seed']}), {last}"
    lines.append(_line(name, label, [chosen["stages"][last]]))
    return lines


def _line(name: str, label: str, measured: Sequence[Mapping[str, Any]]) -> str:
    cells = [
        _joined(median(each[part][f"precision_at_{k}"] for each in measured) for k in _KS)
        for part in ("seen", "held_out")
    ]
    spread = spread_of(each["test_seen"]["precision_at_1"] for each in measured)
    test = f"{spread.median:.3f} ({spread.smallest:.3f} to {spread.largest:.3f})"
    return f"| {name} | {label} | {' | '.join(cells)} | {test} |"


def _count(restarts: int) -> str:
    return "1 restart" if restarts == 1 else f"{restarts} restarts"


def _joined(figures: Iterable[float]) -> str:
    return " / ".join(f"{figure:.3f}" for figure in figures)
