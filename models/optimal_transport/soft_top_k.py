"""SOFT top-k: the k largest scores as an entropic optimal transport, with gradients.

Xie et al. (2020), *Differentiable Top-k with Optimal Transport*. Scores xᵢ of weight 1/n go to the
atoms 1 (weight k/n) and 0 (weight 1 − k/n) at the cost (xᵢ − y)². The entropic plan of two atoms is
one number per score, Aᵢ = n Γᵢ₁ = σ((2xᵢ − τ)/ε), and one dual variable τ, fixed by Σ A = k. So
Sinkhorn's iteration becomes a root in one dimension: it is found to the last bit by Newton's method
within a bracket, and nothing but a few vectors of length n is kept.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple, final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import logsigmoid

from isogloss.models.errors import NonFiniteInputError, OptionError

_MOST_STEPS = 100


def soft_top_k(scores: Float[Tensor, "*batch n"], k: int, epsilon: float) -> Tensor:
    """Give every score its share of a place among the k largest, of shape [*batch, n].

    The shares lie in [0, 1] and sum to k; as ε falls they become those of :func:`hard_top_k`. For
    the k smallest, pass the negated scores. The gradient follows from the optimality conditions:
    with w = A(1 − A) it is (2w/ε)(g − Σwg / Σw) for an incoming g. Nothing is propagated through
    the solver, and memory is O(n) per row.

    Args:
        scores: Finite, of any batch shape, on any device.
        k: Places, from 1 to n.
        epsilon: Strength of the entropy, in units of the squared score, positive.

    Raises:
        OptionError: ``k`` or ``epsilon`` is out of range.
        NonFiniteInputError: A score is NaN or infinite.

    """
    check_top_k(scores, k, epsilon)
    if k == scores.shape[-1]:
        # Σ A = n leaves no choice: the shares are ones, whatever the scores are.
        return torch.ones_like(scores) + 0 * scores
    shares: Tensor = _SoftTopK.apply(scores, k, epsilon)  # type: ignore[no-untyped-call]
    return shares


def hard_top_k(scores: Float[Tensor, "*batch n"], k: int) -> Float[Tensor, "*batch n"]:
    """Mark the k largest scores by ones, the others by zeros; of equal ones some are taken."""
    return torch.zeros_like(scores).scatter(-1, scores.topk(k, dim=-1).indices, 1.0)


def soft_top_k_error_bound(
    scores: Float[Tensor, "*batch n"], k: int, epsilon: float
) -> Float[Tensor, "*batch"]:
    """Bound Σᵢ |Aᵢ − hardᵢ| from above, of shape [*batch].

    Half of the sum is the mass δ that leaves the k largest. With the gap B between the k-th and the
    next score, three bounds hold, of which the smallest is given:

    - δ ≤ √(k(n − k)) exp(−B/ε). From δ = Σ A over the others ≤ (n − k) exp((2xₖ₊₁ − τ)/ε) and
      δ = Σ (1 − A) over the k largest ≤ k exp((τ − 2xₖ)/ε), by their geometric mean;
    - δ ≤ ε n h(k/n) / (2B), with the entropy h of a coin. From the optimality of A, as the hard
      choice has no entropy and no A has more than n h(k/n). It is the form of theorem 2 of the
      paper, linear in ε / B;
    - δ ≤ min(k, n − k).

    Raises:
        OptionError: ``k`` or ``epsilon`` is out of range.
        NonFiniteInputError: A score is NaN or infinite.

    """
    check_top_k(scores, k, epsilon)
    n = scores.shape[-1]
    if k == n:
        return torch.zeros_like(scores[..., 0])
    highest = scores.topk(k + 1, dim=-1).values
    gap = highest[..., k - 1] - highest[..., k]
    share = k / n
    entropy = -n * (share * math.log(share) + (1 - share) * math.log1p(-share))
    exponential = math.sqrt(k * (n - k)) * torch.exp(-gap / epsilon)
    linear = epsilon * entropy / (2 * gap)
    return 2 * torch.minimum(exponential, linear).clamp_max(min(k, n - k))


def check_top_k(scores: Float[Tensor, "*batch n"], k: int, epsilon: float) -> None:
    """Refuse what no top-k can be taken of.

    Raises:
        OptionError: ``k`` or ``epsilon`` is out of range.
        NonFiniteInputError: A score is NaN or infinite.

    """
    if not 1 <= k <= scores.shape[-1]:
        raise OptionError(f"k: expected 1 to {scores.shape[-1]}, the number of scores, found {k}")
    if not (epsilon > 0 and math.isfinite(epsilon)):
        raise OptionError(f"epsilon: expected a positive number, found {epsilon}")
    if not bool(scores.isfinite().all()):
        raise NonFiniteInputError("the scores hold NaN or infinity")


@final
class _SoftTopK(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, scores: Tensor, k: int, epsilon: float) -> Tensor:
        margins = _margins(scores, k, epsilon / 2)
        ctx.save_for_backward(margins)
        ctx.temperature = epsilon / 2
        return torch.sigmoid(margins)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (margins,) = ctx.saved_tensors
        # Logarithms: for a small ε the weights underflow, but their ratios do not.
        log_weight = logsigmoid(margins) + logsigmoid(-margins)
        mean = (torch.softmax(log_weight, dim=-1) * gradient).sum(dim=-1, keepdim=True)
        return log_weight.exp() / ctx.temperature * (gradient - mean), None, None


def _margins(scores: Tensor, k: int, temperature: float) -> Tensor:
    """Find zᵢ = (xᵢ − t) / T with Σ σ(z) = k, where T = ε/2 and t = τ/2.

    For any k scores called the highest, Σ σ(z) = k says that what the others have, Σ σ(z), is what
    the highest lack, Σ σ(−z). The logarithms of both sides are compared: they are smooth and nearly
    linear in t, also where the two sums are far below what 1 + x can tell.
    """
    size = scores.shape[-1]
    values, places = scores.topk(k + 1, dim=-1)
    # Near zero, differences of scores keep all their digits.
    centre = (values[..., k - 1 : k] + values[..., k : k + 1]) / 2
    is_highest = torch.zeros_like(scores, dtype=torch.bool).scatter(-1, places[..., :k], True)
    others = (scores[~is_highest].view(*scores.shape[:-1], size - k) - centre) / temperature
    highest = (values[..., :k] - centre) / temperature
    # Were k − 1 scores sure of a place and all others as high as the k-th, t would be this high.
    high = highest[..., -1:] + math.log(size - k)
    low = others.amax(dim=-1, keepdim=True) - math.log(k)
    threshold = (low + high) / 2
    # The sums cannot tell finer steps than this.
    tolerance = (
        32 * torch.finfo(scores.dtype).eps * torch.maximum(low.abs(), high.abs()).clamp_min(1)
    )
    for _ in range(_MOST_STEPS):
        balance = _balance(highest, others, threshold)
        high = torch.where(balance.excess <= 0, threshold, high)
        low = torch.where(balance.excess >= 0, threshold, low)
        proposal = threshold + balance.excess / balance.descent
        inside = (proposal >= low) & (proposal <= high)
        proposal = torch.where(inside, proposal, (low + high) / 2)
        moved = (proposal - threshold).abs()
        threshold = proposal
        if bool((moved <= tolerance).all()):
            break
    margins: Tensor = (scores - centre) / temperature - threshold
    return margins


class _Balance(NamedTuple):
    excess: Tensor
    """log Σ σ(z) of the others − log Σ σ(−z) of the highest; falls with the threshold."""

    descent: Tensor
    """Minus its derivative, positive."""


def _balance(highest: Tensor, others: Tensor, threshold: Tensor) -> _Balance:
    log_gained = logsigmoid(others - threshold)
    log_lost = logsigmoid(threshold - highest)
    gained = torch.logsumexp(log_gained, dim=-1, keepdim=True)
    lost = torch.logsumexp(log_lost, dim=-1, keepdim=True)
    # d log σ(z) = σ(−z) dz, weighted by the shares of the sums.
    fall = ((log_gained - gained).exp() * torch.sigmoid(threshold - others)).sum(-1, keepdim=True)
    rise = ((log_lost - lost).exp() * torch.sigmoid(highest - threshold)).sum(-1, keepdim=True)
    return _Balance(gained - lost, (fall + rise).clamp_min(torch.finfo(highest.dtype).tiny))
