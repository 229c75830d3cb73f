"""Picture of `research.papers robot`: error by the share shuffled, and by signal to noise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from research.measurement import spread_of
from research.papers.robot_tables import LINEAR_METHODS, MOMENT_METHODS, Row


def draw_errors(rows: Sequence[Row], path: Path) -> None:
    """Draw medians as lines and least to greatest as bands, for the parts that were measured."""
    parts = {
        "share": ("share", "share shuffled", LINEAR_METHODS),
        "noise": (
            "signal_to_noise",
            "signal to noise, half shuffled",
            (*LINEAR_METHODS, *MOMENT_METHODS),
        ),
    }
    drawn = [part for part in parts if any(row["part"] == part for row in rows)]
    if not drawn:
        return
    figure = Figure(figsize=(5.5 * len(drawn), 4.2))
    for axis, part in zip(figure.subplots(1, len(drawn), squeeze=False)[0], drawn, strict=True):
        key, title, methods = parts[part]
        of_part = [row for row in rows if row["part"] == part]
        values = list(dict.fromkeys(row[key] for row in of_part))
        places = range(len(values))
        for number, method in enumerate(methods):
            spreads = [
                spread_of(
                    row["error"] for row in of_part if (row[key], row["method"]) == (value, method)
                )
                for value in values
            ]
            colour, style = f"C{number % 10}", "o-" if number < len(LINEAR_METHODS) else "s--"
            axis.plot(places, [s.median for s in spreads], style, color=colour, ms=3, label=method)
            axis.fill_between(
                places,
                [s.smallest for s in spreads],
                [s.largest for s in spreads],
                color=colour,
                alpha=0.12,
                linewidth=0,
            )
        axis.set_xticks(list(places), [f"{value:g}" for value in values])
        axis.set_yscale("log")
        axis.set_xlabel(title)
        axis.set_ylabel("‖ŵ − w‖ / ‖w‖")
        axis.legend(fontsize=6)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=75)
