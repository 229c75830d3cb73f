"""Groups of `research.papers robot`: which rows belong to which responses is known by group."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from dataclasses import replace

import torch

from research.methods.shuffled_regression import (
    DescentSettings,
    descend_hypergradient,
    descend_squares,
)
from research.papers.robot_samples import (
    DIMENSION,
    SIGNAL_TO_NOISE,
    Kind,
    draw_sample,
    shuffled_within,
)
from research.papers.robot_tables import GROUP_METHODS, Row

_SIZES = (2, 10, 50)
_SETTINGS = DescentSettings(rate=0.01, first_epsilon=0.1, last_epsilon=0.01, sweeps=20)
_HIDDEN = 64


def grouped_errors(seed: int, count: int, steps: int) -> Iterator[Row]:
    """Fit rows shuffled within groups of several sizes; relative squared error on fresh rows."""
    kinds: tuple[Kind, ...] = ("linear", "network")
    for kind in kinds:
        sample = draw_sample(
            kind, count=count, dimension=DIMENSION, signal_to_noise=SIGNAL_TO_NOISE, seed=seed
        )
        settings = replace(_SETTINGS, steps=steps)
        variance = sample.fresh_signal.var(correction=0)
        for size in _SIZES:
            x = sample.x.view(-1, size, DIMENSION)
            y = shuffled_within(sample.y, size, seed)
            torch.manual_seed(seed)
            model = _model(kind)
            fitted = copy.deepcopy(model)
            descend_squares(fitted, x, y, settings, in_order=False)
            for method in GROUP_METHODS:
                begin = time.process_time()
                each = copy.deepcopy(model if method == "oracle" else fitted)
                if method == "oracle":
                    descend_squares(each, x, sample.y.view(-1, size), settings, in_order=False)
                elif method == "ROBOT":
                    descend_hypergradient(each, x, y, settings)
                elif method != "least squares":
                    descend_squares(each, x, y, settings, in_order=True)
                with torch.no_grad():
                    off = each(sample.fresh_x)[:, 0] - sample.fresh_signal
                yield {
                    "function": kind,
                    "size": size,
                    "method": method,
                    "error": round(float(off.square().mean() / variance), 5),
                    "processor_seconds": round(time.process_time() - begin, 2),
                }


def _model(kind: Kind) -> torch.nn.Module:
    if kind == "linear":
        return torch.nn.Linear(DIMENSION, 1, dtype=torch.float64)
    return torch.nn.Sequential(
        torch.nn.Linear(DIMENSION, _HIDDEN, dtype=torch.float64),
        torch.nn.Tanh(),
        torch.nn.Linear(_HIDDEN, _HIDDEN, dtype=torch.float64),
        torch.nn.Tanh(),
        torch.nn.Linear(_HIDDEN, 1, dtype=torch.float64),
    )
