"""GloVe vectors of one corpus in two dimensions, mapped without a dictionary (NGW, Table 2).

    python -m benchmarks.dimensions --source glove.100d.txt --target glove.50d.txt --seeds 0 1 2
    python -m benchmarks.dimensions --table

The lexicon for the evaluation holds every source word with itself as its translation. The fit does
not see it, and its samplers are shuffled apart: that the files name the same words in the same
order does not reach it. Runs are added to `dimensions.json` beside this script.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.command import add_run, describe_fit, read_runs, run_isogloss
from models.spaces import read_space

RESULTS = Path(__file__).with_suffix(".json")
_PAPER = {"100-50": (0.95, 0.99, 0.98), "200-100": (0.98, 0.99, 0.99)}
"""Top-1, top-5 and top-10 on Wikipedia vectors, as Table 2 prints them."""


def main() -> None:
    """Measure what the command line names, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path)
    parser.add_argument("--target", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--table", action="store_true", help="only print the table")
    arguments = parser.parse_args()
    if not arguments.table:
        if arguments.source is None or arguments.target is None:
            parser.error("expected --source FILE --target FILE")
        for seed in arguments.seeds:
            add_run(RESULTS, measure(arguments.source, arguments.target, seed))
    print(table(read_runs(RESULTS)))


def measure(source: Path, target: Path, seed: int) -> dict[str, Any]:
    """Fit the two files and look every source word up."""
    words = read_space(source, language="source").space
    dimension = read_space(target, language="target").space.dimension
    with tempfile.TemporaryDirectory() as scratch:
        lexicon, output = Path(scratch, "lexicon.txt"), Path(scratch, "checkpoint")
        lexicon.write_text("".join(f"{word} {word}\n" for word in words.words), "utf-8")
        begin = time.perf_counter()
        fit = run_isogloss(
            "train", f"--source={source}", "--source-language=source", f"--target={target}",
            "--target-language=target", f"--output={output}", f"--seed={seed}",
        )  # fmt: skip
        seconds = time.perf_counter() - begin
        figures = run_isogloss("evaluate", str(output), f"--lexicon={lexicon}")
    return {
        "pair": f"{words.dimension}-{dimension}",
        "seed": seed,
        "seconds": round(seconds, 1),
        **describe_fit(fit, figures),
    }


def table(runs: Iterable[Mapping[str, Any]]) -> str:
    """Lay out medians over the seeds as a Markdown table, the paper's figures above them."""
    by_pair: dict[str, list[Mapping[str, Any]]] = {}
    for run in runs:
        by_pair.setdefault(run["pair"], []).append(run)
    lines = ["| dimensions | map | top-1 | top-5 | top-10 |", "|---|---|---|---|---|"]
    for pair, group in sorted(by_pair.items()):
        name = pair.replace("-", "→")
        if pair in _PAPER:
            lines.append(f"| {name} | NGW, the paper | {_cells(_PAPER[pair])} |")
        for stage in ("start", "raw", "refined"):
            medians = (
                statistics.median(run["stages"][stage][f"precision_at_{k}"] for run in group)
                for k in (1, 5, 10)
            )
            lines.append(f"| {name} | {stage}, {len(group)} seeds | {_cells(medians)} |")
    return "\n".join(lines)


def _cells(figures: Iterable[float]) -> str:
    return " | ".join(f"{figure:.3f}" for figure in figures)


if __name__ == "__main__":
    main()
