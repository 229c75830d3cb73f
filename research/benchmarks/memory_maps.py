"""How much of the memory of processes is theirs, and how much of it are mapped files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory of some processes together, in megabytes.

    Attributes:
        proportional: Each page counted once, shared among those who have it (PSS).
        resident: Each page counted for each process that has it (RSS).
        files_proportional: Of the mapped checkpoint, PSS.
        files_resident: Of the mapped checkpoint, RSS.

    """

    proportional: float
    resident: float
    files_proportional: float
    files_resident: float


def memory_of(processes: Sequence[psutil.Process], folder: Path) -> Memory:
    """Sum up the memory of processes, and their mappings of files in a folder."""
    whole = [process.memory_full_info() for process in processes]
    files = [_mapped(process.pid, folder) for process in processes]
    return Memory(
        proportional=sum(one.pss for one in whole) / 1e6,
        resident=sum(one.rss for one in whole) / 1e6,
        files_proportional=sum(one[1] for one in files) / 1e3,
        files_resident=sum(one[0] for one in files) / 1e3,
    )


def _mapped(pid: int, folder: Path) -> tuple[int, int]:
    """RSS and PSS of the mappings of files in a folder, in kilobytes."""
    resident = proportional = 0
    inside = False
    for line in Path(f"/proc/{pid}/smaps").read_text("utf-8", "replace").splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            inside = str(folder.resolve()) in line
        elif inside and (found := re.match(r"(Rss|Pss):\s+(\d+) kB", line)):
            size = int(found[2]) * 1024 // 1000
            resident += size * (found[1] == "Rss")
            proportional += size * (found[1] == "Pss")
    return resident, proportional
