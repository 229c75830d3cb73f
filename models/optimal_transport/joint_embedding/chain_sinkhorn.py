"""Unbalanced multi-marginal Sinkhorn over 4-plans whose cost splits along a chain."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

_LARGEST_LOG_SCALING = 30.0
_SWEEPS_BETWEEN_CHECKS = 5


@dataclass(frozen=True, slots=True, eq=False)
class ChainCost:
    """A cost c(x, z, w, y) = A(x, z) + B(z, w) + C(w, y) of a 4-plan.

    Attributes:
        first: A, of shape [n, k].
        middle: B, of shape [k, l].
        last: C, of shape [l, m].

    """

    first: Float[Tensor, "n k"]
    middle: Float[Tensor, "k l"]
    last: Float[Tensor, "l m"]

    def divided_by(self, epsilon: float) -> ChainCost:
        """Give the cost in units of ``epsilon``."""
        return ChainCost(self.first / epsilon, self.middle / epsilon, self.last / epsilon)


@dataclass(frozen=True, slots=True, eq=False)
class ChainPlan:
    """A 4-plan, kept as what a Markov chain is given by: its three pairwise marginals.

    π(x, z, w, y) = π(x, z) π(z, w) π(w, y) / (π(z) π(w)); the tensor itself is never formed.

    Attributes:
        first: Marginal on (x, z), of shape [n, k].
        middle: Marginal on (z, w), of shape [k, l].
        last: Marginal on (w, y), of shape [l, m].
        source_potential: Logarithm of the scaling of x against the reference, of shape [n].
        target_potential: The same of y, of shape [m].
        divergence: KL(π | reference).
        marginal_errors: Total variation to the weights of x and of y.
        sweeps: Sweeps done.

    """

    first: Float[Tensor, "n k"]
    middle: Float[Tensor, "k l"]
    last: Float[Tensor, "l m"]
    source_potential: Float[Tensor, " n"]
    target_potential: Float[Tensor, " m"]
    divergence: float
    marginal_errors: tuple[float, float]
    sweeps: int


@dataclass(frozen=True, slots=True, eq=False)
class _Conditionals:
    """Each node given the next one: columns that sum to 1, so nothing overflows."""

    first: Tensor
    middle: Tensor
    last: Tensor
    log_message: Tensor

    def forward(self, v: Tensor) -> Tensor:
        """Carry a scaling of x to y."""
        carried: Tensor = ((v @ self.first) @ self.middle) @ self.last
        return carried

    def backward(self, mass: Tensor) -> Tensor:
        """Carry a mass on y to x."""
        carried: Tensor = self.first @ (self.middle @ (self.last @ mass))
        return carried


def solve_chain(
    cost: ChainCost,
    source_weights: Float[Tensor, " n"],
    target_weights: Float[Tensor, " m"],
    *,
    epsilon: float,
    target_potential: Float[Tensor, " m"] | None = None,
    sweeps: int = 500,
    tolerance: float = 1e-6,
) -> ChainPlan:
    """Minimise ⟨c, π⟩ + ε KL(π | reference) over the 4-plans π with given marginals on x and y.

    The marginals on z and w are free: this is what "unbalanced" means in EW_λ (Beier et al. 2025,
    eq. 22 and 25). The reference is uniform on all four sets.

    As the cost is a chain, a scaling of x reaches y through three products of a vector with a
    matrix (Beier et al. 2022). One sweep in the log domain turns the kernel into conditional
    probabilities. The sweeps after it only multiply; their scalings are absorbed before they leave
    the range of floating point, as in ``project_on_marginals``.

    Args:
        cost: The cost.
        source_weights: Weights of x, of shape [n], positive, summing to 1.
        target_weights: Weights of y, of shape [m], positive, summing to 1.
        epsilon: Strength ε of the entropy, in units of the cost.
        target_potential: Where to start; what an earlier call returned.
        sweeps: Updates of both sides at most.
        tolerance: Stop when the total variation to the weights of x is below.

    """
    kernel = cost.divided_by(-epsilon)
    a, b = source_weights, target_weights
    log_reference = _log_reference(cost)
    g = torch.zeros_like(b) if target_potential is None else target_potential
    done, error = 0, float("inf")
    while True:
        f = a.log() - _log_backward(kernel, g) - log_reference
        steps = _conditionals(kernel, f)
        g = b.log() - steps.log_message - log_reference
        v = torch.ones_like(a)
        done += 1
        within_range = True
        while within_range:
            reached = v * steps.backward(b / steps.forward(v))
            error = float((reached - a).abs().sum()) / 2
            if error < tolerance or done >= sweeps:
                break
            v_next = v
            count = min(_SWEEPS_BETWEEN_CHECKS, sweeps - done)
            for _ in range(count):
                v_next = a / steps.backward(b / steps.forward(v_next))
            done += count
            within_range = _in_range(v_next, steps.forward(v_next))
            v = v_next if within_range else v
        # Absorb: g for the next sweep in the log domain, or for the answer.
        g = g - steps.forward(v).log()
        f = f + v.log()
        if error < tolerance or done >= sweeps:
            return _plan(
                cost, steps, v=v, weights=(a, b), potentials=(f, g), epsilon=epsilon, sweeps=done
            )


def compose(plan: ChainPlan) -> Float[Tensor, "n m"]:
    """Marginal of the 4-plan on (x, y): how much of each x meets each y."""
    tiny = torch.finfo(plan.middle.dtype).tiny
    given_z = plan.middle / plan.middle.sum(dim=1, keepdim=True).clamp_min(tiny)
    given_w = plan.last / plan.last.sum(dim=1, keepdim=True).clamp_min(tiny)
    coupling: Tensor = plan.first @ given_z @ given_w
    return coupling


def _log_reference(cost: ChainCost) -> float:
    """Logarithm of the uniform reference, which gives every 4-tuple the same mass."""
    n, k = cost.first.shape
    l, m = cost.last.shape  # noqa: E741 (the paper's axes)
    return -float(torch.tensor([n, k, l, m], dtype=torch.float64).log().sum())


def _log_backward(kernel: ChainCost, g: Tensor) -> Tensor:
    """Log of what reaches x from y, of shape [n]."""
    on_w = torch.logsumexp(kernel.last + g, dim=1)
    on_z = torch.logsumexp(kernel.middle + on_w, dim=1)
    return torch.logsumexp(kernel.first + on_z, dim=1)


def _conditionals(kernel: ChainCost, f: Tensor) -> _Conditionals:
    """Turn the kernel with a scaled x into p(x | z), p(z | w), p(w | y)."""
    log_first = kernel.first + f[:, None]
    on_z = torch.logsumexp(log_first, dim=0)
    log_middle = kernel.middle + on_z[:, None]
    on_w = torch.logsumexp(log_middle, dim=0)
    log_last = kernel.last + on_w[:, None]
    on_y = torch.logsumexp(log_last, dim=0)
    return _Conditionals(
        first=torch.exp(log_first - on_z),
        middle=torch.exp(log_middle - on_w),
        last=torch.exp(log_last - on_y),
        log_message=on_y,
    )


def _plan(
    cost: ChainCost,
    steps: _Conditionals,
    *,
    v: Tensor,
    weights: tuple[Tensor, Tensor],
    potentials: tuple[Tensor, Tensor],
    epsilon: float,
    sweeps: int,
) -> ChainPlan:
    """Write the 4-plan v(x) p(x|z) p(z|w) p(w|y) u(y) as its pairwise marginals."""
    (a, b), (f, g) = weights, potentials
    on_z = v @ steps.first
    on_w = on_z @ steps.middle
    from_y = b / (on_w @ steps.last)
    from_w = steps.last @ from_y
    from_z = steps.middle @ from_w
    first = v[:, None] * steps.first * from_z
    middle = on_z[:, None] * steps.middle * from_w
    last = on_w[:, None] * steps.last * from_y
    on_source, on_target = first.sum(dim=1), last.sum(dim=0)
    linear = (cost.first * first).sum() + (cost.middle * middle).sum() + (cost.last * last).sum()
    # log(π / reference) = f + g − c/ε, so the divergence needs no tensor.
    divergence = f @ on_source + g @ on_target - linear / epsilon
    return ChainPlan(
        first=first,
        middle=middle,
        last=last,
        source_potential=f,
        target_potential=g,
        divergence=float(divergence),
        marginal_errors=(
            float((on_source - a).abs().sum()) / 2,
            float((on_target - b).abs().sum()) / 2,
        ),
        sweeps=sweeps,
    )


def _in_range(*scalings: Tensor) -> bool:
    return all(
        bool((scaling > 0).all()) and float(scaling.log().abs().max()) < _LARGEST_LOG_SCALING
        for scaling in scalings
    )
