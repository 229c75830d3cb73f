"""Scale a positive matrix to given marginals: Sinkhorn's iteration, safe at any scale."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

_LARGEST_LOG_SCALING = 30.0
_SWEEPS_BETWEEN_CHECKS = 10


def project_on_marginals(
    log_kernel: Float[Tensor, "n m"],
    a: Float[Tensor, " n"],
    b: Float[Tensor, " m"],
    target_potential: Float[Tensor, " m"],
    *,
    sweeps: int,
) -> tuple[Float[Tensor, "n m"], Float[Tensor, " m"]]:
    """Find diag(eᶠ) exp(log_kernel) diag(eᵍ) with column sums b and, in the limit, row sums a.

    One sweep in the log domain fixes the scale. The sweeps after it multiply the scaled matrix by
    vectors, thirty times cheaper, and their scalings are absorbed into the potentials before they
    leave the range of floating point (Schmitzer 2019, section 3).

    Args:
        log_kernel: Logarithm of the matrix, of shape [n, m].
        a: Row sums to reach, positive.
        b: Column sums to reach, positive.
        target_potential: Where g starts; zeros, or what an earlier call returned.
        sweeps: Row and column updates.

    Returns:
        The scaled matrix of shape [n, m], and g of shape [m].

    """
    log_a, log_b = a.log(), b.log()
    done = 0
    while True:
        source_potential = log_a - torch.logsumexp(log_kernel + target_potential, dim=1)
        log_plan = log_kernel + source_potential[:, None]
        target_potential = log_b - torch.logsumexp(log_plan, dim=0)
        plan = torch.exp(log_plan + target_potential)
        done += 1
        u, v = torch.ones_like(a), torch.ones_like(b)
        while done < sweeps:
            count = min(_SWEEPS_BETWEEN_CHECKS, sweeps - done)
            u_next, v_next = u, v
            for _ in range(count):
                u_next = a / (plan @ v_next)
                v_next = b / (plan.T @ u_next)
            done += count
            if not _in_range(u_next, v_next):
                break  # discard these sweeps: the log domain takes over from the last good ones
            u, v = u_next, v_next
        target_potential = target_potential + v.log()
        if done >= sweeps:
            return u[:, None] * plan * v, target_potential


def _in_range(*scalings: Float[Tensor, " _"]) -> bool:
    return all(
        bool((scaling > 0).all()) and float(scaling.log().abs().max()) < _LARGEST_LOG_SCALING
        for scaling in scalings
    )
