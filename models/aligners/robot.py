"""ROBOT as an aligner: a map from a dictionary that is in part wrong, or shuffled within groups."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, final

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from models.aligners.aligner import Alignment, Observer, Progress, Stage, ignore_progress
from models.aligners.criterion import held_out_agreement
from models.aligners.normalised_pair import NormalisedPair
from models.aligners.recipe import RobotRecipe
from models.aligners.transports import LinearTransport, ResidualTransport, Transport
from models.errors import DivergenceError, InputError
from models.spaces.embedding_space import EmbeddingSpace
from models.spaces.grouped_lexicon import GroupedLexicon
from models.transport.correspondence import CorrespondenceSettings, correspondence

_RANDOM_PAIRS = 4096
_SEED = 0
_SMALLEST_DEVIATION = 1e-6
_SWEEPS = 500

_Report = Callable[[str, int, int, float], None]


class _Groups(NamedTuple):
    """Groups of one shape, as rows of the two spaces."""

    sources: Int64[Tensor, "groups n"]
    targets: Int64[Tensor, "groups m"]


@final
@dataclass(frozen=True, slots=True)
class RobotAligner:
    """Regression without correspondence: who translates whom is a plan that depends on the map.

    The first map is fitted on all pairs of each group alike. Then, in turns, words find partners
    within their group or stay alone, and the orthogonal map follows the whole gradient of what that
    costs, the part through the plan included: it goes to the map that minimises its linear form
    (a Frank-Wolfe step of full length, which is a Procrustes problem).

    A word stays alone where its partners are hardly nearer than a word taken at random would be:
    mean and deviation of the cost of random pairs under the present map set the price, so that it
    needs no knowledge of how much of the dictionary is wrong.

    Attributes:
        lexicon: The groups; words outside the vocabularies do not count.
        recipe: Settings.
        device: Where to compute, ``cpu`` or ``cuda``.

    """

    lexicon: GroupedLexicon
    recipe: RobotRecipe = field(default_factory=RobotRecipe)
    device: str = "cpu"

    def fit(
        self,
        source: EmbeddingSpace,
        target: EmbeddingSpace,
        *,
        observe: Observer = ignore_progress,
    ) -> Alignment:
        """Fit the map.

        Raises:
            InputError: No pair of the lexicon lies in the two vocabularies.
            DivergenceError: The loss of the free models became NaN.

        """
        begin = time.perf_counter()
        groups = [
            _Groups(*(torch.from_numpy(rows).to(self.device) for rows in each))
            for each in self.lexicon.row_groups(source, target)
        ]
        if not groups:
            raise InputError(
                f"no pair of the lexicon has its source word in the {source.language} vocabulary "
                f"and its translation in the {target.language} one"
            )
        pair = NormalisedPair.of(source, target, device=self.device)
        history: list[Progress] = []

        def report(name: str, step: int, total: int, loss: float) -> None:
            history.append(Progress(stage=name, step=step, total=total, metrics={"loss": loss}))
            observe(history[-1])

        weight = _polar(_sum_of_pulls(pair, groups, _uniform_pulls(groups)))
        stages = [_stage(pair, "start", LinearTransport(weight), begin)]
        begin = time.perf_counter()
        for step in range(1, self.recipe.rounds + 1):
            settings = _settings(pair, groups, LinearTransport(weight), self.recipe)
            loss, pulls = _pulls(pair, groups, LinearTransport(weight), settings)
            weight = _polar(_sum_of_pulls(pair, groups, pulls))
            report("robot", step, self.recipe.rounds, loss)
        transport: Transport = LinearTransport(weight)
        if self.recipe.model != "orthogonal":
            transport = self._leave_orthogonal(pair, groups, weight, report)
        stages.append(_stage(pair, "supervised", transport, begin))
        return pair.alignment(*stages, history=history)

    def _leave_orthogonal(
        self, pair: NormalisedPair, groups: list[_Groups], weight: Tensor, report: _Report
    ) -> Transport:
        """Go on from the orthogonal map by gradient steps, with all entries free or a network."""
        transport = (
            LinearTransport(weight)
            if self.recipe.model == "linear"
            else ResidualTransport(weight, self.recipe.widths)
        ).to(weight)
        # The root mean square of the entries of a semi-orthogonal map of this shape.
        rate = self.recipe.learning_rate / max(weight.shape) ** 0.5
        optimiser = torch.optim.Adam(transport.parameters(), lr=rate)
        for step in range(1, self.recipe.steps + 1):
            decay = 0.5 * (1 + math.cos(math.pi * step / self.recipe.steps))
            optimiser.param_groups[0]["lr"] = rate * decay
            settings = _settings(pair, groups, transport, self.recipe)
            optimiser.zero_grad()
            total, count = pair.x.new_zeros((), dtype=torch.float64), 0
            for each in groups:
                found = correspondence(_cost(pair, each, transport), settings)
                total = total + found.loss * each.sources.numel()
                count += each.sources.numel()
            loss = total / count
            if not bool(loss.isfinite()):
                raise DivergenceError("robot", step, "the loss is not a number")
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            report(f"robot: {self.recipe.model}", step, self.recipe.steps, float(loss.detach()))
        return transport.requires_grad_(requires_grad=False)


def _stage(pair: NormalisedPair, name: str, transport: Transport, begin: float) -> Stage:
    with torch.inference_mode():
        criterion = held_out_agreement(pair.x, pair.y, transport(pair.x))
    return Stage(
        name=name,
        transport=transport,
        criterion=criterion,
        seconds=time.perf_counter() - begin,
    )


def _cost(
    pair: NormalisedPair, groups: _Groups, transport: Transport
) -> Float[Tensor, "groups n m"]:
    """Squared distances between the images and the targets of each group, in float64."""
    image: Tensor = transport(pair.x[groups.sources.flatten()])
    image, y = image.view(*groups.sources.shape, -1), pair.y[groups.targets]
    lengths = image.square().sum(-1)[..., :, None] + y.square().sum(-1)[..., None, :]
    cost: Tensor = (lengths - 2 * image @ y.transpose(-1, -2)).double()
    return cost


def _settings(
    pair: NormalisedPair, groups: list[_Groups], transport: Transport, recipe: RobotRecipe
) -> CorrespondenceSettings:
    """Set the price of staying alone by what random pairs of the lexicon's words cost."""
    sources = torch.cat([each.sources.flatten() for each in groups])
    targets = torch.cat([each.targets.flatten() for each in groups])
    count = min(len(sources), len(targets), _RANDOM_PAIRS)
    generator = torch.Generator().manual_seed(_SEED)
    drawn = [
        rows[torch.randint(len(rows), (count, 1), generator=generator).to(rows.device)]
        for rows in (sources, targets)
    ]
    with torch.no_grad():
        cost = _cost(pair, _Groups(*drawn), transport)
    deviation = float(cost.std(correction=0)) + _SMALLEST_DEVIATION
    price = float(cost.mean()) - recipe.margin * deviation
    return CorrespondenceSettings(
        epsilon=recipe.epsilon * deviation,
        unmatched_cost=price if recipe.correspondence == "inexact" else math.inf,
        sweeps=_SWEEPS,
    )


def _uniform_pulls(groups: list[_Groups]) -> list[Float[Tensor, "_ _ _"]]:
    """Let all pairs of a group count alike."""
    return [
        torch.full(
            (*each.sources.shape, each.targets.shape[1]),
            1 / each.targets.shape[1],
            device=each.sources.device,
        )
        for each in groups
    ]


def _pulls(
    pair: NormalisedPair,
    groups: list[_Groups],
    transport: Transport,
    settings: CorrespondenceSettings,
) -> tuple[float, list[Float[Tensor, "_ _ _"]]]:
    """Give the loss and its derivative by the cost of every pair; negative ones push apart."""
    total, count, pulls = 0.0, 0, []
    for each in groups:
        with torch.no_grad():
            cost = _cost(pair, each, transport)
        cost.requires_grad_()
        loss = correspondence(cost, settings).loss * each.sources.numel()
        (pull,) = torch.autograd.grad(loss, cost)
        pulls.append(pull.to(pair.x.dtype))
        total += float(loss.detach())
        count += each.sources.numel()
    return total / count, pulls


def _sum_of_pulls(
    pair: NormalisedPair, groups: list[_Groups], pulls: list[Float[Tensor, "_ _ _"]]
) -> Float[Tensor, "d m"]:
    """Sum y xᵀ over all pairs, weighted by their pulls."""
    total = pair.x.new_zeros(pair.y.shape[1], pair.x.shape[1])
    for each, pull in zip(groups, pulls, strict=True):
        gathered = pull.transpose(-1, -2) @ pair.x[each.sources]
        total += pair.y[each.targets.flatten()].T @ gathered.flatten(0, 1)
    return total


def _polar(matrix: Float[Tensor, "d m"]) -> Float[Tensor, "d m"]:
    """Find the (semi-)orthogonal matrix of the largest inner product with a matrix."""
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    weight: Tensor = left @ right
    return weight
