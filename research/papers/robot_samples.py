"""Data of `research.papers robot`: responses of a known function, in part out of order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Kind = Literal["linear", "network"]
DIMENSION = 5
SIGNAL_TO_NOISE = 100.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Rows whose signal has variance 1.

    Attributes:
        x: Covariates [n, d].
        y: Responses in their true order [n].
        weight: True weights [d] of a linear function.
        fresh_x: Rows that no method sees.
        fresh_signal: Their responses without noise.

    """

    x: Tensor
    y: Tensor
    weight: Tensor | None
    fresh_x: Tensor
    fresh_signal: Tensor


def draw_sample(
    kind: Kind, *, count: int, dimension: int, signal_to_noise: float, seed: int, mean: float = 0.0
) -> Sample:
    """Draw covariates, a linear function or a network of one hidden layer, and noisy responses.

    Args:
        kind: Of function. The network is a sum of aₖ sin(⟨bₖ, x⟩), k = 1, 2, 3, with ‖bₖ‖ = 2.
        count: Rows, and as many fresh ones.
        dimension: Of the covariates.
        signal_to_noise: Variance of the signal over that of the noise; infinite for none.
        seed: Of all.
        mean: Of every covariate; their variance is 1.

    """
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    both = normal(2 * count, dimension) + mean
    weight = None
    if kind == "linear":
        weight = normal(dimension)
        weight = weight / weight.norm()
        signal = both @ weight
    else:
        inner, outer = normal(3, dimension), normal(3)
        inner = 2 * inner / inner.norm(dim=1, keepdim=True)
        signal = (both @ inner.T).sin() @ outer
        signal = signal / signal.std(correction=0)
    noise = normal(count) / signal_to_noise**0.5
    return Sample(
        x=both[:count],
        y=signal[:count] + noise,
        weight=weight,
        fresh_x=both[count:],
        fresh_signal=signal[count:],
    )


def shuffled_share(y: Tensor, share: float, seed: int) -> Tensor:
    """Shuffle the responses of a random share of the rows among each other."""
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(len(y), generator=generator)[: round(share * len(y))]
    result = y.clone()
    result[chosen] = y[chosen[torch.randperm(len(chosen), generator=generator)]]
    return result


def with_outliers(y: Tensor, share: float, seed: int) -> Tensor:
    """Replace a share of the responses by draws of five times the deviation."""
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(len(y), generator=generator)[: round(share * len(y))]
    result = y.clone()
    draws = torch.randn(len(chosen), generator=generator, dtype=y.dtype)
    result[chosen] = 5 * y.std() * draws
    return result


def shuffled_within(y: Tensor, size: int, seed: int) -> Tensor:
    """Put rows into groups of ``size`` in their order, and shuffle the responses in each."""
    generator = torch.Generator().manual_seed(seed)
    groups = y.view(-1, size)
    return groups.gather(1, torch.rand(groups.shape, generator=generator).argsort(dim=1))
