"""The cost of transport as a function that can be differentiated."""

from __future__ import annotations

from typing import Any, final

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from isogloss.models.optimal_transport.inexact_proximal_point import (
    ProximalSettings,
    solve_inexact_proximal_point,
)
from isogloss.models.optimal_transport.problem import TransportProblem


def transport_cost(
    problem: TransportProblem, settings: ProximalSettings
) -> Float[Tensor, "*batch"]:
    """Solve by IPOT and give Σ Cπ with its gradients, of shape [*batch].

    By the envelope theorem the gradient with respect to C is the plan, and the gradients with
    respect to the weights are the dual potentials, which are determined up to a constant and given
    with mean 0. Nothing is propagated through the iterations, so memory does not grow with them.
    """
    cost: Float[Tensor, "*batch"] = _Envelope.apply(  # type: ignore[no-untyped-call]
        problem.cost, problem.source_weights, problem.target_weights, (problem.allowed, settings)
    )
    return cost


@final
class _Envelope(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        cost: Float[Tensor, "*batch n m"],
        a: Float[Tensor, "*batch n"],
        b: Float[Tensor, "*batch m"],
        options: tuple[Bool[Tensor, "*batch n m"] | None, ProximalSettings],
    ) -> Float[Tensor, "*batch"]:
        allowed, settings = options
        output = solve_inexact_proximal_point(TransportProblem(cost, a, b, allowed), settings)
        ctx.save_for_backward(output.plan, output.source_potential, output.target_potential)
        return output.cost

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (upstream,) = gradients
        plan, source, target = ctx.saved_tensors
        return (
            upstream[..., None, None] * plan,
            upstream[..., None] * (source - source.mean(dim=-1, keepdim=True)),
            upstream[..., None] * (target - target.mean(dim=-1, keepdim=True)),
            None,
        )
