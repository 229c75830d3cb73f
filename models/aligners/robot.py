"""ROBOT as an aligner: a map from a dictionary that is in part wrong, or shuffled within groups."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast, final

import torch
from torch import Tensor

from isogloss.models.aligners.creation import Ingredients
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.recipe import RobotRecipe
from isogloss.models.aligners.robot_matching import (
    Groups,
    match_cost,
    match_settings,
    matched_orthogonal_map,
    polar_factor,
    sum_of_pulls,
    uniform_pulls,
)
from isogloss.models.errors import DivergenceError
from isogloss.models.maps.alignment import Alignment
from isogloss.models.maps.networks import LinearTransport, ResidualTransport, Transport
from isogloss.models.optimal_transport.correspondence import correspondence
from isogloss.models.progress.observation import Observer, Progress, ignore_progress
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.grouped_lexicon import GroupedLexicon
from isogloss.models.spaces.lexicon import Lexicon
from isogloss.models.spaces.lexicon_fit import no_pair_error
from isogloss.models.training.rates import cosine_decay
from isogloss.models.training.seeding import seeded

_Report = Callable[[str, int, int, float], None]


@final
@dataclass(frozen=True, slots=True)
class RobotAligner:
    """Regression without correspondence: who translates whom is a plan that depends on the map.

    The first map is fitted on all pairs of each group alike. Then, in turns, words find partners
    within their group or stay alone, and the orthogonal map follows the gradient of what that
    costs, the part through the plan included unless the recipe holds it fixed: it goes to the map
    that minimises its linear form (a Frank-Wolfe step of full length, a Procrustes problem).

    A word stays alone where its partners are hardly nearer than a word taken at random would be:
    mean and deviation of the cost of random pairs under the present map set the price, so that it
    needs no knowledge of how much of the dictionary is wrong.

    Attributes:
        lexicon: The groups; words outside the vocabularies do not count.
        recipe: Settings.
        device: Where to compute, ``cpu`` or ``cuda``.
        seed: Of the network, where the recipe asks for one.

    """

    lexicon: GroupedLexicon
    recipe: RobotRecipe = field(default_factory=RobotRecipe)
    device: str = "cpu"
    seed: int = 0

    @classmethod
    def create(cls, ingredients: Ingredients) -> RobotAligner:
        """Make one of what every aligner can be made of."""
        given = cast("Lexicon | GroupedLexicon", ingredients.lexicon)
        groups = GroupedLexicon.of(given) if isinstance(given, Lexicon) else given
        return cls(groups, ingredients.recipe.robot, ingredients.device, ingredients.seed)

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
            NoAlignmentFoundError: The map is no better than chance, or that cannot be told.
            DivergenceError: The loss of the free models became NaN.

        """
        begin = time.perf_counter()
        groups = [
            Groups(*(torch.from_numpy(rows).to(self.device) for rows in each))
            for each in self.lexicon.row_groups(source, target)
        ]
        if not groups:
            raise no_pair_error(self.lexicon, source, target)
        pair = NormalisedPair.of(source, target, device=self.device)
        history: list[Progress] = []

        def report(name: str, step: int, total: int, loss: float) -> None:
            history.append(Progress(stage=name, step=step, total=total, metrics={"loss": loss}))
            observe(history[-1])

        weight = polar_factor(sum_of_pulls(pair, groups, uniform_pulls(groups)))
        stages = [pair.stage("start", LinearTransport(weight), begin=begin)]
        begin = time.perf_counter()
        weight = matched_orthogonal_map(
            pair,
            groups,
            self.recipe,
            lambda step, loss: report("robot", step, self.recipe.rounds, loss),
        )
        transport: Transport = LinearTransport(weight)
        if self.recipe.model != "orthogonal":
            transport = self._leave_orthogonal(pair, groups, weight, report)
        stages.append(pair.stage("supervised", transport, begin=begin))
        return pair.alignment_if_found(
            *stages, history=history, lexicon=self.lexicon, supervised=True
        )

    def _leave_orthogonal(
        self, pair: NormalisedPair, groups: list[Groups], weight: Tensor, report: _Report
    ) -> Transport:
        """Go on from the orthogonal map by gradient steps, with all entries free or a network."""
        with seeded(self.seed):
            transport = (
                LinearTransport(weight)
                if self.recipe.model == "linear"
                else ResidualTransport(weight.cpu(), self.recipe.widths)
            ).to(weight)
        # The root mean square of the entries of a semi-orthogonal map of this shape.
        rate = self.recipe.learning_rate / max(weight.shape) ** 0.5
        optimiser = torch.optim.Adam(transport.parameters(), lr=rate)
        for step in range(1, self.recipe.steps + 1):
            optimiser.param_groups[0]["lr"] = rate * cosine_decay(step, self.recipe.steps)
            settings = match_settings(pair, groups, transport, self.recipe)
            optimiser.zero_grad()
            total, count = pair.x.new_zeros((), dtype=torch.float64), 0
            for each in groups:
                found = correspondence(match_cost(pair, each, transport), settings)
                total = total + found.loss * each.sources.numel()
                count += each.sources.numel()
            loss = total / count
            if not bool(loss.isfinite()):
                raise DivergenceError("robot", step, "the loss is not a number")
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            report(f"robot: {self.recipe.model}", step, self.recipe.steps, float(loss.detach()))
        return transport.requires_grad_(requires_grad=False)
