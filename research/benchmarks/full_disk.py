"""A disk that is full while a checkpoint is saved, and files that cannot be read.

The disk is made full for one process by its limit on the size of files (RLIMIT_FSIZE), which fails
the very write that goes beyond, wherever in the libraries it happens. Its error is EFBIG, in place
of ENOSPC.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

from isogloss.models.checkpoint import load_checkpoint, save_checkpoint
from isogloss.models.errors import CheckpointError
from research.benchmarks.killed_saves import versions_of_a_pair

_NAMED, _UNNAMED = 10, 20


def measure_full_disk(times: int, seed: int = 0) -> dict[str, object]:
    """Save with too little room, many times; the old checkpoint must stay."""
    first, second = versions_of_a_pair()
    queries = np.random.default_rng(seed).standard_normal((20, first.source_dimension), np.float32)
    expected = first.align(queries).tobytes()
    chance = random.Random(seed)
    found: Counter[int] = Counter()
    whole = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fr-es"
        save_checkpoint(first, path)
        largest = max(file.stat().st_size for file in path.iterdir())
        for _ in range(times):
            room = chance.randrange(largest)
            child = os.fork()
            if not child:
                resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
                try:
                    save_checkpoint(second, path)
                except CheckpointError:
                    os._exit(_NAMED)
                except BaseException:
                    os._exit(_UNNAMED)
                os._exit(0)
            found[os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])] += 1
            whole += load_checkpoint(path).align(queries).tobytes() == expected
        save_checkpoint(first, path)
        left = len(list(Path(folder).iterdir())) - 1
    return {
        "fault": "disk full while it saves",
        "times": times,
        "old_whole": whole,
        "named_errors": found[_NAMED],
        "other_errors": times - found[_NAMED],
        "left_behind": left,
        "seed": seed,
    }


def measure_unreadable_files() -> dict[str, object]:
    """Make each file of a checkpoint unreadable in several ways; the reason must be named."""
    first, _ = versions_of_a_pair()
    times = named = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fr-es"
        save_checkpoint(first, path)
        for name in sorted(file.name for file in path.iterdir()):
            for way in (
                "missing",
                "a folder",
                "a link to nothing",
                "a link to itself",
                "cut",
                "empty",
            ):
                copy = Path(folder) / "copy"
                shutil.copytree(path, copy)
                _spoil(copy / name, way)
                times += 1
                try:
                    load_checkpoint(copy)
                except CheckpointError:
                    named += 1
                shutil.rmtree(copy)
    return {
        "fault": "file of a checkpoint unreadable",
        "times": times,
        "named_errors": named,
        "other_errors": times - named,
        "seed": 0,
    }


def _spoil(file: Path, way: str) -> None:
    content = file.read_bytes()
    file.unlink()
    match way:
        case "a folder":
            file.mkdir()
        case "a link to nothing":
            file.symlink_to("nowhere")
        case "a link to itself":
            file.symlink_to(file.name)
        case "cut":
            file.write_bytes(content[: len(content) // 2])
        case "empty":
            file.touch()
