"""Time and memory of reading word vectors, beside gensim's `load_word2vec_format`.

    python -m research.benchmarks.reading

Generates the files in a temporary folder (about 900 MB at full size), reads each of them several
times with either reader in turn, each time in a process of its own, prints a table and writes
`reading.json` beside this script.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from research.measurement.environment import describe_environment

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


def compare(path: Path, form: str, repetitions: int) -> dict[str, object]:
    """Read a file with either reader in turn; give the median of each figure."""
    runs: dict[str, list[dict[str, float]]] = {"isogloss": [], "gensim": []}
    for _ in range(repetitions):
        for reader, measured in runs.items():
            measured.append(measure(reader, path, form))
    shapes_and_sums = {
        (str(run["shape"]), run["checksum"]) for all_ in runs.values() for run in all_
    }
    if len(shapes_and_sums) != 1:
        raise RuntimeError(f"the readers disagree on what the file holds: {shapes_and_sums}")
    result: dict[str, object] = {"file_bytes": path.stat().st_size}
    medians = {}
    for reader, measured in runs.items():
        medians[reader] = {
            figure: statistics.median(run[figure] for run in measured)
            for figure in ("wall_seconds", "processor_seconds", "peak_over_matrix")
        }
        result[reader] = {figure: round(value, 3) for figure, value in medians[reader].items()}
        result[f"{reader}_runs_wall_seconds"] = [round(r["wall_seconds"], 3) for r in measured]
    for kind in ("wall", "processor"):
        figure = f"{kind}_seconds"
        ratio = medians["gensim"][figure] / medians["isogloss"][figure]
        result[f"times_faster_by_{kind}"] = round(ratio, 2)
    return result


def show(form: str, result: dict[str, object]) -> None:
    """Print one form as two rows of the table."""
    for reader in ("isogloss", "gensim"):
        figures = result[reader]
        assert isinstance(figures, dict)
        print(
            f"{form:8}{reader:10}{figures['wall_seconds']:10.2f}"
            f"{figures['processor_seconds']:12.2f}{figures['peak_over_matrix']:14.2f}"
        )


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--words", type=int, default=200_000)
    parser.add_argument("--dimension", type=int, default=300)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument(
        "--output", type=Path, default=Path(__file__).with_suffix(".json"), metavar="FILE"
    )
    options = parser.parse_args()
    writers: dict[str, Callable[[Path, int, int], None]] = {
        "text": write_text,
        "binary": write_binary,
    }
    results: dict[str, object] = {}
    print(f"{'form':8}{'reader':10}{'seconds':>10}{'processor':>12}{'peak/matrix':>14}")
    with tempfile.TemporaryDirectory() as folder:
        for form, write in writers.items():
            path = Path(folder) / form
            write(path, options.words, options.dimension)
            result = compare(path, form, options.repetitions)
            path.unlink()
            results[form] = result
            show(form, result)
    document = {
        "what": "reading word vectors; median of the repetitions, readers in turn",
        "words": options.words,
        "dimension": options.dimension,
        "repetitions": options.repetitions,
        "seed": SEED,
        "environment": describe_environment(("numpy", "pydantic", "pydantic-core", "gensim")),
        "results": results,
    }
    options.output.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
