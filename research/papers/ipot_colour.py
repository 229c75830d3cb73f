"""Colour transfer between two photographs, channel by channel (Fig. 2.7)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import ot
import torch
from sklearn.datasets import load_sample_image

from isogloss.models.optimal_transport.inexact_proximal_point import (
    ProximalSettings,
    solve_inexact_proximal_point,
)
from isogloss.models.optimal_transport.problem import TransportProblem

_BINS = 256
_EPSILONS = (1e-2, 1e-3)


def colour_transfer(
    *, every: int, iterations: int, picture: Path | None
) -> list[dict[str, object]]:
    """Give `china.jpg` the colours of `flower.jpg`, by the plan of each method.

    A level goes to the mean of the levels that its plan sends it to. What is measured is how far
    the picture is from the one that the linear program makes.

    Args:
        every: Take only every so manieth row and column of the photographs.
        iterations: Bound on the iterations of IPOT and Sinkhorn.
        picture: Where the pictures are drawn.

    """
    source, target = (load_sample_image(name)[::every, ::every] for name in _NAMES)
    results = {
        name: np.stack(
            [_transferred(source[..., c], target[..., c], name, iterations) for c in range(3)], -1
        )
        for name in ("linear program", "IPOT", *(f"Sinkhorn, ε = {e:g}" for e in _EPSILONS))
    }
    linear = results["linear program"]
    if picture is not None:
        _draw({"source": source, "colours": target, **results}, picture)
    return [
        {
            "experiment": "colour",
            "seed": 0,
            "method": name,
            "mean_levels_from_linear_program": float(np.abs(image - linear).mean()),
            "largest_levels_from_linear_program": float(np.abs(image - linear).max()),
        }
        for name, image in results.items()
        if name != "linear program"
    ]


_NAMES = ("china.jpg", "flower.jpg")


def _transferred(
    source: np.ndarray, target: np.ndarray, method: str, iterations: int
) -> np.ndarray:
    a, b = (np.bincount(side.ravel(), minlength=_BINS) / side.size for side in (source, target))
    levels = np.arange(_BINS) / (_BINS - 1)
    cost = (levels[:, None] - levels[None, :]) ** 2
    plan = _plan(a, b, cost, method, iterations)
    sent = np.divide(plan @ levels, plan.sum(axis=1), where=a > 0, out=levels.copy())
    return np.asarray(255 * sent[source])


def _plan(
    a: np.ndarray, b: np.ndarray, cost: np.ndarray, method: str, iterations: int
) -> np.ndarray:
    if method == "linear program":
        return np.asarray(ot.emd(a, b, cost))
    if method == "IPOT":
        problem = TransportProblem(*(torch.from_numpy(part) for part in (cost, a, b)))
        settings = ProximalSettings(
            beta=0.01, inner_iterations=5, iterations=iterations, tolerance=1e-4
        )
        return solve_inexact_proximal_point(problem, settings).plan.numpy()
    epsilon = float(method.rpartition(" ")[2])
    with np.errstate(divide="ignore"):  # levels that do not occur
        plan = ot.sinkhorn(a, b, cost, epsilon, "sinkhorn_log", iterations, 1e-9, warn=False)
    return np.asarray(plan)


def _draw(images: dict[str, np.ndarray], picture: Path) -> None:
    from matplotlib.figure import Figure  # noqa: PLC0415  # only with the extra that needs it

    figure = Figure(figsize=(7.5, 3.6))
    for axis, (name, image) in zip(figure.subplots(2, 3).flat, images.items(), strict=True):
        axis.imshow(image.round().astype(np.uint8)[::2, ::2])
        axis.set_title(name, fontsize=7)
        axis.axis("off")
    figure.tight_layout(pad=0.3)
    figure.savefig(picture, dpi=75)
