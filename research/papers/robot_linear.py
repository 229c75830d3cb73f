"""Linear parts of `python -m research.papers robot`: relative errors of weights by every method."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from research.methods.moment_start import moment_starts
from research.methods.shuffled_regression import (
    DescentSettings,
    alternating_least_squares,
    descend_hypergradient,
    in_bins,
    least_squares,
    perturb_and_alternate,
    transport_cost,
    trimmed_least_squares,
)
from research.papers.robot_samples import (
    DIMENSION,
    SIGNAL_TO_NOISE,
    draw_sample,
    shuffled_share,
    with_outliers,
)
from research.papers.robot_tables import Row

BINS = 100
_SHARES = (0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
_NOISES = (10.0, 30.0, 100.0, 1000.0)
_OUTLIERS = (0.0, 0.05, 0.1)
_HALF = 0.5
_STARTS = 24
_DESCENTS = 3
_PENALTY = 0.3


def shares(seed: int, count: int, steps: int) -> Iterator[Row]:
    """Shuffle several shares of the responses."""
    sample = draw_sample(
        "linear", count=count, dimension=DIMENSION, signal_to_noise=SIGNAL_TO_NOISE, seed=seed
    )
    for share in _SHARES:
        y = shuffled_share(sample.y, share, seed)
        methods = _linear(sample.x, y, sample.y, steps)
        yield from _errors({"share": share}, sample.weight, methods)


def noises(seed: int, count: int, steps: int) -> Iterator[Row]:
    """Shuffle half of the responses, with several strengths of noise."""
    for noise in _NOISES:
        sample = draw_sample(
            "linear", count=count, dimension=DIMENSION, signal_to_noise=noise, seed=seed
        )
        y = shuffled_share(sample.y, _HALF, seed)
        methods = _linear(sample.x, y, sample.y, steps) | _from_moments(sample.x, y, seed, steps)
        yield from _errors({"signal_to_noise": noise}, sample.weight, methods)


def searches(seed: int, count: int, _steps: int) -> Iterator[Row]:
    """Shuffle all responses, and search for the least transport cost; that of the truth beside."""
    for noise in _NOISES:
        sample = draw_sample(
            "linear", count=count, dimension=DIMENSION, signal_to_noise=noise, seed=seed
        )
        y = shuffled_share(sample.y, 1.0, seed)
        assert sample.weight is not None
        starts = moment_starts(sample.x, y, count=_STARTS, seed=seed)
        ways = {
            "moments, perturbed alternation": perturb_and_alternate(sample.x, y, starts, seed=seed),
            "truth, alternated": _alternated(sample.x, y, sample.weight),
        }
        for row in _errors({"signal_to_noise": noise}, sample.weight, ways):
            cost = transport_cost(sample.x @ ways[str(row["method"])], y)
            yield {**row, "cost": float(f"{float(cost):.4g}")}


def outliers(seed: int, count: int, steps: int) -> Iterator[Row]:
    """Shuffle half of the responses, and replace several shares of them all."""
    sample = draw_sample(
        "linear", count=count, dimension=DIMENSION, signal_to_noise=SIGNAL_TO_NOISE, seed=seed
    )
    for share in _OUTLIERS:
        y = with_outliers(shuffled_share(sample.y, _HALF, seed), share, seed)
        yield from _errors(
            {"outliers": share}, sample.weight, _linear(sample.x, y, sample.y, steps)
        )


def _linear(x: Tensor, y: Tensor, true: Tensor, steps: int) -> dict[str, Tensor]:
    """Weights by the methods that start from the rows as they stand."""
    start = least_squares(x, y)
    descended = _descended(x, y, start, DescentSettings(steps=steps))
    looser = DescentSettings(steps=steps, marginal_penalty=_PENALTY)
    return {
        "least squares": start,
        "trimmed least squares": trimmed_least_squares(x, y, len(x) // 2),
        "alternating minimisation": _alternated(x, y, start),
        "ROBOT": descended,
        "ROBOT, then alternation": _alternated(x, y, descended),
        "ROBOT, inexact": _descended(x, y, start, looser),
        "oracle": least_squares(x, true),
    }


def _from_moments(x: Tensor, y: Tensor, seed: int, steps: int) -> dict[str, Tensor]:
    """Weights by the methods that know nothing of the rows as they stand."""
    starts = moment_starts(x, y, count=_STARTS, seed=seed)

    def best(weights: Sequence[Tensor]) -> Tensor:
        together = torch.stack(list(weights))
        return together[transport_cost(together @ x.T, y).argmin()]

    descended = [
        _descended(x, y, start, DescentSettings(steps=steps)) for start in starts[:_DESCENTS]
    ]
    return {
        "moments": starts[0],
        "moments, alternating minimisation": best([_alternated(x, y, each) for each in starts]),
        "moments, ROBOT": best(descended),
        "moments, ROBOT, then alternation": best([_alternated(x, y, each) for each in descended]),
    }


def _alternated(x: Tensor, y: Tensor, start: Tensor) -> Tensor:
    return alternating_least_squares(x[None], y[None], start)


def _descended(x: Tensor, y: Tensor, start: Tensor, settings: DescentSettings) -> Tensor:
    model = torch.nn.Linear(len(start), 1, bias=False, dtype=x.dtype)
    with torch.no_grad():
        model.weight.copy_(start[None])
    descend_hypergradient(model, x[None], in_bins(y, BINS)[None], settings)
    return model.weight.detach()[0]


def _errors(
    case: Mapping[str, object], weight: Tensor | None, found: Mapping[str, Tensor]
) -> Iterator[Row]:
    """Relative error of the weights by every method."""
    assert weight is not None
    for name, each in found.items():
        error = float((each - weight).norm() / weight.norm())
        yield {**case, "method": name, "error": round(error, 5)}
