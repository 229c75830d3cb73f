"""SIGKILL in the middle of writing a checkpoint, and in the middle of putting it in its place."""

from __future__ import annotations

import os
import random
import shutil
import signal
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from isogloss.models.checkpoint import find_checkpoints, load_checkpoint, save_checkpoint
from isogloss.models.retrieval import Translator
from research.benchmarks.served import make_translator

_STEPS = ("open", "fsync", "replace", "rename", "rmdir", "unlink")
"""Calls of the operating system before which a save may be killed."""

_WORDS, _DIMENSION = 300, 20

_MOVED_BACK = 0.95
"""What is left of the time before a kill that came after the end of the save."""


def versions_of_a_pair() -> tuple[Translator, Translator]:
    """Make two versions of a pair that answer differently; the seed tells which is which."""
    first, second = (
        make_translator(words=_WORDS, dimension=_DIMENSION, seed=seed) for seed in (0, 1)
    )
    return first, second


def measure(kills: int, seed: int = 0) -> list[dict[str, object]]:
    """Kill as many saves at moments spread over the whole save, and as many within the swap."""
    return [
        _measure("killed while it writes a checkpoint", kills, seed, _kill_at_a_moment),
        _measure("killed while it swaps a checkpoint", kills, seed, _kill_in_the_swap),
    ]


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A save that is to be killed.

    Attributes:
        version: What is saved.
        path: Where.
        share: How far the kill is into the save, or into its swap: in (0, 1).

    """

    version: Translator
    path: Path
    share: float


def _measure(
    fault: str, kills: int, seed: int, kill: Callable[[_Attempt], bool]
) -> dict[str, object]:
    versions = versions_of_a_pair()
    queries = np.random.default_rng(seed).standard_normal((20, _DIMENSION), np.float32)
    expected = [version.align(queries).tobytes() for version in versions]
    shares = [(number + 0.5) / kills for number in range(kills)]
    random.Random(seed).shuffle(shares)
    found: Counter[str] = Counter()
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fr-es"
        save_checkpoint(versions[0], path)
        held = 0
        for wanted in shares:
            share = wanted
            while not kill(_Attempt(versions[1 - held], path, share)):
                held = 1 - held  # the save was done before it could be killed
                share *= _MOVED_BACK
                found["too late"] += 1
            if find_checkpoints(Path(folder)) != (path,):
                found["lost"] += 1
                continue
            read = load_checkpoint(path)
            seen = read.details.seed
            if read.align(queries).tobytes() != expected[seen]:
                found["half"] += 1
            found["old" if seen == held else "new"] += 1
            held = seen
        save_checkpoint(versions[0], path)
        left = sorted(entry.name for entry in Path(folder).iterdir())
    return {
        "fault": fault,
        "times": kills,
        "old_whole": found["old"],
        "new_whole": found["new"],
        "too_late": found["too late"],
        "lost": found["lost"],
        "half_loaded": found["half"],
        "left_behind": len(left) - 1,
        "seconds": round(time.perf_counter() - begun, 1),
        "seed": seed,
    }


def _kill_at_a_moment(attempt: _Attempt) -> bool:
    """Save in a child and kill it; tell whether it was still at it.

    The child is timed by itself, and the moment counted from when it begins: a busy machine may
    start it late.
    """
    seconds = statistics.median(_seconds_of_a_save(attempt) for _ in range(3))
    child, _ = _start_save(attempt.version, attempt.path)
    time.sleep(attempt.share * seconds)
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def _seconds_of_a_save(attempt: _Attempt) -> float:
    """Time a save of a child over a copy of what is there."""
    with _copied(attempt.path) as copy:
        child, begun = _start_save(attempt.version, copy)
        os.waitpid(child, 0)
        return time.perf_counter() - begun


def _start_save(version: Translator, path: Path) -> tuple[int, float]:
    """Start a child that saves; return when it has begun, and the time of that."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, b"!")
        _save_and_leave(version, path)
    os.close(writing)
    os.read(reading, 1)
    os.close(reading)
    return child, time.perf_counter()


def _kill_in_the_swap(attempt: _Attempt) -> bool:
    """Save in a child that kills itself before one of the steps from the first rename on."""
    steps = _steps_of_a_save(attempt)
    # Renames before the files are flushed clear up behind an earlier kill.
    first = steps.index("replace", steps.index("fsync"))
    chosen = first + int(attempt.share * (len(steps) - first))
    child = os.fork()
    if not child:
        _watch_steps(kill_before=chosen)
        _save_and_leave(attempt.version, attempt.path)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def _steps_of_a_save(attempt: _Attempt) -> list[str]:
    """Name the steps of a save over a copy of what is there."""
    with _copied(attempt.path) as copy:
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            steps = _watch_steps()
            save_checkpoint(attempt.version, copy)
            os.write(writing, " ".join(steps).encode("ascii"))
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "r", encoding="ascii") as pipe:
            steps = pipe.read().split()
        os.waitpid(child, 0)
    return steps


@contextmanager
def _copied(path: Path) -> Iterator[Path]:
    """Copy a checkpoint with all that earlier kills left beside it."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(path.parent, folder, dirs_exist_ok=True)
        yield Path(folder) / path.name


def _watch_steps(kill_before: int | None = None) -> list[str]:
    """List the calls of the operating system from now on; kill the process before one of them."""
    steps: list[str] = []

    def watched(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def stand_in(*arguments: Any, **options: Any) -> Any:
            if len(steps) == kill_before:
                os.kill(os.getpid(), signal.SIGKILL)
            steps.append(name)
            return original(*arguments, **options)

        return stand_in

    for name in _STEPS:
        setattr(os, name, watched(name, getattr(os, name)))
    return steps


def _save_and_leave(version: Translator, path: Path) -> None:
    try:
        save_checkpoint(version, path)
    finally:
        os._exit(0)
