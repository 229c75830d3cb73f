"""Regression on pairs that were shuffled: the closed forms, alternating minimisation and ROBOT.

Rows of covariates and responses belong together in groups: within a group the order of the
responses means nothing. One group of all rows is shuffled regression; groups of one row are plain
regression. Responses are scalars, so that the best matching at no entropy is by order.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.errors import DivergenceError, OptionError
from isogloss.models.optimal_transport.correspondence import CorrespondenceSettings, correspondence
from isogloss.models.training.rates import cosine_decay


@dataclass(frozen=True, slots=True, kw_only=True)
class DescentSettings:
    """How a model descends.

    Attributes:
        steps: Full-batch steps of Adam.
        rate: Its first step size; falls to zero by a cosine.
        first_epsilon: Strength of the entropy at the first step, in variances of the responses.
        last_epsilon: At the last step; geometric in between.
        marginal_penalty: ρ of an inexact correspondence, in variances of the responses; infinite
            for an exact one.
        sweeps: Of Sinkhorn in each step, which goes on from the potential of the step before.

    """

    steps: int = 60
    rate: float = 0.03
    first_epsilon: float = 0.03
    last_epsilon: float = 0.001
    marginal_penalty: float = math.inf
    sweeps: int = 100

    def __post_init__(self) -> None:
        if min(self.rate, self.first_epsilon, self.last_epsilon) <= 0 or self.steps < 1:
            raise OptionError(
                "shuffled regression: expected rate and epsilons > 0 and steps ≥ 1, found "
                f"{self.rate}, {self.first_epsilon}, {self.last_epsilon} and {self.steps}"
            )


def transport_cost(
    predictions: Float[Tensor, "*batch n"], y: Float[Tensor, "*#batch m"]
) -> Float[Tensor, "*batch"]:
    """Mean squared difference of predictions and responses, both in order.

    The squared Wasserstein distance of two sets of as many numbers. It needs no pairing, and so
    may choose between models that were fitted without one.
    """
    cost: Tensor = (predictions.sort(dim=-1).values - y.sort(dim=-1).values).square().mean(dim=-1)
    return cost


def least_squares(x: Float[Tensor, "*rows d"], y: Float[Tensor, "*rows"]) -> Float[Tensor, " d"]:
    """Fit weights to rows that are taken to belong together as they stand."""
    rows, answers = x.flatten(0, -2), y.flatten()[:, None]
    # Not `gelsy`, the default: its last digits differ from call to call.
    solution: Tensor = torch.linalg.lstsq(rows, answers, driver="gelsd").solution[:, 0]
    return solution


def trimmed_least_squares(
    x: Float[Tensor, "n d"], y: Float[Tensor, " n"], count: int, rounds: int = 100
) -> Float[Tensor, " d"]:
    """Fit, keep the ``count`` rows of the least residuals and fit again, until they stay.

    Concentration steps of least trimmed squares (Rousseeuw and Van Driessen 2006), from the fit of
    all rows.
    """
    weight, kept = least_squares(x, y), torch.arange(len(x))
    for _ in range(rounds):
        chosen = (x @ weight - y).abs().topk(count, largest=False).indices.sort().values
        if chosen.equal(kept):
            break
        kept, weight = chosen, least_squares(x[chosen], y[chosen])
    return weight


def alternating_least_squares(
    x: Float[Tensor, "groups n d"],
    y: Float[Tensor, "groups n"],
    weight: Float[Tensor, " d"],
    rounds: int = 100,
) -> Float[Tensor, " d"]:
    """Match responses to predictions by order and fit them, in turns, until the order stays.

    Alternating minimisation of the transport cost within the groups, which never rises.
    """
    inverse = torch.linalg.pinv(x.flatten(0, 1))
    order = None
    for _ in range(rounds):
        following = (x @ weight).argsort(dim=-1)
        if order is not None and following.equal(order):
            break
        order = following
        weight = inverse @ matched_by_order(x @ weight, y).flatten()
    return weight


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSettings:
    """How alternating minimisation is perturbed.

    Attributes:
        rounds: Of perturbations; their size falls from ``scale`` to nearly nothing.
        width: Perturbed weights of a round.
        keep: Weights of the least cost that are perturbed, no two of one minimum.
        scale: Of the first perturbations, in norms of weights that explain all of the responses.
        apart: What two minima are apart at least, in the same norms.

    """

    rounds: int = 30
    width: int = 64
    keep: int = 16
    scale: float = 0.6
    apart: float = 0.1


def perturb_and_alternate(
    x: Float[Tensor, "n d"],
    y: Float[Tensor, " n"],
    starts: Float[Tensor, "starts d"],
    *,
    seed: int,
    settings: SearchSettings | None = None,
) -> Float[Tensor, " d"]:
    """Search for the weights of the least transport cost; no row's own response is looked at.

    Alternation ends in the nearest of many minima. Perturbing the best and alternating again, and
    keeping what lowers the cost, goes on from there: an iterated local search.

    Args:
        x: Covariates.
        y: Responses in any order.
        starts: Weights to begin with, for instance of ``moment_starts``.
        seed: Of the perturbations.
        settings: How long, and how far.

    """
    settings = settings or SearchSettings()
    generator = torch.Generator().manual_seed(seed)
    inverse, ordered = torch.linalg.pinv(x), y.sort().values
    weights = _alternated(x, ordered, inverse, starts)
    norm = float(y.std(correction=0))
    for done in range(settings.rounds):
        weights = weights[transport_cost(weights @ x.T, y).argsort()]
        weights = _distinct(weights, settings.keep, settings.apart * norm)
        falling = max(1 - done / settings.rounds, 0.05)
        spread = norm / math.sqrt(x.shape[1]) * settings.scale * falling
        copies = weights.repeat_interleave(-(-settings.width // len(weights)), dim=0)
        noise = torch.randn(copies.shape, generator=generator, dtype=x.dtype).to(x.device)
        tried = _alternated(x, ordered, inverse, copies + spread * noise)
        weights = torch.cat([weights, tried])
    return weights[transport_cost(weights @ x.T, y).argmin()]


def _distinct(
    weights: Float[Tensor, "starts d"], count: int, apart: float
) -> Float[Tensor, "kept d"]:
    """Keep the first weights of each minimum: perturbing one of them twice finds nothing new."""
    kept: list[Tensor] = []
    for each in weights:
        if len(kept) < count and all(float((each - other).norm()) > apart for other in kept):
            kept.append(each)
    return torch.stack(kept)


def _alternated(
    x: Float[Tensor, "n d"],
    ordered: Float[Tensor, " n"],
    inverse: Float[Tensor, "d n"],
    weights: Float[Tensor, "starts d"],
    rounds: int = 40,
) -> Float[Tensor, "starts d"]:
    """Match by order and fit, in turns, all starts at once."""
    order = None
    for _ in range(rounds):
        following = (weights @ x.T).argsort(dim=1)
        if order is not None and following.equal(order):
            break
        order = following
        matched = torch.empty_like(weights @ x.T).scatter(1, order, ordered.expand(order.shape))
        weights = matched @ inverse.T
    return weights


def matched_by_order(
    predictions: Float[Tensor, "groups n"], y: Float[Tensor, "groups n"]
) -> Float[Tensor, "groups n"]:
    """Give each prediction the response of its rank within the group."""
    order = predictions.argsort(dim=-1)
    return torch.empty_like(y).scatter(-1, order, y.sort(dim=-1).values)


def descend_squares(
    model: torch.nn.Module,
    x: Float[Tensor, "groups n d"],
    y: Float[Tensor, "groups n"],
    settings: DescentSettings,
    *,
    in_order: bool,
) -> None:
    """Fit a model to the rows as they stand, or as they are matched by order in each step.

    The latter is alternating minimisation with one gradient step in each turn.

    Raises:
        DivergenceError: The loss became NaN.

    """

    def loss(predictions: Tensor, _share: float) -> Tensor:
        wanted = matched_by_order(predictions.detach(), y) if in_order else y
        return (predictions - wanted).square().mean()

    _descend(model, x, settings, loss)


def descend_hypergradient(
    model: torch.nn.Module,
    x: Float[Tensor, "groups n d"],
    y: Float[Tensor, "groups m"],
    settings: DescentSettings,
) -> None:
    """Fit a model by the gradient of ⟨C(w), S(w)⟩ within the groups, the part through S included.

    Xie et al. (2021). The number of responses of a group may differ from that of its rows, as in
    :func:`in_bins`.

    Raises:
        DivergenceError: The loss became NaN.

    """
    variance = float(y.var(correction=0))
    decay = settings.last_epsilon / settings.first_epsilon
    potential: Tensor | None = None

    def loss(predictions: Tensor, share: float) -> Tensor:
        nonlocal potential
        found = correspondence(
            (predictions[..., :, None] - y[..., None, :]).square(),
            CorrespondenceSettings(
                epsilon=settings.first_epsilon * decay**share * variance,
                marginal_penalty=settings.marginal_penalty * variance,
                sweeps=settings.sweeps,
            ),
            potential,
        )
        potential = found.target_potential
        return found.loss

    _descend(model, x, settings, loss)


def in_bins(y: Float[Tensor, " n"], count: int) -> Float[Tensor, " bins"]:
    """Replace responses by the means of ``count`` bins of the sorted ones: a smaller plan.

    Raises:
        OptionError: The bins are not of one size.

    """
    if len(y) % count:
        raise OptionError(f"bins: expected a divisor of {len(y)} responses, found {count}")
    means: Tensor = y.sort().values.view(count, -1).mean(dim=1)
    return means


def _descend(
    model: torch.nn.Module,
    x: Tensor,
    settings: DescentSettings,
    loss: Callable[[Tensor, float], Tensor],
) -> None:
    optimiser = torch.optim.Adam(model.parameters(), lr=settings.rate)
    for step in range(settings.steps):
        share = step / max(1, settings.steps - 1)
        optimiser.param_groups[0]["lr"] = settings.rate * cosine_decay(step, settings.steps)
        optimiser.zero_grad()
        value = loss(model(x)[..., 0], share)
        if not bool(value.isfinite()):
            raise DivergenceError("shuffled regression", step + 1, "the loss is not a number")
        value.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
