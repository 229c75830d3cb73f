"""All directions between several languages through one hub, beside a fit for each direction.

    python -m research.benchmarks.hub --data FOLDER docs fr es de
    python -m research.benchmarks.hub --data FOLDER docs --hub DIRECTORY
    python -m research.benchmarks.hub --table

FOLDER holds `COLLECTION/LANGUAGE.vec.gz` and `COLLECTION/lexicons/XX-YY.{train,test}.txt`. The hub
comes from one `isogloss train-hub`, each direct pair from an `isogloss train` with the same aligner
and settings; neither sees a dictionary. *Supervised* is the orthogonal map of the train lexicon.
Results go to `hub.json` beside this script. With `--hub`, the directions of a hub that stands there
already are evaluated, also by probability, into `hub_directions.json`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

from research.benchmarks.command import describe_probability, precisions, run_isogloss
from research.measurement import RESULTS_FOLDER, read_results, save_results

RESULTS = RESULTS_FOLDER / "hub.json"
DIRECTIONS = RESULTS.with_name("hub_directions.json")
_ALIGNER = "--aligner=self-learning"


def main() -> None:
    """Measure what the command line names, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("collection", nargs="?")
    parser.add_argument("languages", nargs="*", help="the first lends the hub its dimension")
    parser.add_argument("--data", type=Path, help="folder of the collections")
    parser.add_argument("--hub", type=Path, help="folder that `isogloss train-hub` wrote")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--table", action="store_true", help="only print the table")
    arguments = parser.parse_args()
    if arguments.hub is not None and arguments.data is not None:
        folder = arguments.data / arguments.collection
        directions = [evaluate_direction(path, folder) for path in sorted(arguments.hub.iterdir())]
        save_results(DIRECTIONS, directions, {"collection": arguments.collection})
        print(directions_table(directions))
        return
    if not arguments.table:
        if arguments.data is None or len(arguments.languages) < 2:
            parser.error("expected --data FOLDER, a collection and at least two languages")
        folder = arguments.data / arguments.collection
        rows = measure(folder, arguments.languages, arguments.seed)
        settings = {"collection": arguments.collection, "aligner": "self-learning"}
        save_results(RESULTS, rows, settings)
    print(table(read_results(RESULTS)))


def measure(folder: Path, languages: Sequence[str], seed: int) -> list[dict[str, Any]]:
    """Fit the hub and every direct pair, and evaluate all directions of both."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        spaces = [f"--space={language}={folder / language}.vec.gz" for language in languages]
        begin = time.perf_counter()
        run_isogloss("train-hub", *spaces, _ALIGNER, f"--output={place / 'hub'}", f"--seed={seed}")
        hub_seconds = time.perf_counter() - begin
        rows = []
        for source, target in permutations(languages, 2):
            pair = f"{source}-{target}"
            begin = time.perf_counter()
            for name, options in (
                ("direct", (_ALIGNER, f"--seed={seed}", "--force")),
                ("supervised", (f"--lexicon={folder}/lexicons/{pair}.train.txt", *_SUPERVISED)),
            ):
                run_isogloss(
                    "train",
                    *(f"--source={folder / source}.vec.gz", f"--source-language={source}"),
                    *(f"--target={folder / target}.vec.gz", f"--target-language={target}"),
                    f"--output={place / name / pair}",
                    *options,
                )
                if name == "direct":
                    direct_seconds = time.perf_counter() - begin
            rows.append(
                {
                    "pair": pair,
                    "seed": seed,
                    **{
                        name: _precisions(place / name / pair, folder, pair)
                        for name in ("hub", "direct", "supervised")
                    },
                    "direct_seconds": round(direct_seconds, 1),
                    "hub_seconds_of_all_directions": round(hub_seconds, 1),
                }
            )
            print(json.dumps(rows[-1]), flush=True)
    return rows


def evaluate_direction(checkpoint: Path, folder: Path) -> dict[str, Any]:
    """Evaluate one direction of a hub beside the supervised orthogonal map."""
    pair = checkpoint.name
    source, _, target = pair.partition("-")
    lexicon = f"--lexicon={folder}/lexicons/{pair}.test.txt"
    with tempfile.TemporaryDirectory() as scratch:
        run_isogloss(
            "train",
            *(f"--source={folder / source}.vec.gz", f"--source-language={source}"),
            *(f"--target={folder / target}.vec.gz", f"--target-language={target}"),
            f"--output={scratch}/{pair}",
            *(f"--lexicon={folder}/lexicons/{pair}.train.txt", *_SUPERVISED),
        )
        supervised = _precisions(Path(scratch, pair), folder, pair)
    weighed = run_isogloss("evaluate", str(checkpoint), lexicon, "--score=probability")
    return {
        "pair": pair,
        "supervised": supervised,
        "hub": _precisions(checkpoint, folder, pair),
        **describe_probability(weighed),
    }


def directions_table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay out the directions of one hub as a Markdown table."""
    lines = ["| direction | supervised | through the hub | by probability |", "|---|---|---|---|"]
    for row in rows:
        figures = (row[name]["precision_at_1"] for name in ("supervised", "hub", "probability"))
        cells = " | ".join(f"{value:.3f}" for value in figures)
        lines.append(f"| {row['pair'].replace('-', '→')} | {cells} |")
    return "\n".join(lines)


_SUPERVISED = ("--aligner=procrustes",)


def table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay out P@1 as a Markdown table."""
    rows = list(rows)
    lines = [
        "| direction | supervised | direct | through the hub | seconds, direct |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        figures = (row[name]["precision_at_1"] for name in ("supervised", "direct", "hub"))
        cells = " | ".join(f"{figure:.3f}" for figure in figures)
        pair = row["pair"].replace("-", "→")
        lines.append(f"| {pair} | {cells} | {row['direct_seconds']:.0f} |")
    total = sum(row["direct_seconds"] for row in rows)
    hub = rows[0]["hub_seconds_of_all_directions"]
    lines.append(f"| seconds, all directions | | {total:.0f} | {hub:.0f} | |")
    return "\n".join(lines)


def _precisions(checkpoint: Path, folder: Path, pair: str) -> dict[str, float]:
    lexicon = f"--lexicon={folder}/lexicons/{pair}.test.txt"
    return precisions(run_isogloss("evaluate", str(checkpoint), lexicon))


if __name__ == "__main__":
    main()
