"""Peak memory of reading stays within 1.3 × the matrix kept, measured in a process of its own."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

_MEASURE = """
import re, sys
from pathlib import Path
from isogloss.models.spaces import read_space

def peak():  # not ru_maxrss: a child begins with the peak of its parent
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

read_space(Path(sys.argv[1]), language="en", limit=10)  # modules and buffers, once
before = peak()
read = read_space(Path(sys.argv[2]), language="en")
print(peak() - before, read.space.vectors.nbytes, len(read.space))
"""

WORDS = 200_000
DIMENSION = 300
ALLOWED = 1.3


def _peak_over_matrix(small: Path, large: Path, words: int) -> float:
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak memory of a process is read from /proc")
    run = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(small), str(large)],
        check=True,
        capture_output=True,
        text=True,
    )
    peak, matrix, kept = map(int, run.stdout.split())
    assert kept == words
    assert matrix == words * DIMENSION * 4
    return peak / matrix


def _write_text(path: Path, words: int, *, header: bool) -> Path:
    # The rows repeat: what they hold does not matter to the memory.
    rows = np.random.default_rng(0).standard_normal((500, DIMENSION))
    lines = [" ".join(f"{number:.4f}" for number in row) for row in rows]
    with path.open("w", encoding="utf-8") as file:
        if header:
            file.write(f"{words} {DIMENSION}\n")
        for word in range(words):
            file.write(f"word{word} {lines[word % len(lines)]}\n")
    return path


def _write_arrays(path: Path, words: int) -> Path:
    vectors = np.ones((words, DIMENSION), np.float32)
    np.savez(path, words=np.array([f"word{word}" for word in range(words)]), vectors=vectors)
    return path


def _write_binary(path: Path, words: int) -> Path:
    row = np.random.default_rng(0).standard_normal(DIMENSION).astype("<f4").tobytes()
    with path.open("wb") as file:
        file.write(f"{words} {DIMENSION}\n".encode())
        for word in range(words):
            file.write(f"word{word} ".encode() + row + b"\n")
    return path


@pytest.mark.parametrize("form", ["header", "glove", "binary", "npz"])
def test_peak_memory(tmp_path: Path, form: str) -> None:
    def write(name: str, words: int) -> Path:
        path = tmp_path / f"{name}.npz"
        if form == "binary":
            return _write_binary(path, words)
        if form == "npz":
            return _write_arrays(path, words)
        return _write_text(path, words, header=form == "header")

    ratio = _peak_over_matrix(write("small", 20), write("large", WORDS), WORDS)
    # Below one would mean that the measurement misses the matrix itself.
    assert 1 <= ratio <= ALLOWED
