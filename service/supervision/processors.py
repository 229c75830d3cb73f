"""How the processors are shared out."""

from __future__ import annotations

import os


def share_processors(workers: int) -> None:
    """Give each worker its part of the processors, unless the environment says otherwise.

    To be called before the workers start: libraries read these variables once.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    threads = str(max(1, (cores or 1) // workers))
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, threads)
