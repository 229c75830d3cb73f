"""`research.papers barycenter`: Fig. 2.8 of the thesis, on the 8×8 digits of scikit-learn.

The paper moves and scales MNIST digits on a 50 × 50 grid, 50 of each, and shows pictures without
numbers. Here the 8×8 digits are scaled by a half to the double of their size, moved to a random
place, and laid on a smaller grid. What is measured: the entropy of each barycenter (the lower, the
sharper), how far the marginals of its plans are apart, and the mean cost of transport to the digits
by the linear program, which a barycenter is to minimise.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import numpy as np
import ot
import torch
import typer
from sklearn.datasets import load_digits

from isogloss.scripts.progress import tracked
from research.measurement import save_results
from research.methods.grid_barycenter import GridBarycenterProblem, solve_grid_barycenter

_EPSILON = 1e-3
_ITERATIONS = 50
"""As in the paper: ε = β = 0.001 after 50 iterations, in units of the side of the grid."""

_WORKING_EPSILON = 5e-3
"""At ε = 0.001 POT's kernels underflow between far cells; this is near the least that works."""

Solver = Callable[[np.ndarray], tuple[np.ndarray, float]]


def reproduce(
    *,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from 0.")] = 3,
    size: Annotated[int, typer.Option(min=8, help="Cells of a side of the grid.")] = 24,
    images: Annotated[int, typer.Option(min=2, help="Digits in each barycenter.")] = 8,
    digits: Annotated[
        list[int] | None, typer.Option("--digit", min=0, max=9, help="Repeatable; all by default.")
    ] = None,
    pictures: Annotated[bool, typer.Option(help="Draw the barycenters beside the results.")] = True,
    output: Annotated[Path, typer.Option(help="File of the results.")] = Path(
        "research/results/barycenter.json"
    ),
) -> None:
    """Repeat the barycenters of digits: IPOT beside POT's Sinkhorn and convolutional ones."""
    torch.set_num_threads(1)
    rows: list[dict[str, object]] = []
    drawn: dict[int, dict[str, np.ndarray]] = {}
    for seed in tracked(range(seeds), "seeds"):
        for digit in digits or range(10):
            histograms = moved_digits(digit, size=size, images=images, seed=seed)
            found = {name: _timed(solver, histograms) for name, solver in solvers(size).items()}
            rows += [_row(seed, digit, name, histograms, *result) for name, result in found.items()]
            if seed == 0:
                drawn[digit] = {"one digit": histograms[0]} | {n: r[0] for n, r in found.items()}
    settings = {"seeds": seeds, "size": size, "images": images, "epsilon_and_beta": _EPSILON}
    save_results(output, rows, {**settings, "iterations": _ITERATIONS, "threads": 1})
    if pictures:
        _draw(drawn, output.with_suffix(".png"))
    typer.echo(table(rows))


def moved_digits(digit: int, *, size: int, images: int, seed: int) -> np.ndarray:
    """Digits scaled and moved at random, as histograms of shape [images, size, size]."""
    rng = np.random.default_rng(1000 * seed + digit)
    data = load_digits()
    chosen = rng.choice(np.flatnonzero(data.target == digit), images, replace=False)
    histograms = np.zeros((images, size, size))
    for canvas, picture in zip(histograms, data.images[chosen], strict=True):
        # Half to double of a third of the grid, so that the largest still fits in.
        side = int(rng.integers(max(4, size // 6), 2 * size // 3 + 1))
        places = np.minimum(np.arange(side) * 8 // side, 7)
        top, left = rng.integers(0, size - side + 1, 2)
        canvas[top : top + side, left : left + side] = picture[np.ix_(places, places)]
    return np.asarray(histograms / histograms.sum(axis=(1, 2), keepdims=True))


def solvers(size: int) -> Mapping[str, Solver]:
    """Each method; takes histograms, gives the barycenter and how far its marginals are apart."""
    places = np.stack(np.meshgrid(*2 * [np.arange(size) / size], indexing="ij"), -1).reshape(-1, 2)
    cost = ot.dist(places, places)

    def ours(beta: float, iterations: int, sweeps: int, printed: bool) -> Solver:
        def solve(histograms: np.ndarray) -> tuple[np.ndarray, float]:
            problem = GridBarycenterProblem(torch.from_numpy(histograms), spacing=1 / size)
            result = solve_grid_barycenter(
                problem,
                beta=beta,
                inner_iterations=sweeps,
                iterations=iterations,
                printed_order=printed,
            )
            return result.barycenter.numpy(), float(result.marginal_errors.mean())

        return solve

    def sinkhorn(epsilon: float) -> Solver:
        def solve(histograms: np.ndarray) -> tuple[np.ndarray, float]:
            columns = histograms.reshape(len(histograms), -1).T
            options = {"numItermax": 1000, "stopThr": 1e-7, "log": True, "warn": False}
            q, log = ot.bregman.barycenter(columns, cost, epsilon, **options)
            return q.reshape(size, size), _last(log)

        return solve

    def convolutional(epsilon: float) -> Solver:
        def solve(histograms: np.ndarray) -> tuple[np.ndarray, float]:
            options = {"numItermax": 1000, "stopThr": 1e-7, "log": True, "warn": False}
            q, log = ot.bregman.convolutional_barycenter2d(histograms, epsilon, **options)
            return np.asarray(q), _last(log)

        return solve

    return {
        f"POT {name}, ε = {epsilon:g}": kind(epsilon)
        for name, kind in (("Sinkhorn", sinkhorn), ("convolutional", convolutional))
        for epsilon in (_EPSILON, _WORKING_EPSILON)
    } | {
        "Algorithm 2 as printed, β = 0.001": ours(_EPSILON, _ITERATIONS, 1, True),
        "IPOT, β = 0.001": ours(_EPSILON, _ITERATIONS, 1, False),
        "IPOT, β = 0.05": ours(0.05, 6 * _ITERATIONS, 1, False),
    }


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Lay out the medians over digits and seeds as Markdown."""
    lines = [
        "| method | entropy | mass | marginal error | Σ λW(q, p) | seconds |",
        "|---|---|---|---|---|---|",
    ]
    for method in dict.fromkeys(row["method"] for row in rows):
        group = [row for row in rows if row["method"] == method]

        if any(row["entropy"] is None for row in group):
            lost = sum(row["entropy"] is None for row in group)
            lines.append(f"| {method} | no number in {lost} of {len(group)} | | | | |")
            continue

        def middle(name: str, of: Sequence[Mapping[str, Any]] = group) -> float:
            return float(median(row[name] for row in of))

        lines.append(
            f"| {method} | {middle('entropy'):.2f} | {middle('mass'):.3f} "
            f"| {middle('marginal_error'):.1e} | {middle('objective'):.5f} "
            f"| {middle('seconds'):.2f} |"
        )
    return "\n".join(lines)


def _timed(solver: Solver, histograms: np.ndarray) -> tuple[np.ndarray, float, float]:
    begin = time.perf_counter()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what POT warns of shows in the figures
        q, error = solver(histograms)
    return q, error, time.perf_counter() - begin


def _row(
    seed: int, digit: int, method: str, histograms: np.ndarray, *result: Any
) -> dict[str, object]:
    q, error, seconds = result
    mass = float(q.sum())
    common: dict[str, object] = {"seed": seed, "digit": digit, "method": method, "seconds": seconds}
    if not np.isfinite(q).all() or not mass > 0:
        lost = dict.fromkeys(("entropy", "mass", "marginal_error", "objective"))
        return common | lost
    normal = (q / mass).ravel()
    size = histograms.shape[1]
    places = np.stack(np.meshgrid(*2 * [np.arange(size) / size], indexing="ij"), -1).reshape(-1, 2)
    kept = normal > 1e-12
    sparse = normal[kept] / normal[kept].sum()
    costs = []
    for each in histograms.reshape(len(histograms), -1):
        there = each > 0
        cost = ot.dist(places[kept], places[there])
        costs.append(
            float(ot.emd2(sparse, each[there] / each[there].sum(), cost, numItermax=10**7))
        )
    return common | {
        "entropy": float(-(sparse * np.log(sparse)).sum()),
        "mass": mass,
        "marginal_error": error if np.isfinite(error) else None,
        "objective": float(np.mean(costs)),
    }


def _last(log: Mapping[str, Any]) -> float:
    """POT's own figure: the spread of the marginals over the histograms, summed over the cells."""
    return float(log["err"][-1])


def _draw(drawn: Mapping[int, Mapping[str, np.ndarray]], picture: Path) -> None:
    from matplotlib.figure import Figure  # noqa: PLC0415  # only with the extra that needs it

    names = list(next(iter(drawn.values())))
    figure = Figure(figsize=(0.75 * len(drawn) + 1.6, 0.8 * len(names)))
    axes = figure.subplots(len(names), len(drawn), squeeze=False)
    for line, name in zip(axes, names, strict=True):
        for axis, images in zip(line, drawn.values(), strict=True):
            axis.imshow(images[name], cmap="gray_r")
            axis.set_xticks([])
            axis.set_yticks([])
        line[0].set_ylabel(name, fontsize=5, rotation=0, ha="right", va="center")
    figure.tight_layout(pad=0.2)
    figure.savefig(picture, dpi=90)
