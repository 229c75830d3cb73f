"""Accuracy and time of `isogloss train` with its defaults, beside the supervised orthogonal map.

    python -m benchmarks.alignment --data FOLDER docs:fr-es manuals:en-fr --seeds 0 1 2
    python -m benchmarks.alignment --table

FOLDER holds `COLLECTION/LANGUAGE.vec.gz` and `COLLECTION/lexicons/XX-YY.{train,test}.txt`. Every
run is the command line's, in a process of its own: reading and saving are in the time. The fit sees
no dictionary; the test lexicon is read by `isogloss evaluate` alone. Runs are added to
`alignment.json` beside this script as they end, in place of older ones of the same pair and seed.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.command import (
    add_run,
    describe_fit,
    describe_probability,
    precisions,
    read_runs,
    run_isogloss,
)

RESULTS = Path(__file__).with_suffix(".json")
_STAGES = ("start", "raw", "refined")


def main() -> None:
    """Measure what the command line names, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pairs", nargs="*", help="COLLECTION:XX-YY")
    parser.add_argument("--data", type=Path, help="folder of the collections")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--table", action="store_true", help="only print the table")
    arguments = parser.parse_args()
    if not arguments.table:
        if arguments.data is None or not arguments.pairs:
            parser.error("expected --data FOLDER and at least one COLLECTION:XX-YY")
        for pair in arguments.pairs:
            for seed in arguments.seeds:
                add_run(RESULTS, measure(arguments.data, pair, seed))
    print(table(read_runs(RESULTS)))


def measure(data: Path, pair: str, seed: int) -> dict[str, Any]:
    """Fit a pair without and with a dictionary, and evaluate both on the test lexicon."""
    collection, _, languages = pair.partition(":")
    source, _, target = languages.partition("-")
    folder = data / collection
    lexicons = folder / "lexicons"
    test_lexicon = f"--lexicon={lexicons / f'{languages}.test.txt'}"
    with tempfile.TemporaryDirectory() as scratch:
        supervised, output = Path(scratch, "supervised"), Path(scratch, "unsupervised")
        common = [
            f"--source={folder / source}.vec.gz",
            f"--source-language={source}",
            f"--target={folder / target}.vec.gz",
            f"--target-language={target}",
        ]
        dictionary = f"--lexicon={lexicons / f'{languages}.train.txt'}"
        closed_form = ("--aligner=procrustes", dictionary, f"--output={supervised}")
        run_isogloss("train", *common, *closed_form)
        begin = time.perf_counter()
        fit = run_isogloss("train", *common, f"--output={output}", f"--seed={seed}", "--force")
        seconds = time.perf_counter() - begin
        yardstick = run_isogloss("evaluate", str(supervised), test_lexicon)
        figures = run_isogloss("evaluate", str(output), test_lexicon)
        weighed = (
            run_isogloss("evaluate", str(output), test_lexicon, "--score=probability")
            if fit["found"]
            else None
        )
    return {
        "pair": pair,
        "seed": seed,
        "seconds": round(seconds, 1),
        "supervised": precisions(yardstick),
        **describe_fit(fit, figures),
        **describe_probability(weighed),
    }


def table(runs: Iterable[Mapping[str, Any]]) -> str:
    """Lay out P@1 as a Markdown table: medians over the seeds, with ranges for the served map."""
    by_pair: dict[str, list[Mapping[str, Any]]] = {}
    for run in runs:
        by_pair.setdefault(run["pair"], []).append(run)
    lines = [
        "| pair | found | supervised | start | raw T | refined T | range | by probability | range "
        "| calibration error | seconds |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        *(_line(pair, group) for pair, group in sorted(by_pair.items())),
    ]
    return "\n".join(lines)


def _line(pair: str, group: list[Mapping[str, Any]]) -> str:
    stages = {name: _at_1(group, name) for name in _STAGES}
    refined = stages["refined"]
    told = [run["probability"] for run in group if "probability" in run]
    weighed = [one["precision_at_1"] for one in told]
    errors = [one["expected_calibration_error"] for one in told]
    cells = [
        pair.replace(":", " ").replace("-", "→"),
        f"{sum(run['found'] for run in group)} of {len(group)}",
        f"{group[0]['supervised']['precision_at_1']:.3f}",
        *(f"{statistics.median(values):.3f}" if values else "—" for values in stages.values()),
        _range(refined),
        f"{statistics.median(weighed):.3f}" if weighed else "—",
        _range(weighed),
        f"{statistics.median(errors):.3f}" if errors else "—",
        f"{statistics.median(run['seconds'] for run in group):.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def _range(values: list[float]) -> str:
    return f"{min(values):.3f} to {max(values):.3f}" if values else "—"


def _at_1(group: Iterable[Mapping[str, Any]], stage: str) -> list[float]:
    return [run["stages"][stage]["precision_at_1"] for run in group if stage in run["stages"]]


if __name__ == "__main__":
    main()
