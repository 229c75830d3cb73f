"""Entropic transport and entropic Gromov-Wasserstein between distributions known by samples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.aligners.neural_entropic.cost import AlignmentCost, Cost
from isogloss.models.aligners.neural_entropic.features import Features, starting_curvature
from isogloss.models.aligners.neural_entropic.gaussian import gaussian_start
from isogloss.models.aligners.neural_entropic.marginal import Marginal
from isogloss.models.aligners.neural_entropic.plan import NeuralPlan
from isogloss.models.aligners.neural_entropic.training import PotentialTraining
from isogloss.models.aligners.recipe import NeuralEntropicRecipe
from isogloss.models.errors import OptionError
from isogloss.models.progress.journal import Journal, NoJournal
from isogloss.models.progress.observation import Observer, Progress, ignore_progress

_STAGE = "neural-egw"
_START_POINTS = 16384


@final
@dataclass(frozen=True, slots=True, eq=False)
class EntropicEstimate:
    """What the estimator found.

    Attributes:
        value: OT_ε or EGW_ε, entropy included: inf of the cost + ε KL(π | μ ⊗ ν).
        plan: The plan.
        trace: The objective after each round; that of a mini-batch lies above the value.

    """

    value: float
    plan: NeuralPlan
    trace: tuple[float, ...]


def estimate_entropic_transport(
    source: Marginal,
    target: Marginal,
    cost: Cost,
    recipe: NeuralEntropicRecipe,
    *,
    epsilon: float,
    seed: int = 0,
    observe: Observer = ignore_progress,
) -> EntropicEstimate:
    """Estimate OT_ε for a fixed cost.

    Args:
        source: μ.
        target: ν.
        cost: c.
        recipe: Settings; ``rounds`` times ``steps`` steps are made.
        epsilon: ε, in units of the cost.
        seed: Of the network.
        observe: Is told of every round.

    Raises:
        OptionError: ε is not positive.
        DivergenceError: The objective became NaN.

    """
    _check(epsilon)
    example = source.sampler.draw(1)[0]
    flat = torch.zeros(len(example), len(example)).to(example)
    features = Features(source.moments.scale)
    training = PotentialTraining(
        source,
        target,
        features=features,
        curvature=flat,
        epsilon=epsilon,
        recipe=recipe,
        seed=seed,
    )
    trace = []
    for number in range(1, recipe.rounds + 1):
        value, _ = training.round(cost)
        trace.append(value)
        _tell(observe, number, recipe, value)
    plan, value = _evaluated(training, (source, target), cost, recipe, epsilon)
    return EntropicEstimate(value, plan, tuple(trace))


def estimate_entropic_gromov_wasserstein(
    source: Marginal,
    target: Marginal,
    recipe: NeuralEntropicRecipe,
    *,
    epsilon: float,
    start: Float[Tensor, "m n"] | None = None,
    seed: int = 0,
    journal: Journal | None = None,
    observe: Observer = ignore_progress,
) -> EntropicEstimate:
    """Estimate EGW_ε, alternating between the potential and A ← ½ E_π xyᵀ.

    For the best potential each renewal of A lowers the objective: it is the minimum of a bound that
    touches it at the A before. The result is a local minimum, which the start decides.

    Args:
        source: μ, of mean zero.
        target: ν, of mean zero.
        recipe: Settings.
        epsilon: ε, in units of the cost.
        start: A; the answer for Gaussians of the same second moments where None.
        seed: Of the network.
        journal: Keeps the state after every round.
        observe: Is told of every round.

    Raises:
        OptionError: ε is not positive.
        DivergenceError: The objective became NaN.

    """
    _check(epsilon)
    journal = NoJournal() if journal is None else journal
    structure = recipe.structure
    x, y = source.sampler.draw(_START_POINTS), target.sampler.draw(_START_POINTS)
    matrix = gaussian_start(x, y, structure, epsilon) if start is None else start
    cost = AlignmentCost(structure, matrix, source.moments, target.moments)
    training = PotentialTraining(
        source,
        target,
        features=Features.of(source.moments, structure),
        curvature=starting_curvature(x, y, cost, epsilon).to(x.dtype),
        epsilon=epsilon,
        recipe=recipe,
        seed=seed,
    )
    trace: list[float] = []
    remembered = journal.recall(_STAGE)
    if remembered is not None:
        training.restore(remembered)
        cost = replace(cost, matrix=remembered["matrix"].to(matrix))
        trace = remembered["trace"].tolist()
    while len(trace) < recipe.rounds:
        value, moment = training.round(cost)
        trace.append(value + cost.constant)
        cost = replace(cost, matrix=moment / 2)
        journal.record(
            _STAGE,
            training.state()
            | {"matrix": cost.matrix, "trace": torch.tensor(trace, dtype=torch.float64)},
        )
        _tell(observe, len(trace), recipe, trace[-1])
    plan, value = _evaluated(training, (source, target), cost, recipe, epsilon)
    return EntropicEstimate(cost.constant + value, plan, tuple(trace))


def _evaluated(
    training: PotentialTraining,
    sides: tuple[Marginal, Marginal],
    cost: Cost,
    recipe: NeuralEntropicRecipe,
    epsilon: float,
) -> tuple[NeuralPlan, float]:
    """Take anchors, and the mean of the objective over many more points.

    The constants of EGW are large beside what the transport problem leaves of them, and have the
    same sampling error, so both have to be means over the same points. Which anchors are drawn
    matters less: for the best φ their error is of second order.
    """
    x, y = (side.sampler.draw(recipe.evaluated) for side in sides)
    anchors = sides[0].sampler.draw(recipe.anchors)
    plan = NeuralPlan(
        training.potential.requires_grad_(False), training.features, cost, epsilon, anchors
    )
    return plan, plan.dual_value(x, y)


def _tell(observe: Observer, number: int, recipe: NeuralEntropicRecipe, value: float) -> None:
    observe(Progress(stage=_STAGE, step=number, total=recipe.rounds, metrics={"objective": value}))


def _check(epsilon: float) -> None:
    if not epsilon > 0:
        raise OptionError(f"epsilon: expected a positive number, found {epsilon}")
