"""The barycenter of histograms on a grid by inexact proximal points (Xie et al. 2019, Algorithm 2).

Each of the K plans is πₖ = exp(Fₖ ⊕ Gₖ − κC), as in IPOT, and on a grid C is the sum of one matrix
per axis. So no plan is ever stored, which the paper leaves to future work: its memory is K plans of
n² entries, ours K potentials of n, and a product with a plan's kernel is one with each axis.

As printed, Algorithm 2 takes aₖ = q / Hₖbₖ with the q of the sweep before, and then the geometric
mean of the aₖ keeps the value of the first sweep. Optimality asks it to be 1 (Benamou et al. 2015,
proposition 2): what the printed order converges to depends on β. So here q is computed first, from
the same bₖ; ``printed_order`` gives the other for comparison.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from isogloss.models.errors import NonFiniteInputError, OptionError, ShapeError

_WEIGHT_TOLERANCE = 1e-4
_CELLS_AT_ONCE = 2**22


@dataclass(frozen=True, slots=True, eq=False)
class GridBarycenterProblem:
    """Find the histogram q that minimises Σ λₖ W(q, pₖ) (Agueh and Carlier 2011).

    W is the cost of transport between cells, whose distance squared is that of their centres.

    Attributes:
        histograms: p of shape [k, rows, columns], each of sum 1.
        weights: λ of shape [k], of sum 1; None gives all the same.
        spacing: Distance between the centres of neighbouring cells.

    Raises:
        NonFiniteInputError: A histogram holds NaN or infinity.
        OptionError: A histogram or the weights hold a negative number or do not sum to 1, or the
            spacing is not positive.
        ShapeError: The weights are not one per histogram.

    """

    histograms: Float[Tensor, "k rows columns"]
    weights: Float[Tensor, " count"] | None = None
    spacing: float = 1.0

    def __post_init__(self) -> None:
        if not torch.isfinite(self.histograms).all():
            raise NonFiniteInputError("the histograms hold NaN or infinity")
        _check_sums("histograms", self.histograms, self.histograms.sum(dim=(-2, -1)))
        if self.weights is not None:
            if len(self.weights) != len(self.histograms):
                raise ShapeError(
                    "weights",
                    expected=f"[{len(self.histograms)}]",
                    found=str(list(self.weights.shape)),
                )
            _check_sums("weights", self.weights, self.weights.sum())
        if not self.spacing > 0:
            raise OptionError(f"spacing: expected a positive number, found {self.spacing}")


@dataclass(frozen=True, slots=True, eq=False)
class GridBarycenterOutput:
    """A barycenter, and how well its plans fit it.

    Attributes:
        barycenter: q of shape [rows, columns].
        marginals: What each plan sends from each cell of q, [k, rows, columns].
        marginal_errors: Total variation between these and q, [k]. The other marginals are p.
        source_potentials: Fₖ, [k, rows, columns].
        target_potentials: Gₖ, [k, rows, columns].
        kappa: κ, the inverse of the entropy that is left.
        iterations: Proximal steps done.
        converged: Whether q moved by less than the tolerance in the last one.

    """

    barycenter: Float64[Tensor, "rows columns"]
    marginals: Float64[Tensor, "k rows columns"]
    marginal_errors: Float64[Tensor, " k"]
    source_potentials: Float64[Tensor, "k rows columns"]
    target_potentials: Float64[Tensor, "k rows columns"]
    kappa: float
    iterations: int
    converged: bool


def solve_grid_barycenter(
    problem: GridBarycenterProblem,
    *,
    beta: float,
    inner_iterations: int = 1,
    iterations: int = 200,
    tolerance: float = 0.0,
    printed_order: bool = False,
) -> GridBarycenterOutput:
    """Solve by proximal steps, each of a few sweeps of Sinkhorn's barycenter iteration.

    Args:
        problem: What to solve.
        beta: Strength β of the proximal term, in units of squared distance.
        inner_iterations: Sweeps L per proximal step.
        iterations: Proximal steps at most.
        tolerance: Stop when q moves by less in a step, in total variation.
        printed_order: Update in the order that the paper prints; see above.

    Raises:
        OptionError: ``beta`` is not positive, or a number of iterations is less than 1.

    """
    if not 0 < beta < float("inf"):
        raise OptionError(f"beta: expected a positive number, found {beta}")
    if inner_iterations < 1 or iterations < 1:
        raise OptionError("iterations: expected at least 1 of both kinds")
    p = problem.histograms.double()
    count = len(p)
    weights = p.new_full((count,), 1 / count) if problem.weights is None else problem.weights
    share = weights.double()[:, None, None]
    axes = (
        _axis_costs(p.shape[1], problem.spacing, p),
        _axis_costs(p.shape[2], problem.spacing, p),
    )
    log_p = p.log()
    f, g, growth = torch.zeros_like(p), torch.zeros_like(p), torch.zeros_like(p)
    log_q = torch.full_like(p[0], -math.log(p[0].numel()))
    kappa, converged, done = 0.0, False, 0
    while done < iterations and not converged:
        done += 1
        kappa += 1 / beta
        before_g, before_q = g, log_q
        g = g + growth
        for _ in range(inner_iterations):
            products = _log_product(g, axes, kappa)
            if not printed_order:
                log_q = (share * products).sum(dim=0)  # Σ λF = 0 from the start, and stays so
            f = log_q - products
            g = _difference(log_p, _log_product(f, axes, kappa))
            if printed_order:
                log_q = (share * (f + _log_product(g, axes, kappa))).sum(dim=0)
        # A cell without mass has no potential to grow.
        growth = torch.where(g > -torch.inf, g - before_g, 0)
        growth = growth.nan_to_num(posinf=0)
        converged = float((log_q.exp() - before_q.exp()).abs().sum()) / 2 < tolerance
    q, rows = log_q.exp(), (f + _log_product(g, axes, kappa)).exp()
    return GridBarycenterOutput(
        barycenter=q,
        marginals=rows,
        marginal_errors=(rows - q).abs().sum(dim=(-2, -1)) / 2,
        source_potentials=f,
        target_potentials=g,
        kappa=kappa,
        iterations=done,
        converged=converged,
    )


def _axis_costs(size: int, spacing: float, like: Float64[Tensor, "*any"]) -> Float64[Tensor, "s s"]:
    places = spacing * torch.arange(size, dtype=torch.float64, device=like.device)
    costs: Float64[Tensor, "s s"] = (places[:, None] - places[None, :]).square()
    return costs


def _log_product(
    log_values: Float64[Tensor, "k rows columns"],
    axes: tuple[Float64[Tensor, "rows rows"], Float64[Tensor, "columns columns"]],
    kappa: float,
) -> Float64[Tensor, "k rows columns"]:
    """Logarithm of exp(−κC) applied to values, one axis after the other."""
    along_columns = _log_convolve(log_values, axes[1], kappa)
    turned = along_columns.transpose(1, 2).contiguous()
    return _log_convolve(turned, axes[0], kappa).transpose(1, 2)


def _log_convolve(
    log_values: Float64[Tensor, "k lines size"], costs: Float64[Tensor, "size size"], kappa: float
) -> Float64[Tensor, "k lines size"]:
    """Sum over the last axis, in blocks; a line without any value stays at −∞."""
    size = log_values.shape[-1]
    lines = log_values.reshape(-1, size)
    blocks = torch.split(lines, max(1, _CELLS_AT_ONCE // size**2))
    sums = [torch.logsumexp(block[:, None, :] - kappa * costs, dim=-1) for block in blocks]
    return torch.cat(sums).reshape(log_values.shape)


def _difference(
    log_p: Float64[Tensor, "k rows columns"], log_sums: Float64[Tensor, "k rows columns"]
) -> Float64[Tensor, "k rows columns"]:
    return torch.where(log_p > -torch.inf, log_p - log_sums, -torch.inf)


def _check_sums(name: str, values: Float[Tensor, "*any"], sums: Float[Tensor, "*some"]) -> None:
    if (values < 0).any():
        raise OptionError(f"{name}: expected none below 0, found {float(values.min())}")
    off = float((sums - 1).abs().max())
    if off > _WEIGHT_TOLERANCE:
        raise OptionError(f"{name}: expected a sum of 1, found one {off:.2g} off")
