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
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.environment import describe_environment

RESULTS = Path(__file__).with_suffix(".json")
_STAGES = ("start", "raw", "refined")
_PRECISIONS = ("precision_at_1", "precision_at_5", "precision_at_10")


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
                _add(measure(arguments.data, pair, seed))
    print(table(json.loads(RESULTS.read_text("utf-8"))["runs"]))


def measure(data: Path, pair: str, seed: int) -> dict[str, Any]:
    """Fit a pair without and with a dictionary, and evaluate both on the test lexicon."""
    collection, _, languages = pair.partition(":")
    source, _, target = languages.partition("-")
    folder = data / collection
    lexicons = folder / "lexicons"
    with tempfile.TemporaryDirectory() as scratch:
        supervised, output = Path(scratch, "supervised"), Path(scratch, "unsupervised")
        common = [
            f"--source={folder / source}.vec.gz",
            f"--source-language={source}",
            f"--target={folder / target}.vec.gz",
            f"--target-language={target}",
        ]
        train_lexicon = lexicons / f"{languages}.train.txt"
        _isogloss(
            "train", *common, f"--output={supervised}", "--aligner=procrustes",
            f"--lexicon={train_lexicon}",
        )  # fmt: skip
        begin = time.perf_counter()
        fit = _isogloss("train", *common, f"--output={output}", f"--seed={seed}", "--force")
        seconds = time.perf_counter() - begin
        test_lexicon = f"--lexicon={lexicons / f'{languages}.test.txt'}"
        yardstick = _isogloss("evaluate", str(supervised), test_lexicon)
        figures = _isogloss("evaluate", str(output), test_lexicon)
    return {
        "pair": pair,
        "seed": seed,
        "found": fit["found"],
        "seconds": round(seconds, 1),
        "evaluated": figures["evaluated"],
        "supervised": _precisions(yardstick),
        "stages": {name: _precisions(stage) for name, stage in figures["stages"].items()},
        "stage_seconds": {stage["name"]: round(stage["seconds"], 1) for stage in fit["stages"]},
        "criterion": {stage["name"]: round(stage["criterion"], 4) for stage in fit["stages"]},
    }


def table(runs: Iterable[Mapping[str, Any]]) -> str:
    """Lay out the runs as a Markdown table: medians over the seeds, the range of the refined."""
    by_pair: dict[str, list[Mapping[str, Any]]] = {}
    for run in runs:
        by_pair.setdefault(run["pair"], []).append(run)
    lines = [
        "| pair | seeds | found | supervised | start | raw T | refined T | range | seconds |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for pair, group in sorted(by_pair.items()):
        found = sum(run["found"] for run in group)
        stages = [
            f"{statistics.median(values):.3f}" if (values := _at_1(group, name)) else "—"
            for name in _STAGES
        ]
        refined = _at_1(group, "refined")
        spread = f"{min(refined):.3f}–{max(refined):.3f}" if refined else "—"
        supervised = group[0]["supervised"]["precision_at_1"]
        seconds = statistics.median(run["seconds"] for run in group)
        cells = [
            f"{pair.replace(':', ' ').replace('-', '→')}", str(len(group)),
            f"{found}/{len(group)}", f"{supervised:.3f}", *stages, spread, f"{seconds:.0f}",
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _at_1(group: Iterable[Mapping[str, Any]], stage: str) -> list[float]:
    return [run["stages"][stage]["precision_at_1"] for run in group if stage in run["stages"]]


def _precisions(figures: Mapping[str, Any]) -> dict[str, float]:
    return {name: round(figures[name], 4) for name in _PRECISIONS}


def _isogloss(*arguments: str) -> dict[str, Any]:
    """Run a command with `--json`; a fit that finds nothing exits with 1 and still prints."""
    command = [sys.executable, "-m", "scripts.cli", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def _add(run: dict[str, Any]) -> None:
    runs = json.loads(RESULTS.read_text("utf-8"))["runs"] if RESULTS.exists() else []
    runs = [old for old in runs if (old["pair"], old["seed"]) != (run["pair"], run["seed"])]
    runs = sorted([*runs, run], key=lambda each: (each["pair"], each["seed"]))
    document = {"environment": describe_environment(), "runs": runs}
    RESULTS.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    print(json.dumps(run), flush=True)


if __name__ == "__main__":
    main()
