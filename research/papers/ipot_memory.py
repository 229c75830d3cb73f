"""Peak memory of a solver beside the cost, measured in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import ot
import torch

from isogloss.models.optimal_transport.inexact_proximal_point import (
    ProximalSettings,
    solve_inexact_proximal_point,
)
from isogloss.models.optimal_transport.problem import TransportProblem
from research.measurement import peak_mebibytes

_ITERATIONS = 8


def memory_over_cost(solver: str, dtype: str, n: int) -> float:
    """Memory that ``ipot`` or ``sinkhorn`` takes beside an n × n cost, over that of the cost."""
    command = [sys.executable, "-m", "research.papers.ipot_memory", solver, dtype, str(n)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


def _solve(solver: str, dtype: str, n: int) -> None:
    cost = np.empty((n, n), dtype)
    cost[:] = np.random.default_rng(0).random(n)
    if solver == "ipot":
        problem = TransportProblem.uniform(torch.from_numpy(cost))
        settings = ProximalSettings(beta=0.1, iterations=_ITERATIONS, tolerance=0.0)
        solve_inexact_proximal_point(problem, settings)
    else:
        even = np.full(n, 1 / n, dtype)
        ot.sinkhorn(even, even, cost, 0.1, numItermax=_ITERATIONS, stopThr=0, warn=False)


if __name__ == "__main__":
    chosen, kind, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    _solve(chosen, kind, 16)  # libraries load
    before = peak_mebibytes()
    _solve(chosen, kind, count)
    after = peak_mebibytes()
    print((after - before) * 2**20 / (count**2 * np.dtype(kind).itemsize) - 1)
