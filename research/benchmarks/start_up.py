"""Processor time of the first answer of a command, beside that of `python -c "import numpy"`.

    python -m research.benchmarks.start_up

Makes a checkpoint of 20,000 random words in a temporary folder, runs every command several times
in turn, each time in a process of its own, prints a table and writes `start_up.json` to
`research/results`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from isogloss.models.checkpoint import save_checkpoint
from isogloss.models.maps.alignment import Alignment
from isogloss.models.maps.fitted import LinearMap
from isogloss.models.retrieval import TrainingRecord, Translator
from isogloss.models.spaces import EmbeddingSpace, Normalizer
from research.measurement import RESULTS_FOLDER, save_results
from research.measurement.child_process import run_measured

RESULTS = RESULTS_FOLDER / "start_up.json"
SEED = 20261130
BOUNDS: Mapping[str, float] = {
    "isogloss --help": 3,
    "isogloss translate, one word": 8,
    "isogloss translate, by probability": 8,
}
"""How many times that of numpy a command may take."""

_NUMPY = "import numpy"


def save_random_checkpoint(folder: Path, words: int, dimension: int) -> None:
    """Save a translator between two languages of random vectors, with probabilities."""
    generator = np.random.default_rng(SEED)
    vectors = generator.normal(size=(words, dimension)).astype(np.float32)
    turn = np.linalg.qr(generator.normal(size=(dimension, dimension)))[0].astype(np.float32)
    source, target = (
        EmbeddingSpace(language, tuple(f"{stem}{row}" for row in range(words)), side)
        for language, stem, side in (("en", "word", vectors), ("fr", "mot", vectors @ turn.T))
    )
    alignment = Alignment(
        source_normalizer=Normalizer.fit(source.vectors),
        transport=LinearMap(turn),
        target_normalizer=Normalizer.fit(target.vectors),
    )
    details = TrainingRecord(aligner="random")
    translator = Translator.build(alignment, source, target, details=details)
    save_checkpoint(translator.with_posterior(), folder)


def commands(checkpoint: Path) -> dict[str, list[str]]:
    """Title → command line."""
    isogloss = [sys.executable, "-m", "isogloss"]
    return {
        _NUMPY: [sys.executable, "-c", _NUMPY],
        "isogloss --help": [*isogloss, "--help"],
        "isogloss --version": [*isogloss, "--version"],
        "isogloss train --help": [*isogloss, "train", "--help"],
        "isogloss info": [*isogloss, "info", str(checkpoint)],
        "isogloss translate, one word": [*isogloss, "translate", str(checkpoint), "word7"],
        "isogloss translate, by probability": [
            *isogloss,
            *("translate", str(checkpoint), "word7", "--score", "probability"),
        ],
        "import isogloss": [sys.executable, "-c", "import isogloss"],
        "import torch": [sys.executable, "-c", "import torch"],
    }


def measure(checkpoint: Path, repetitions: int) -> list[dict[str, Any]]:
    """Run the commands in turn; give a row of each, with the median of its processor seconds."""
    asked = commands(checkpoint)
    seconds: dict[str, list[float]] = {title: [] for title in asked}
    for _ in range(repetitions):
        for title, command in asked.items():
            run = run_measured(command)
            if run.exit_code != 0:
                raise RuntimeError(f"{title}: exit code {run.exit_code}: {run.errors}")
            seconds[title].append(run.processor_seconds)
    medians = {title: statistics.median(runs) for title, runs in seconds.items()}
    return [
        {
            "command": title,
            "processor_seconds": round(medians[title], 3),
            "times_numpy": round(medians[title] / medians[_NUMPY], 2),
            "bound": BOUNDS.get(title),
            "runs": [round(each, 3) for each in seconds[title]],
        }
        for title in asked
    ]


def table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay out the rows as a Markdown table."""
    lines = ["| | processor seconds | × `import numpy` | bound |", "|---|---|---|---|"]
    for row in rows:
        bound = "" if row["bound"] is None else f"{row['bound']:.0f}"
        lines.append(
            f"| `{row['command']}` | {row['processor_seconds']:.2f} "
            f"| {row['times_numpy']:.1f} | {bound} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--words", type=int, default=20_000)
    parser.add_argument("--dimension", type=int, default=300)
    parser.add_argument("--repetitions", type=int, default=9)
    parser.add_argument("--output", type=Path, default=RESULTS, metavar="FILE")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = Path(folder) / "en-fr"
        save_random_checkpoint(checkpoint, options.words, options.dimension)
        rows = measure(checkpoint, options.repetitions)
    settings = {
        "words": options.words,
        "dimension": options.dimension,
        "repetitions": options.repetitions,
        "seed": SEED,
    }
    save_results(options.output, rows, settings)
    print(table(rows))


if __name__ == "__main__":
    main()
