"""DASPOT: carry labels to unlabelled points by a plan that is learnt with the classifiers.

Section 3.5: classifiers D_X and D_Y, each an embedding and a decision, and a plan G of SPOT whose
cost is the distance of the embeddings,

    min over D_X, D_Y, G   max over potentials
        L_c(G) + η_s E CE(D_X(x), label) + η_da E CE(D_Y(G_Y(z)), argmax D_X(G_X(z))),

with c(x, y) = ‖e_X(x) − e_Y(y)‖² (equations 3.7, 3.13, 3.14). Here the latent points are source
points, G begins as the identity, and D_Y begins as D_X, trained on the source alone: the answer
begins as that of the source-only classifier.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from isogloss.models.aligners.neural_gw.sampler import StreamSampler
from isogloss.models.aligners.pushforward.game import PushforwardGame
from isogloss.models.aligners.pushforward.networks import (
    SLOPE,
    BranchedGenerator,
    Generator,
    leaky_perceptron,
)
from isogloss.models.aligners.pushforward.residual import LinearWithResidual
from isogloss.models.aligners.recipe import PushforwardRecipe
from isogloss.models.errors import OptionError, ShapeError
from isogloss.models.progress.journal import NoJournal
from isogloss.models.progress.observation import Observer, Progress, ignore_progress
from isogloss.models.training.playing import play_all_steps
from isogloss.models.training.seeding import seeded

_WARM_UP = "source classifier"
_STAGE = "label transfer"
_PLAN = PushforwardRecipe(
    latent="words",
    generator_widths=(256,),
    potential_widths=(256,),
    multiplier=2.0,
    steps=200,
    batch=256,
    potential_steps=2,
    learning_rate=3e-4,
    potential_rate=1e-3,
    averaging=0.98,
    assess_every=200,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelTransferRecipe:
    """Settings of DASPOT.

    Attributes:
        embedding_widths: Widths of the layers of the embedding networks, the last the embedding.
        warm_up: Steps that D_X is trained before the plan.
        warm_up_rate: Rate of these steps.
        source_weight: η_s.
        transfer_weight: η_da.
        plan: Settings of the plan.

    """

    embedding_widths: tuple[int, ...] = (128, 64)
    warm_up: int = 300
    warm_up_rate: float = 2e-3
    source_weight: float = 1.0
    transfer_weight: float = 1.0
    plan: PushforwardRecipe = field(default_factory=lambda: _PLAN)


@final
@dataclass(frozen=True, slots=True, eq=False)
class TransferredLabels:
    """Probabilities of the labels at the target points.

    Attributes:
        probabilities: Of D_Y, [target points, labels].
        source_only: Of D_X before the plan, [target points, labels].

    """

    probabilities: Float[Tensor, "targets labels"]
    source_only: Float[Tensor, "targets labels"]


@final
class Classifier(nn.Module):
    """D: an embedding network and a linear decision."""

    def __init__(self, dimension: int, widths: tuple[int, ...], labels: int) -> None:
        super().__init__()
        self.embedding = nn.Sequential(leaky_perceptron((dimension, *widths)), nn.LeakyReLU(SLOPE))
        self.decision = nn.Linear(widths[-1], labels)

    def forward(self, x: Float[Tensor, "batch d"]) -> Float[Tensor, "batch labels"]:
        """Give logits."""
        logits: Tensor = self.decision(self.embedding(x))
        return logits


@final
class LabellingGenerator(Generator):
    """The minimising players together: G, D_X and D_Y."""

    def __init__(self, generator: Generator, source: Classifier, target: Classifier) -> None:
        super().__init__()
        self.generator = generator
        self.source = source
        self.target = target
        self.latent_dimension = generator.latent_dimension

    def forward(self, z: Float[Tensor, "batch latent"]) -> tuple[Tensor, ...]:
        """Push latent points forward."""
        points: tuple[Tensor, ...] = self.generator(z)
        return points


def transfer_labels(
    x: Float[Tensor, "sources d"],
    labels: Int64[Tensor, " labels"],
    y: Float[Tensor, "targets of_target"],
    recipe: LabelTransferRecipe | None = None,
    *,
    seed: int = 0,
    observe: Observer = ignore_progress,
) -> TransferredLabels:
    """Carry labels from the points of one space to those of another in the same coordinates.

    Spaces in other coordinates are brought together by an alignment first.

    Args:
        x: Source points, with coordinates of about 1 on the whole.
        labels: Number of each source point's label from 0; −1 where it has none. Points without a
            label take part in the plan.
        y: Target points.
        recipe: Settings; None: the defaults.
        seed: Of everything random.
        observe: Is told of every step.

    Raises:
        ShapeError: The dimensions differ, or there is not one label for each source point.
        OptionError: There are fewer than two labels.
        DivergenceError: A loss is NaN or exploded.

    """
    recipe = LabelTransferRecipe() if recipe is None else recipe
    if x.shape[1] != y.shape[1]:
        raise ShapeError("target points", expected=f"[n, {x.shape[1]}]", found=str(list(y.shape)))
    if len(labels) != len(x):
        raise ShapeError("labels", expected=str(len(x)), found=str(len(labels)))
    count = int(labels.max()) + 1 if len(labels) else 0
    if len(set(labels[labels >= 0].tolist())) < 2:
        raise OptionError("labels: expected at least two that differ among the source points")
    labelled, known = x[labels >= 0], labels[labels >= 0]
    with seeded(seed):
        classifier = Classifier(x.shape[1], recipe.embedding_widths, count)
        identity = torch.eye(x.shape[1], dtype=x.dtype)
        branches = [
            LinearWithResidual(identity, recipe.plan.generator_widths).to(x.device)
            for _ in range(2)
        ]
    classifier = classifier.to(x)
    draws = torch.Generator().manual_seed(seed + 1)

    def supervised(of: Classifier, batch: int) -> Tensor:
        rows = torch.randint(len(labelled), (batch,), generator=draws).to(x.device)
        return nn.functional.cross_entropy(of(labelled[rows]), known[rows])

    _warm_up(classifier, supervised, recipe, observe)
    before = _probabilities(classifier, y)
    players = LabellingGenerator(
        BranchedGenerator(branches, x.shape[1]), classifier, copy.deepcopy(classifier)
    )

    def objective(generator: Generator, z: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        assert isinstance(generator, LabellingGenerator)
        made_x, made_y = generator(z)
        of_x, of_y = generator.source.embedding(made_x), generator.target.embedding(made_y)
        guess = generator.source.decision(of_x).argmax(dim=1)
        transferred = nn.functional.cross_entropy(
            generator.target.decision(of_y), guess, reduction="none"
        )
        value = (of_x - of_y).square().sum(dim=1) + recipe.transfer_weight * transferred
        taught = supervised(generator.source, recipe.plan.batch)
        return (made_x, made_y), value + recipe.source_weight * taught

    game = PushforwardGame(
        players,
        _rows(x, seed=10 * seed + 1),
        [_rows(x, seed=10 * seed + 2), _rows(y, seed=10 * seed + 3)],
        objective,
        recipe.plan,
        seed=seed,
    )
    played = play_all_steps(game, recipe.plan, stage=_STAGE, journal=NoJournal(), observe=observe)
    solution = played.solution
    assert isinstance(solution, LabellingGenerator)
    return TransferredLabels(_probabilities(solution.target, y), before)


def _warm_up(
    classifier: Classifier,
    supervised: Callable[[Classifier, int], Tensor],
    recipe: LabelTransferRecipe,
    observe: Observer,
) -> None:
    optimiser = torch.optim.Adam(classifier.parameters(), lr=recipe.warm_up_rate)
    for step in range(1, recipe.warm_up + 1):
        loss = supervised(classifier, recipe.plan.batch)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        observe(Progress(stage=_WARM_UP, step=step, total=recipe.warm_up))


def _probabilities(classifier: Classifier, y: Tensor) -> Float[Tensor, "targets labels"]:
    with torch.inference_mode():
        return torch.softmax(classifier(y), dim=1).clone()


def _rows(points: Float[Tensor, "n d"], *, seed: int) -> StreamSampler:
    def draw(count: int, generator: torch.Generator) -> Tensor:
        return points[torch.randint(len(points), (count,), generator=generator).to(points.device)]

    return StreamSampler(draw, seed=seed)
