"""Fig. 3 of NEGW on the 8×8 digits: turning changes nothing; which digits are alike."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

import torch
from sklearn.datasets import load_digits
from torch import Tensor

from isogloss.models.aligners.neural_entropic import estimate_entropic_gromov_wasserstein
from isogloss.models.aligners.neural_entropic.gaussian import epsilon_of_entropy
from isogloss.models.aligners.neural_entropic.marginal import Marginal
from isogloss.models.aligners.neural_entropic.sinkhorn import sinkhorn_gromov_wasserstein
from isogloss.models.aligners.recipe import NeuralEntropicRecipe

_NATS = 2.0
_RECIPE = NeuralEntropicRecipe(
    widths=(64,), rounds=8, steps=15, batch=1797, learning_rate=2e-3, anchors=1797
)


def measure_rotations(seed: int) -> dict[str, Any]:
    """Fig. 3a: |IGW(μ, μ) − IGW(U#μ, V#μ)| for random orthogonal U and V; the paper has a plot."""
    points = digits()[0]
    epsilon = _epsilon(points)
    generator = torch.Generator().manual_seed(seed)
    turns = [torch.linalg.qr(torch.randn(64, 64, generator=generator))[0] for _ in range(2)]
    begin = time.perf_counter()
    plain = _distance(points, points, epsilon, seed=seed)
    turned = _distance(points @ turns[0], points @ turns[1], epsilon, seed=seed)
    return {
        "part": "rotations",
        "seed": seed,
        "points": len(points),
        "epsilon": epsilon,
        "plain": plain,
        "turned": turned,
        "gap": abs(plain - turned) / plain,
        "seconds": round(time.perf_counter() - begin, 1),
    }


def measure_digit_matrix() -> dict[str, Any]:
    """Fig. 3b: distances between the digits, less half of each digit's distance to itself."""
    points, labels = digits()
    sides = []
    for digit in range(10):
        own = points[labels == digit]
        sides.append(own - own.mean(dim=0))
    epsilon = _epsilon(points)
    raw, exact = torch.zeros(10, 10), torch.zeros(10, 10)
    begin = time.perf_counter()
    for i in range(10):
        for j in range(i, 10):
            raw[i, j] = raw[j, i] = _distance(sides[i], sides[j], epsilon, seed=0)
            solved = sinkhorn_gromov_wasserstein(
                sides[i], sides[j], "inner-product", epsilon=epsilon
            )
            exact[i, j] = exact[j, i] = solved.value
    return {
        "part": "digits",
        "epsilon": epsilon,
        "matrix": _debiased(raw),
        "sinkhorn_matrix": _debiased(exact),
        "largest_error": float(((raw - exact).abs() / exact).max()),
        "seconds": round(time.perf_counter() - begin, 1),
    }


@cache
def digits() -> tuple[Tensor, Tensor]:
    """Give the images of mean zero [1797, 64], scaled so that E ‖x‖² is 1, and their labels."""
    data = load_digits()
    points = torch.from_numpy(data.data).float()
    points = points - points.mean(dim=0)
    points /= float(points.square().sum(dim=1).mean()) ** 0.5
    return points, torch.from_numpy(data.target)


def _epsilon(points: Tensor) -> float:
    moments = points.T.double() @ points.double() / len(points)
    return epsilon_of_entropy(moments, moments, "inner-product", _NATS)


def _distance(x: Tensor, y: Tensor, epsilon: float, *, seed: int) -> float:
    return estimate_entropic_gromov_wasserstein(
        Marginal.of_points(x, seed=1),
        Marginal.of_points(y, seed=2),
        _RECIPE,
        epsilon=epsilon,
        seed=seed,
    ).value


def _debiased(raw: Tensor) -> list[list[float]]:
    own = raw.diag()
    less = raw - (own[:, None] + own[None, :]) / 2
    return [[round(float(value), 6) for value in row] for row in less]
