"""Every aligner through the command line on the same pairs: precision, time, memory, needs.

    python -m research.benchmarks.comparison --data FOLDER docs:fr-es manuals:en-de novels:en-es
    python -m research.benchmarks.comparison --data FOLDER docs:fr-es --aligners pushforward \
        --seeds 1 2
    python -m research.benchmarks.comparison --table

FOLDER holds `COLLECTION/LANGUAGE.vec.gz` and `COLLECTION/lexicons/XX-YY.{train,test}.txt`. Every
run is an `isogloss train` with its defaults, in a process of its own whose time and memory are
taken from the system. The supervised aligners get the train lexicon, the others none; the test
lexicon is read by `isogloss evaluate` alone. Runs are added to `comparison.json` beside this script
as they end; those that stand there already are not repeated.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from isogloss.models.aligners import AlignerName, find_aligner, is_supervised
from research.benchmarks.command import describe_fit, precisions, run_isogloss
from research.measurement import RESULTS_FOLDER, grouped, pair_title, run_measured, save_results

RESULTS = RESULTS_FOLDER / "comparison.json"
ORDER: Sequence[AlignerName] = (
    "procrustes",
    "robot",
    "discrete-gw",
    "self-learning",
    "neural-gw",
    "neural-egw",
    "pushforward",
)
"""Of the table: what needs most comes first."""


def main() -> None:
    """Measure what the command line names, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pairs", nargs="*", help="COLLECTION:XX-YY")
    parser.add_argument("--data", type=Path, help="folder of the collections")
    parser.add_argument("--aligners", nargs="+", choices=ORDER, default=ORDER)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--table", action="store_true", help="only print the table")
    arguments = parser.parse_args()
    if not arguments.table:
        if arguments.data is None or not arguments.pairs:
            parser.error("expected --data FOLDER and at least one COLLECTION:XX-YY")
        for seed in arguments.seeds:
            for aligner in arguments.aligners:
                for pair in arguments.pairs:
                    if not _measured(pair, aligner, seed):
                        add_run(measure(arguments.data, pair, aligner, seed))
    print(table(read_runs()))


def measure(data: Path, pair: str, aligner: str, seed: int) -> dict[str, Any]:
    """Fit a pair with one aligner and evaluate it on the test lexicon."""
    collection, _, languages = pair.partition(":")
    source, _, target = languages.partition("-")
    folder = data / collection
    test = f"--lexicon={folder / 'lexicons' / f'{languages}.test.txt'}"
    taught = [f"--lexicon={folder / 'lexicons' / f'{languages}.train.txt'}"]
    with tempfile.TemporaryDirectory() as scratch:
        checkpoint = Path(scratch, "checkpoint")
        command = [
            *(sys.executable, "-m", "isogloss", "train", "--json", "--force"),
            *(f"--source={folder / source}.vec.gz", f"--source-language={source}"),
            *(f"--target={folder / target}.vec.gz", f"--target-language={target}"),
            *(f"--aligner={aligner}", f"--seed={seed}", f"--output={checkpoint}"),
            *(taught if is_supervised(aligner) else ()),
        ]
        done = run_measured(command)
        if not done.output:
            sys.exit(f"{' '.join(command)}\n{done.errors}")
        fit = json.loads(done.output)
        figures = run_isogloss("evaluate", str(checkpoint), test)
        weighed = (
            run_isogloss("evaluate", str(checkpoint), test, "--score=probability")
            if fit["found"]
            else None
        )
    return {
        "pair": pair,
        "aligner": aligner,
        "seed": seed,
        "threads": int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1)),
        "seconds": round(done.seconds, 1),
        "processor_seconds": round(done.processor_seconds, 1),
        "peak_mebibytes": None if done.peak_mebibytes is None else round(done.peak_mebibytes),
        "served": precisions(figures),
        "by_probability": None if weighed is None else precisions(weighed),
        **describe_fit(fit, figures),
    }


def table(runs: Iterable[Mapping[str, Any]]) -> str:
    """Lay out the runs as Markdown, medians over the seeds; a fit that found nothing is shown."""
    groups = grouped(runs, "pair", "aligner")
    keys = sorted(groups, key=lambda key: (key[0], ORDER.index(key[1])))
    lines = [
        "| pair | aligner | needs | found | P@1 | P@5 | P@10 | P@1 by probability | seconds "
        "| processor seconds | memory, MiB |",
        "|---" * 11 + "|",
        *(_line(pair, aligner, groups[pair, aligner]) for pair, aligner in keys),
    ]
    return "\n".join(lines)


def _line(pair: str, aligner: str, group: Sequence[Mapping[str, Any]]) -> str:
    weighed = [run["by_probability"] for run in group if run["by_probability"] is not None]
    peaks = [run["peak_mebibytes"] for run in group if run["peak_mebibytes"] is not None]
    told = f"{sum(run['found'] for run in group)} of {len(group)}"
    cells = [
        pair_title(pair),
        f"`{aligner}`",
        find_aligner(aligner).needs,
        "—" if is_supervised(aligner) else told,
        *(
            f"{statistics.median(run['served'][f'precision_at_{k}'] for run in group):.3f}"
            for k in (1, 5, 10)
        ),
        f"{statistics.median(one['precision_at_1'] for one in weighed):.3f}" if weighed else "—",
        f"{statistics.median(run['seconds'] for run in group):.0f}",
        f"{statistics.median(run['processor_seconds'] for run in group):.0f}",
        f"{statistics.median(peaks):,.0f}" if peaks else "—",
    ]
    return f"| {' | '.join(cells)} |"


def read_runs(path: Path = RESULTS) -> list[dict[str, Any]]:
    """Read the runs measured so far."""
    runs: list[dict[str, Any]] = (
        json.loads(path.read_text("utf-8"))["rows"] if path.exists() else []
    )
    return runs


def add_run(run: Mapping[str, Any], path: Path = RESULTS) -> None:
    """Add a run, in place of an older one of the same pair, aligner and seed."""
    kept = [old for old in read_runs(path) if _key(old) != _key(run)]
    save_results(path, sorted([*kept, run], key=_key), {"recipe": "default"})
    print(json.dumps(run), flush=True)


def _measured(pair: str, aligner: str, seed: int) -> bool:
    return (pair, aligner, seed) in {_key(run) for run in read_runs()}


def _key(run: Mapping[str, Any]) -> tuple[str, str, int]:
    return run["pair"], run["aligner"], run["seed"]


if __name__ == "__main__":
    main()
