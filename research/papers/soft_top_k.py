"""`research.papers soft-topk`: error against bound, a million scores, neighbours of digits.

The paper trains convolutional networks on MNIST and CIFAR-10, so none of its figures can stand
beside ours: here it is a small perceptron on the 8×8 digits that scikit-learn brings, so that two
cores take minutes and nothing is downloaded. What is compared is the order of the methods.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from isogloss.models.optimal_transport.soft_top_k import (
    hard_top_k,
    soft_top_k,
    soft_top_k_error_bound,
)
from research.measurement import peak_mebibytes, save_results
from research.methods.sorted_soft_top_k import sorted_soft_top_k
from research.papers.soft_top_k_neighbours import neighbour_table, neighbours

RESULTS = Path("research/results/soft_top_k.json")
_EPSILONS = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
_K = 10


def reproduce(
    *,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from 0.")] = 3,
    scores: Annotated[int, typer.Option(min=100, help="Scores of the largest problem.")] = 10**6,
    training: Annotated[
        list[int] | None, typer.Option(min=80, help="Training digits; may be repeated.")
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Steps of each training.")] = 300,
    neighbour_epsilon: Annotated[
        float, typer.Option(help="Strength of the entropy in the loss of the neighbours.")
    ] = 0.03,
    output: Annotated[Path, typer.Option(help="File of the results.")] = RESULTS,
) -> None:
    """SOFT top-k: its error against the bound, time and memory, k-NN on digits; minutes."""
    torch.set_num_threads(1)
    rows: list[dict[str, Any]] = []
    for seed in range(seeds):
        rows += errors(seed, 1000)
        for count in (scores // 100, scores):
            rows += [size("unsorted", seed, count, k) for k in (_K, count // 2)]
        rows.append(size("sorted", seed, scores // 10, _K))
        for count in training or (300, 1000):
            rows += neighbours(seed, training=count, steps=steps, k=5, epsilon=neighbour_epsilon)
    save_results(
        output, rows, {"seeds": seeds, "scores": scores, "steps": steps, "threads": 1, "k": _K}
    )
    typer.echo("\n\n".join((error_table(rows), size_table(rows), neighbour_table(rows))))


def errors(seed: int, count: int) -> list[dict[str, Any]]:
    """Measure Σ |A − hard| beside its bound, and the gradient beside finite differences."""
    x = _scores(seed, count, torch.float64)
    rows = []
    for epsilon in _EPSILONS:
        shares = soft_top_k(x, _K, epsilon)
        rows.append(
            {
                "part": "error",
                "seed": seed,
                "n": count,
                "epsilon": epsilon,
                "error": float((shares - hard_top_k(x, _K)).abs().sum()),
                "bound": float(soft_top_k_error_bound(x, _K, epsilon)),
                "gradient_error": _gradient_error(x, epsilon),
            }
        )
    return rows


def _gradient_error(x: torch.Tensor, epsilon: float) -> float:
    """Relative error of the gradient of a random sum of shares in a random direction."""
    generator = torch.Generator().manual_seed(1)
    weights, direction = torch.randn(2, len(x), generator=generator, dtype=x.dtype)
    leaf = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(weights @ soft_top_k(leaf, _K, epsilon), leaf)
    step = 1e-5 * epsilon
    ahead, behind = (
        float(weights @ soft_top_k(x + sign * step * direction, _K, epsilon)) for sign in (1, -1)
    )
    expected = (ahead - behind) / (2 * step)
    return abs(float(gradient @ direction) - expected) / max(abs(expected), 1e-12)


def size(kind: str, seed: int, count: int, k: int) -> dict[str, Any]:
    """Measure time and memory of the shares and their gradient, in a process of its own."""
    command = [sys.executable, "-m", __spec__.name, kind, str(seed), str(count), str(k)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, mebibytes = (float(figure) for figure in done.stdout.split())
    row = {"part": "size", "kind": kind, "seed": seed, "n": count, "k": k}
    return {**row, "seconds": seconds, "mebibytes": mebibytes}


def error_table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay out errors and bounds as a Markdown table: medians of the seeds, largest gradient error.

    The last column counts the seeds on which the error was within its bound.
    """
    chosen = [row for row in rows if row["part"] == "error"]
    lines = [
        "| ε | Σ\\|A − hard\\| | bound | gradient, relative error | within |",
        "|---" * 5 + "|",
    ]
    for epsilon in sorted({row["epsilon"] for row in chosen}, reverse=True):
        group = [row for row in chosen if row["epsilon"] == epsilon]
        error, bound = (statistics.median(row[key] for row in group) for key in ("error", "bound"))
        gradient = max(row["gradient_error"] for row in group)
        within = sum(row["error"] <= row["bound"] + 1e-12 for row in group)
        cells = f"{error:.3g} | {bound:.3g} | {gradient:.1e} | {within} of {len(group)}"
        lines.append(f"| {epsilon} | {cells} |")
    return "\n".join(lines)


def size_table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay out time and memory as a Markdown table: medians of the seeds."""
    chosen = [row for row in rows if row["part"] == "size"]
    lines = ["| variant | scores | k | seconds | MiB |", "|---" * 5 + "|"]
    for kind, n, k in sorted({(row["kind"], row["n"], row["k"]) for row in chosen}, reverse=True):
        group = [row for row in chosen if (row["kind"], row["n"], row["k"]) == (kind, n, k)]
        seconds = statistics.median(row["seconds"] for row in group)
        mebibytes = statistics.median(row["mebibytes"] for row in group)
        lines.append(f"| {kind} | {n:,} | {k:,} | {seconds:.2f} | {mebibytes:.0f} |")
    return "\n".join(lines)


def _scores(seed: int, count: int, dtype: torch.dtype) -> torch.Tensor:
    return torch.randn(count, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def _shares_and_gradient(kind: str, seed: int, count: int, k: int) -> float:
    leaf = _scores(seed, count, torch.float32).requires_grad_()
    begin = time.perf_counter()
    shares = (soft_top_k if kind == "unsorted" else sorted_soft_top_k)(leaf, k, 0.01)
    shares.square().sum().backward()  # type: ignore[no-untyped-call]
    return time.perf_counter() - begin


if __name__ == "__main__":
    torch.set_num_threads(1)
    chosen_kind, chosen_seed, chosen_count, chosen_k = sys.argv[1], *map(int, sys.argv[2:])
    _shares_and_gradient(chosen_kind, 0, 100, min(chosen_k, 10))  # libraries load
    before = peak_mebibytes()
    taken = _shares_and_gradient(chosen_kind, chosen_seed, chosen_count, chosen_k)
    print(taken, peak_mebibytes() - before)
