"""The largest memory that this process has taken."""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path


def peak_mebibytes() -> float:
    """Largest resident memory of this process so far, in MiB.

    On Linux not ``ru_maxrss``, which begins with the peak of the process that started this one.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024
