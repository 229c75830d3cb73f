"""Convergence and plans of IPOT between two histograms on a line (Fig. 2.2 and 2.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import ot
import torch

from isogloss.models.optimal_transport.inexact_proximal_point import (
    ProximalSettings,
    solve_inexact_proximal_point,
)
from isogloss.models.optimal_transport.problem import TransportOutput, TransportProblem

STRENGTHS = (1.0, 0.1, 0.01, 0.001)
_ENTRY = 1e-8


def histograms(points: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two mixtures of Gaussians on a grid of [0, 1], and the squared distances of its points."""
    rng = np.random.default_rng(seed)
    grid = np.linspace(0, 1, points)

    def mixture(centres: Sequence[float]) -> np.ndarray:
        widths = rng.uniform(0.04, 0.08, len(centres))
        density = sum(
            np.exp(-((grid - centre) ** 2) / (2 * width**2))
            for centre, width in zip(centres, widths, strict=True)
        )
        return np.asarray(density / np.sum(density))

    left = mixture(rng.uniform(0.1, 0.5, 2).tolist())
    right = mixture(rng.uniform(0.4, 0.9, 3).tolist())
    return left, right, (grid[:, None] - grid[None, :]) ** 2


def convergence(
    seed: int, *, points: int, looks: Sequence[int], inner: Sequence[int]
) -> list[dict[str, object]]:
    """Relative error of the cost after given iterations, for each L and β, and Sinkhorn's."""
    a, b, cost = histograms(points, seed)
    exact = float(ot.emd2(a, b, cost))
    rows: list[dict[str, object]] = []
    for beta in STRENGTHS:
        errors = {
            sweeps: [abs(_solve((a, b, cost), beta, sweeps, t).cost / exact - 1) for t in looks]
            for sweeps in inner
        }
        for sweeps, found in errors.items():
            method = f"IPOT, L = {sweeps}"
            rows.append(_row(seed, method, beta, looks, [float(error) for error in found]))
        sinkhorn = [
            abs(float((_sinkhorn(a, b, cost, beta, t) * cost).sum()) / exact - 1) for t in looks
        ]
        rows.append(_row(seed, "Sinkhorn", beta, looks, sinkhorn))
    return rows


def sparsity(
    seed: int, *, points: int, looks: Sequence[int], picture: Path | None
) -> list[dict[str, object]]:
    """Entries above 1e-8 of the plans of IPOT and Sinkhorn, over those of the linear program."""
    a, b, cost = histograms(points, seed)
    linear = ot.emd(a, b, cost)
    plans: dict[tuple[str, float, int], np.ndarray] = {}
    for beta in STRENGTHS:
        for t in looks:
            plans["IPOT", beta, t] = _solve((a, b, cost), beta, 1, t).plan.numpy()
        plans["Sinkhorn", beta, looks[-1]] = _sinkhorn(a, b, cost, beta, looks[-1])
    if picture is not None:
        _draw(plans, linear, picture)
    return [
        {
            "experiment": "sparsity",
            "seed": seed,
            "method": method,
            "strength": beta,
            "iterations": t,
            "entries": int((plan > _ENTRY).sum()),
            "entries_of_linear_program": int((linear > _ENTRY).sum()),
        }
        for (method, beta, t), plan in plans.items()
    ]


def _row(
    seed: int, method: str, beta: float, looks: Sequence[int], errors: Sequence[float]
) -> dict[str, object]:
    by_iteration: Mapping[str, float] = {
        str(t): error for t, error in zip(looks, errors, strict=True)
    }
    return {
        "experiment": "convergence",
        "seed": seed,
        "method": method,
        "strength": beta,
        "relative_error": by_iteration,
    }


def _solve(
    sides: tuple[np.ndarray, np.ndarray, np.ndarray], beta: float, sweeps: int, iterations: int
) -> TransportOutput:
    a, b, cost = (torch.from_numpy(part) for part in sides)
    problem = TransportProblem(cost, a, b)
    settings = ProximalSettings(
        beta=beta, inner_iterations=sweeps, iterations=iterations, tolerance=0.0
    )
    return solve_inexact_proximal_point(problem, settings)


def _sinkhorn(
    a: np.ndarray, b: np.ndarray, cost: np.ndarray, epsilon: float, iterations: int
) -> np.ndarray:
    return np.asarray(
        ot.sinkhorn(
            a, b, cost, epsilon, "sinkhorn_log", numItermax=iterations, stopThr=0, warn=False
        )
    )


def _draw(
    plans: Mapping[tuple[str, float, int], np.ndarray], linear: np.ndarray, picture: Path
) -> None:
    from matplotlib.figure import Figure  # noqa: PLC0415  # only with the extra that needs it

    columns = [("IPOT", t) for t in sorted({t for name, _, t in plans if name == "IPOT"})]
    columns += [("Sinkhorn", t) for t in sorted({t for name, _, t in plans if name == "Sinkhorn"})]
    figure = Figure(figsize=(1.7 * len(columns), 1.7 * len(STRENGTHS) + 0.3))
    axes = figure.subplots(len(STRENGTHS), len(columns))
    support = np.argwhere(linear > _ENTRY)
    for line, beta in zip(axes, STRENGTHS, strict=True):
        for axis, (name, t) in zip(line, columns, strict=True):
            axis.scatter(support[:, 1], support[:, 0], s=0.4, color="black", linewidths=0)
            plan = plans[name, beta, t]
            axis.imshow(plan / plan.max(), cmap="Reds", alpha=0.75, interpolation="nearest")
            axis.set_title(f"{name} {'β' if name == 'IPOT' else 'ε'} = {beta:g}, {t}", fontsize=6)
            axis.set_xticks([])
            axis.set_yticks([])
    figure.tight_layout(pad=0.4)
    figure.savefig(picture, dpi=80)
