"""Draw whether the probabilities of translations are true, by `research.benchmarks.reliability`.

    python -m research.benchmarks.confidence

Left: of answers of about the same probability, the share that is right. Right: the precision when
only the surest words are answered. One line for each pair, of its first seed, in the
colour of its texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt

from research.benchmarks.reliability import RESULTS
from research.benchmarks.reliability_table import add_legend, style_of
from research.measurement import RESULTS_FOLDER, read_results

PICTURE = RESULTS_FOLDER / "confidence.png"


def main() -> None:
    """Read, draw, write."""
    draw(read_results(RESULTS), PICTURE)


def draw(runs: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Draw the reliability and the abstention curve of the first seed of every pair."""
    first: dict[str, Mapping[str, Any]] = {}
    for run in runs:
        if "probability" in run:
            first.setdefault(run["pair"], run["probability"])
    figure, (calibration, abstention) = plt.subplots(1, 2, figsize=(9, 4.2), layout="constrained")
    calibration.plot([0, 1], [0, 1], color="0.8", linewidth=1)
    for pair, told in sorted(first.items()):
        bins = told["reliability"]
        style = style_of(pair)
        said, right = (
            [each["probability"] for each in bins],
            [each["precision"] for each in bins],
        )
        calibration.plot(said, right, marker="o", markersize=3, linewidth=1, **style)
        shares = told["precision_of_share"]
        answered = [float(share) for share in shares]
        abstention.plot(answered, list(shares.values()), linewidth=1, **style)
    calibration.set(xlabel="probability", ylabel="share that is right", xlim=(0, 1), ylim=(0, 1))
    abstention.set(xlabel="share of the words answered", ylabel="precision", ylim=(0, 1))
    add_legend(abstention, "lower left")
    figure.savefig(path, dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    main()
