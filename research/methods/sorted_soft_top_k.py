"""Sorted SOFT top-k: one soft indicator for each of the k places (Xie et al. 2020, section 2)."""

from __future__ import annotations

import math
from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from isogloss.models.errors import DivergenceError
from isogloss.models.optimal_transport.soft_top_k import check_top_k

_MOST_STEPS = 200
_HALVINGS = 8
_SUFFICIENT = 1e-4
_TOLERANCE = 1e-12
"""Of the column sums, which are 1."""

_ROUNDING = 1e-9
"""Column sums that are this close and come no closer differ by rounding."""


def sorted_soft_top_k(scores: Float[Tensor, "*batch n"], k: int, epsilon: float) -> Tensor:
    """Give every score its share of each of the k places, of shape [*batch, n, k].

    The plan between the n scores and k + 1 atoms: yⱼ = 1 − j/k of weight 1/n for the places
    j = 0 … k − 1, the largest score first, and 0 for the rest. Every column sums to 1, every row to
    at most 1; as ε falls, column j becomes the indicator of the (j + 1)-th largest score. For k = 1
    it is :func:`isogloss.models.optimal_transport.soft_top_k.soft_top_k`. Memory is O(nk).

    The k dual variables are found by Newton's method on the dual, from the potentials of the
    unregularised problem, which sorting gives. Where Newton's step does not descend, one of
    Sinkhorn's is taken. The gradient follows from the optimality conditions. Both work in float64.

    Args:
        scores: Finite, of any batch shape, on any device.
        k: Places, from 1 to n.
        epsilon: Strength of the entropy, in units of the squared score, positive.

    Raises:
        OptionError: ``k`` or ``epsilon`` is out of range.
        NonFiniteInputError: A score is NaN or infinite.
        DivergenceError: The potentials were not found.

    """
    check_top_k(scores, k, epsilon)
    shares: Tensor = _SortedSoftTopK.apply(scores, k, epsilon)  # type: ignore[no-untyped-call]
    return shares


@final
class _SortedSoftTopK(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, scores: Tensor, k: int, epsilon: float) -> Tensor:
        plan = _plan(scores.double(), _atoms(scores, k), epsilon)
        ctx.save_for_backward(plan, _atoms(scores, k))
        ctx.epsilon = epsilon
        return plan[..., :k].to(scores.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        plan, atoms = ctx.saved_tensors
        incoming = torch.zeros_like(plan)
        incoming[..., : gradient.shape[-1]] = gradient
        pull = _within_rows(plan, incoming).sum(dim=-2)[..., :-1]
        # A constant may be added to all potentials: the last one is fixed at 0.
        incoming[..., :-1] -= _solve(_curvature(plan), pull)[..., None, :]
        scores = _within_rows(plan, incoming) @ atoms * (2 / ctx.epsilon)
        return scores.to(gradient.dtype), None, None


def _atoms(scores: Tensor, k: int) -> Tensor:
    """Places of the atoms; that of the rest is left out where there is no rest."""
    atoms = torch.linspace(1, 0, k + 1, dtype=torch.float64, device=scores.device)
    return atoms if k < scores.shape[-1] else atoms[:-1]


def _plan(scores: Tensor, atoms: Tensor, epsilon: float) -> Tensor:
    """Find the plan [*batch, n, atoms] with rows of sum 1, columns of sum 1 but for the last."""
    places = len(atoms) - 1
    highest = scores.topk(places + 1, dim=-1).values
    logits = 2 / epsilon * (scores - highest[..., :1])[..., None] * atoms
    # A score midway between the j-th and the next is indifferent between their atoms.
    between = (highest[..., :-1] + highest[..., 1:]) / 2 - highest[..., :1]
    steps = 2 / epsilon * between * (atoms[:-1] - atoms[1:])
    potential = -steps.flip(-1).cumsum(-1).flip(-1)
    furthest = math.inf
    for _ in range(_MOST_STEPS):
        plan = torch.softmax(logits + _with_zero(potential), dim=-1)
        excess = plan.sum(dim=-2)[..., :-1] - 1
        before, furthest = furthest, float(excess.abs().max()) if places else 0.0
        if furthest <= _TOLERANCE or before <= furthest <= _ROUNDING:
            return plan
        potential = _step(logits, potential, plan, excess)
    raise DivergenceError(
        "sorted top-k", _MOST_STEPS, f"the shares of a place sum to 1 only within {furthest:.1e}"
    )


def _step(logits: Tensor, potential: Tensor, plan: Tensor, excess: Tensor) -> Tensor:
    """Take the longest of Newton's steps that descends enough, else Sinkhorn's, row by row."""
    direction = -_solve(_curvature(plan), excess)
    slope = (direction * excess).sum(dim=-1)
    now = _dual(logits, potential)
    rest = logits.shape[-2] - potential.shape[-1]
    columns = plan.sum(dim=-2).clamp_min(torch.finfo(plan.dtype).tiny).log()
    chosen = potential - columns[..., :-1] + columns[..., -1:] - math.log(rest)
    waiting = torch.ones_like(now, dtype=torch.bool)
    for halving in range(_HALVINGS):
        length = 0.5**halving
        trial = potential + length * direction
        good = waiting & (_dual(logits, trial) <= now + _SUFFICIENT * length * slope)
        chosen = torch.where(good[..., None], trial, chosen)
        waiting = waiting & ~good
        if not bool(waiting.any()):
            break
    return chosen


def _dual(logits: Tensor, potential: Tensor) -> Tensor:
    return torch.logsumexp(logits + _with_zero(potential), -1).sum(-1) - potential.sum(-1)


def _with_zero(potential: Tensor) -> Tensor:
    zero = potential.new_zeros(*potential.shape[:-1], 1)
    return torch.cat([potential, zero], dim=-1)[..., None, :]


def _within_rows(plan: Tensor, values: Tensor) -> Tensor:
    """Multiply each row by the derivative of its softmax, diag(p) − ppᵀ."""
    result: Tensor = plan * (values - (plan * values).sum(dim=-1, keepdim=True))
    return result


def _curvature(plan: Tensor) -> Tensor:
    """Second derivative of the dual, Σ diag(p) − ppᵀ without the last atom.

    It is the Laplacian of the graph whose edges are what two atoms share; written so, nothing
    cancels where the plan is nearly hard.
    """
    shared = plan.transpose(-1, -2) @ plan
    shared = shared - torch.diag_embed(shared.diagonal(dim1=-2, dim2=-1))
    return (torch.diag_embed(shared.sum(dim=-1)) - shared)[..., :-1, :-1]


def _solve(curvature: Tensor, right: Tensor) -> Tensor:
    """Solve for the potentials; directions that nothing depends on stay where they are."""
    diagonal = curvature.diagonal(dim1=-2, dim2=-1)
    smallest = torch.finfo(curvature.dtype).tiny
    scale = torch.where(diagonal > smallest, diagonal.clamp_min(smallest).rsqrt(), 0.0)
    inverse = torch.linalg.pinv(
        curvature * scale[..., :, None] * scale[..., None, :], hermitian=True
    )
    solution: Tensor = scale * (inverse @ (scale * right)[..., None])[..., 0]
    return solution
