"""The semi-dual of entropic transport on a batch: one potential, the other by its soft transform.

    OT_ε = sup over φ   E φ(x) + E ψ(y),   ψ(y) = −ε log E exp((φ(x) − c(x, y)) / ε)

Everything here is in units of ε: `f` is φ / ε and `scores` are −c / ε. The optimal plan has the
density exp(φ + ψ − c)/ε with respect to the product of the marginals (the Gibbs density).
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor


def soft_transform(f: Float[Tensor, " a"], scores: Float[Tensor, "a b"]) -> Float[Tensor, " b"]:
    """ψ / ε at the points y, from a sample of x: minus the log of a mean of exponentials."""
    return math.log(len(f)) - torch.logsumexp(f[:, None] + scores, dim=0)


def semi_dual(f: Float[Tensor, " a"], scores: Float[Tensor, "a b"]) -> Float[Tensor, ""]:
    """Value the objective over ε on a batch.

    Its mean lies above the objective by about χ² / 2a, as the log of a mean over a batch lies below
    the log of the expectation. χ² is the variance of the density.
    """
    return f.mean() + soft_transform(f, scores).mean()


def batch_plan(f: Float[Tensor, " a"], scores: Float[Tensor, "a b"]) -> Float[Tensor, "a b"]:
    """Give the Gibbs plan between the points of a batch; its column sums are 1 / b."""
    return torch.softmax(f[:, None] + scores, dim=0) / scores.shape[1]
