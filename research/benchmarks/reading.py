"""Time and memory of reading word vectors, beside gensim's `load_word2vec_format`.

    python -m research.benchmarks.reading

Generates the files in a temporary folder (about 900 MB at full size), reads each of them several
times with either reader in turn, each time in a process of its own, and prints a table.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from research.measurement import RESULTS_FOLDER, save_results

RESULTS = RESULTS_FOLDER / "reading.json"
SEED = 20261122
_ROWS_AT_ONCE = 1000

_CHILD = """
import json, re, sys, time
from pathlib import Path

reader, path, binary = sys.argv[1], Path(sys.argv[2]), sys.argv[3] == "binary"
if reader == "isogloss":
    from isogloss.models.spaces import read_space
    read = lambda: read_space(path, language="en").space.vectors
else:
    from gensim.models import KeyedVectors
    read = lambda: KeyedVectors.load_word2vec_format(str(path), binary=binary).vectors

def peak():  # of this process alone; unlike ru_maxrss it does not begin with the parent's
    found = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
    return 1024 * int(found[1])

before = peak()
wall, processor = time.perf_counter(), time.process_time()
vectors = read()
wall, processor = time.perf_counter() - wall, time.process_time() - processor
print(json.dumps({"wall_seconds": wall, "processor_seconds": processor,
                  "peak_over_matrix": (peak() - before) / vectors.nbytes,
                  "checksum": float(vectors.astype("float64").sum()),
                  "shape": list(vectors.shape)}))
"""


def write_text(path: Path, words: int, dimension: int) -> None:
    """Write a `.vec` file of normal numbers with four decimals, as fastText files hold them."""
    generator = np.random.default_rng(SEED)
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{words} {dimension}\n")
        for begin in range(0, words, _ROWS_AT_ONCE):
            count = min(_ROWS_AT_ONCE, words - begin)
            block = generator.normal(0, 0.3, (count, dimension)).round(4)
            for row, numbers in enumerate(block.tolist(), start=begin):
                file.write(f"word{row} {' '.join(map(repr, numbers))}\n")


def write_binary(path: Path, words: int, dimension: int) -> None:
    """Write the same vectors in the binary format of word2vec."""
    generator = np.random.default_rng(SEED)
    with path.open("wb") as file:
        file.write(f"{words} {dimension}\n".encode())
        for begin in range(0, words, _ROWS_AT_ONCE):
            count = min(_ROWS_AT_ONCE, words - begin)
            block = generator.normal(0, 0.3, (count, dimension)).round(4).astype("<f4")
            for row, numbers in enumerate(block, start=begin):
                file.write(f"word{row} ".encode() + numbers.tobytes() + b"\n")


def measure(reader: str, path: Path, form: str) -> dict[str, float]:
    """Read a file in a fresh process."""
    command = [sys.executable, "-c", _CHILD, reader, str(path), form]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    measured: dict[str, float] = json.loads(run.stdout)
    return measured


def compare(path: Path, form: str, repetitions: int) -> list[dict[str, Any]]:
    """Read a file with either reader in turn; give a row of medians for each."""
    runs: dict[str, list[dict[str, float]]] = {"isogloss": [], "gensim": []}
    for _ in range(repetitions):
        for reader, measured in runs.items():
            measured.append(measure(reader, path, form))
    shapes_and_sums = {
        (str(run["shape"]), run["checksum"]) for all_ in runs.values() for run in all_
    }
    if len(shapes_and_sums) != 1:
        raise RuntimeError(f"the readers disagree on what the file holds: {shapes_and_sums}")
    return [
        {
            "form": form,
            "reader": reader,
            "file_bytes": path.stat().st_size,
            **{
                figure: round(statistics.median(run[figure] for run in measured), 3)
                for figure in ("wall_seconds", "processor_seconds", "peak_over_matrix")
            },
            "runs_wall_seconds": [round(run["wall_seconds"], 3) for run in measured],
        }
        for reader, measured in runs.items()
    ]


def table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay out the rows as a Markdown table."""
    lines = [
        "| form | reader | seconds | processor seconds | peak memory, of the matrix |",
        "|---|---|---|---|---|",
        *(
            f"| {row['form']} | {row['reader']} | {row['wall_seconds']:.2f} "
            f"| {row['processor_seconds']:.2f} | {row['peak_over_matrix']:.2f} |"
            for row in rows
        ),
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--words", type=int, default=200_000)
    parser.add_argument("--dimension", type=int, default=300)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--output", type=Path, default=RESULTS, metavar="FILE")
    options = parser.parse_args()
    writers: dict[str, Callable[[Path, int, int], None]] = {
        "text": write_text,
        "binary": write_binary,
    }
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for form, write in writers.items():
            path = Path(folder) / form
            write(path, options.words, options.dimension)
            rows += compare(path, form, options.repetitions)
            path.unlink()
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
