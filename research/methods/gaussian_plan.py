"""The best plan between Gaussians as a plan like any other: what the estimator is held against.

Given the covariances of a sample it shows what these alone make of the plan, however well a network
is trained: where ε is close to the value at which the best plan becomes the product of the
marginals, the eigenvalues of a sample lie so far around the true ones that the plan of the sample
has many more nats than that of the distribution.
"""

from __future__ import annotations

from jaxtyping import Float, Float64
from torch import Tensor

from isogloss.models.aligners.neural_entropic.cost import COUPLING, AlignmentCost
from isogloss.models.aligners.neural_entropic.features import Features
from isogloss.models.aligners.neural_entropic.gaussian import gaussian_alignment, gaussian_curvature
from isogloss.models.aligners.neural_entropic.moments import SideMoments
from isogloss.models.aligners.neural_entropic.plan import NeuralPlan
from isogloss.models.aligners.neural_gw.players import Potential


def gaussian_plan(
    source: Float64[Tensor, "m m"],
    target: Float64[Tensor, "n n"],
    *,
    epsilon: float,
    anchors: Float[Tensor, "anchors m"],
) -> NeuralPlan:
    """Give the best plan between N(0, Σ_μ) and N(0, Σ_ν) for inner products (Le et al. 2022).

    Args:
        source: Σ_μ.
        target: Σ_ν.
        epsilon: ε, in units of the cost.
        anchors: Source points that ψ is the soft transform over.

    """
    matrix = gaussian_alignment(source, target, "inner-product", epsilon)
    scores = COUPLING["inner-product"] / epsilon * matrix
    curvature = gaussian_curvature(source, target, scores).to(anchors)
    potential = Potential(len(curvature), (), curvature).to(anchors)
    cost = AlignmentCost(
        "inner-product",
        matrix.to(anchors),
        SideMoments.of_gaussian(source),
        SideMoments.of_gaussian(target),
    )
    return NeuralPlan(
        potential.requires_grad_(requires_grad=False), Features(1.0), cost, epsilon, anchors
    )
