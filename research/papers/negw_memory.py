"""Peak memory of the estimator beside its data, in a process of its own; and Sinkhorn's need."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import torch

from isogloss.models.aligners.neural_entropic import estimate_entropic_gromov_wasserstein
from isogloss.models.aligners.neural_entropic.marginal import Marginal
from isogloss.models.aligners.recipe import NeuralEntropicRecipe
from research.measurement import peak_mebibytes

_DIMENSION = 16
_EPSILON = 3.0
_RECIPE = NeuralEntropicRecipe(
    widths=(64,), rounds=6, steps=10, batch=1024, learning_rate=2e-3, anchors=2048
)


def measure_memory(count: int) -> dict[str, Any]:
    """Measure a run on so many points of either side, in 16 dimensions."""
    command = [sys.executable, "-m", "research.papers.negw_memory", str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    measured: dict[str, Any] = json.loads(done.stdout)
    # Sinkhorn holds its kernel and its plan.
    return {
        "part": "memory",
        "dimension": _DIMENSION,
        "points": count,
        "data_mebibytes": round(2 * count * _DIMENSION * 4 / 2**20, 1),
        "sinkhorn_mebibytes": round(2 * count**2 * 4 / 2**20, 1),
        **measured,
    }


def _run(count: int) -> float:
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.randn(count, _DIMENSION, generator=generator) for _ in range(2))
    loaded = peak_mebibytes()
    found = estimate_entropic_gromov_wasserstein(
        Marginal.of_points(x, seed=1), Marginal.of_points(y, seed=2), _RECIPE, epsilon=_EPSILON
    )
    assert found.value > 0
    return peak_mebibytes() - loaded


if __name__ == "__main__":
    begin = time.perf_counter()
    extra = _run(int(sys.argv[1]))
    seconds = time.perf_counter() - begin
    print(json.dumps({"extra_mebibytes": round(extra, 1), "seconds": round(seconds, 1)}))
