"""SIGKILL in the middle of writing a checkpoint, and in the middle of putting it in its place."""

from __future__ import annotations

import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.served import make_translator
from models.checkpoint import find_checkpoints, load_checkpoint, save_checkpoint
from models.retrieval import Translator

_STEPS = ("open", "fsync", "replace", "rename", "rmdir", "unlink")
"""Calls of the operating system before which a save may be killed."""

_WORDS, _DIMENSION = 300, 20


def versions_of_a_pair() -> tuple[Translator, Translator]:
    """Make two versions of a pair that answer differently; the seed tells which is which."""
    first, second = (
        make_translator(words=_WORDS, dimension=_DIMENSION, seed=seed) for seed in (0, 1)
    )
    return first, second


def measure(kills: int, seed: int = 0) -> list[dict[str, object]]:
    """Kill as many saves at a random time, and as many at a random step of the swap."""
    return [
        _measure("killed while it writes a checkpoint", kills, seed, _kill_at_random_time),
        _measure("killed while it swaps a checkpoint", kills, seed, _kill_in_the_swap),
    ]


def _measure(
    fault: str, kills: int, seed: int, kill: Callable[[Translator, Path, random.Random], bool]
) -> dict[str, object]:
    versions = versions_of_a_pair()
    queries = np.random.default_rng(seed).standard_normal((20, _DIMENSION), np.float32)
    expected = [version.align(queries).tobytes() for version in versions]
    chance = random.Random(seed)
    found: Counter[str] = Counter()
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fr-es"
        save_checkpoint(versions[0], path)
        held = 0
        for _ in range(kills):
            while not kill(versions[1 - held], path, chance):
                held = 1 - held  # the save was done before it could be killed
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
        "lost": found["lost"],
        "half_loaded": found["half"],
        "left_behind": len(left) - 1,
        "seconds": round(time.perf_counter() - begun, 1),
        "seed": seed,
    }


def _kill_at_random_time(version: Translator, path: Path, chance: random.Random) -> bool:
    """Save in a child and kill it; tell whether it was still at it."""
    begun = time.perf_counter()
    save_checkpoint(version, path.with_name(".timed"))
    seconds = time.perf_counter() - begun
    shutil.rmtree(path.with_name(".timed"))
    child = os.fork()
    if not child:
        _save_and_leave(version, path)
    time.sleep(chance.uniform(0, 1.2 * seconds))
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def _kill_in_the_swap(version: Translator, path: Path, chance: random.Random) -> bool:
    """Save in a child that kills itself before a step of the last part of the save."""
    steps_before_the_end = chance.randint(1, 12)
    total = _count_steps(version, path.with_name(".count") / "fr-es")
    child = os.fork()
    if not child:
        _watch_steps(total - steps_before_the_end)
        _save_and_leave(version, path)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def _count_steps(version: Translator, path: Path) -> int:
    """Count the steps of replacing a checkpoint."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        save_checkpoint(version, path)
        counted = _watch_steps(None)
        save_checkpoint(version, path)
        os.write(writing, b"%d" % counted[0])
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    total = int(os.read(reading, 20))
    os.close(reading)
    shutil.rmtree(path.parent)
    return total


def _watch_steps(last: int | None) -> list[int]:
    """Count the calls of the operating system; kill the process before one of them."""
    count = [0]

    def watched(original: Callable[..., Any]) -> Callable[..., Any]:
        def stand_in(*arguments: Any, **options: Any) -> Any:
            count[0] += 1
            if count[0] == last:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*arguments, **options)

        return stand_in

    for name in _STEPS:
        setattr(os, name, watched(getattr(os, name)))
    return count


def _save_and_leave(version: Translator, path: Path) -> None:
    try:
        save_checkpoint(version, path)
    finally:
        os._exit(0)
