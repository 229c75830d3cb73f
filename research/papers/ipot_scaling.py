"""Time and memory of IPOT, Sinkhorn and the linear program as n grows (Fig. 2.3)."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import ot
import torch

from isogloss.models.optimal_transport.inexact_proximal_point import (
    ProximalSettings,
    solve_inexact_proximal_point,
)
from isogloss.models.optimal_transport.problem import TransportProblem
from research.papers.ipot_memory import memory_over_cost

STRENGTHS = (1.0, 0.1, 0.01, 0.001)
TOLERANCE = 1e-4
_DIMENSION = 16
_STEPS_TIMED = 129
_SMALLEST_CONSTANT = 0.1
_LARGEST_WITH_ALL = 256
_SMALLEST_FOR_MEMORY = 1024
_TURNS = 5
_LARGEST_WITH_ALL_TURNS = 1024


def cost_matrix(n: int, seed: int) -> np.ndarray:
    """Squared distances of two uniform samples of [0, 1]¹⁶."""
    rng = np.random.default_rng(seed)
    return np.asarray(ot.dist(rng.uniform(size=(n, _DIMENSION)), rng.uniform(size=(n, _DIMENSION))))


def scaling(
    seed: int, n: int, *, iterations: int, sinkhorn_iterations: int, stabilised: int
) -> list[dict[str, object]]:
    """Time to marginals within 1e-4 (total variation) and, for IPOT, a cost within 1e-4.

    Every solver stops by what it knows itself; the error against the linear program is measured
    afterwards. Sinkhorn stops by its marginals, since its cost keeps a bias.

    Args:
        seed: Of the sample.
        n: Points of each side.
        iterations: Bound on the iterations of IPOT.
        sinkhorn_iterations: Bound on the iterations of Sinkhorn.
        stabilised: Bound on those of stabilised Sinkhorn.

    """
    cost = cost_matrix(n, seed)
    weights = np.full(n, 1 / n)
    seconds, exact = _timed(lambda: float(ot.emd2(weights, weights, cost, numItermax=10**8)))
    rows = [_row(seed, n, "linear program", seconds, 0.0, reached=True)]
    problem = TransportProblem.uniform(torch.from_numpy(cost).float())
    for beta in STRENGTHS:
        for first in _first_strengths(beta, n):
            settings = ProximalSettings(
                beta=beta, first_beta=first, iterations=iterations, tolerance=TOLERANCE
            )
            seconds, output = _timed(partial(solve_inexact_proximal_point, problem, settings))
            name = f"IPOT, β = {beta:g}" + ("" if first is None else ", falling")
            error = float(output.cost) / exact - 1
            rows.append(
                _row(seed, n, name, seconds, error, reached=output.converged)
                | {
                    "iterations": output.iterations,
                    "upper_bound_error": float(output.upper_bound) / exact - 1,
                    "entries_per_row": float((output.plan > 1e-8).sum()) / n,
                    "finite": bool(torch.isfinite(output.plan).all()),
                }
            )
    # Total variation t of evenly spread errors is a Euclidean norm of 2 t / √n, which POT looks at.
    threshold = 2 * TOLERANCE / n**0.5
    for epsilon, method, bound in (
        (0.01, "sinkhorn", sinkhorn_iterations),
        (0.001, "sinkhorn", sinkhorn_iterations),
        (0.001, "sinkhorn_stabilized", stabilised),
    ):
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # that it underflows is what the row says
            seconds, (plan, log) = _timed(
                partial(
                    ot.sinkhorn,
                    *(weights, weights, cost, epsilon, method, bound, threshold),
                    warn=False,
                    log=True,
                )
            )
            value = float((plan * cost).sum())
        name = "stabilised Sinkhorn" if method != "sinkhorn" else "Sinkhorn"
        error = value / exact - 1 if np.isfinite(value) and value > 0 else None
        reached = error is not None and bool(log["err"]) and float(log["err"][-1]) <= threshold
        rows.append(_row(seed, n, f"{name}, ε = {epsilon:g}", seconds, error, reached=reached))
    return rows


def per_iteration(seed: int, n: int, *, iterations: int) -> list[dict[str, object]]:
    """Time per iteration of IPOT and of POT's Sinkhorn, and what each takes beside the cost.

    It is the processor's time on one thread; the methods take turns, and the fastest turn of each
    counts. So other work on the machine slows none of them alone.
    """
    cost = cost_matrix(n, seed)
    count = max(_STEPS_TIMED, min(iterations, int(2e8 / n**2)))
    methods: dict[tuple[str, str], Callable[[], float]] = {}
    for name in ("float32", "float64"):
        typed = cost.astype(name)
        problem = TransportProblem.uniform(torch.from_numpy(typed))
        methods["IPOT", name] = partial(_seconds_per_step, problem, count)
        methods["POT Sinkhorn", name] = partial(_seconds_per_sinkhorn_iteration, typed, count)
    turns = _TURNS if n <= _LARGEST_WITH_ALL_TURNS else 2
    best = dict.fromkeys(methods, float("inf"))
    for _ in range(turns):
        for method, measure in methods.items():
            best[method] = min(best[method], measure())
    solvers = {"IPOT": "ipot", "POT Sinkhorn": "sinkhorn"}
    return [
        _iteration_row(
            seed,
            n,
            f"{method}, {name}",
            seconds,
            memory_over_cost(solvers[method], name, n) if n >= _SMALLEST_FOR_MEMORY else None,
        )
        for (method, name), seconds in best.items()
    ]


def _first_strengths(beta: float, n: int) -> tuple[float | None, ...]:
    """Constant as in the paper, and falling; a small constant takes too long where n is large."""
    if beta >= 1:
        return (None,)
    return (None, 1.0) if beta >= _SMALLEST_CONSTANT or n <= _LARGEST_WITH_ALL else (1.0,)


def _seconds_per_step(problem: TransportProblem, count: int) -> float:
    """Time of the steps after the first 260, by which the runs have their full length."""
    times: dict[int, float] = {}

    def observe(done: int) -> None:
        times[done] = time.process_time()

    settings = ProximalSettings(beta=0.1, iterations=260 + count, tolerance=0.0)
    solve_inexact_proximal_point(problem, settings, observe=observe)
    first, last = min(done for done in times if done >= 250), max(times)
    return (times[last] - times[first]) / (last - first)


def _seconds_per_sinkhorn_iteration(cost: np.ndarray, count: int) -> float:
    """Time of the iterations after the first ten, the forming of the kernel left out."""
    even = np.full(len(cost), 1 / len(cost), cost.dtype)

    def run(iterations: int) -> object:
        # At ε = 0.1 float32 does not underflow, so that no iteration is cut short.
        return ot.sinkhorn(even, even, cost, 0.1, numItermax=iterations, stopThr=0, warn=False)

    begin = time.process_time()
    run(10)
    middle = time.process_time()
    run(10 + count)
    return (time.process_time() - middle - (middle - begin)) / count


def _timed(function: Callable[[], Any]) -> tuple[float, Any]:
    begin = time.perf_counter()
    result = function()
    return time.perf_counter() - begin, result


def _row(
    seed: int, n: int, method: str, seconds: float, error: float | None, *, reached: bool
) -> dict[str, object]:
    return {
        "experiment": "scaling",
        "seed": seed,
        "n": n,
        "method": method,
        "seconds": seconds,
        "relative_error": error,
        "reached": reached,
    }


def _iteration_row(
    seed: int, n: int, method: str, seconds: float, memory: float | None
) -> dict[str, object]:
    return {
        "experiment": "iteration",
        "seed": seed,
        "n": n,
        "method": method,
        "milliseconds": 1000 * seconds,
        "memory_over_cost": memory,
    }
