"""GW-GAN, Algorithm 1: a generator that learns the relations within the data, and an adversary."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from models.aligners.aligner import Observer, Progress, ignore_progress
from models.errors import DivergenceError, OptionError
from models.generation.constraints import Constraint
from models.generation.discrepancy import CouplingSettings, distances, normalised_discrepancy
from models.generation.orthogonality import Orthogonality, orthogonality_penalty

_BETAS = (0.5, 0.9)
_STAGE = "gw-gan"


@dataclass(frozen=True, slots=True, kw_only=True)
class GanRecipe:
    """Settings of GW-GAN.

    Attributes:
        noise: Dimension of the generator's noise.
        widths: Hidden widths of the generator.
        adversary_widths: Hidden widths of the adversaries; None leaves them out, and Euclidean
            distances are compared.
        features: Dimension that the adversaries map to.
        orthogonality: What keeps them from stretching the space.
        penalty: β, how much it counts.
        steps: Steps of the generator.
        generator_steps: Of these per step of the adversaries.
        batch: Points per batch.
        learning_rate: Of both in Adam; falls to zero by a cosine.
        coupling: How batches are coupled.

    """

    noise: int = 16
    widths: tuple[int, ...] = (128, 128)
    adversary_widths: tuple[int, ...] | None = None
    features: int = 8
    orthogonality: Orthogonality = "procrustes"
    penalty: float = 1.0
    steps: int = 600
    generator_steps: int = 3
    batch: int = 96
    learning_rate: float = 5e-3
    coupling: CouplingSettings = field(default_factory=CouplingSettings)

    def __post_init__(self) -> None:
        if min(self.steps, self.generator_steps, self.noise, self.features) < 1 or self.batch < 2:
            raise OptionError("steps, dimensions and batch: expected positive numbers")


@final
@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The data, known by points or by distances alone.

    Attributes:
        points: Points [n, m]; None where only distances are known.
        table: Distances [n, n], for instance of shortest paths; Euclidean ones where None.

    """

    points: Float[Tensor, "n m"] | None = None
    table: Float[Tensor, "n n"] | None = None

    def __post_init__(self) -> None:
        if self.points is None and self.table is None:
            raise OptionError("reference: expected points or distances, found neither")

    def __len__(self) -> int:
        known = self.points if self.points is not None else self.table
        assert known is not None
        return len(known)


@final
@dataclass(frozen=True, slots=True, eq=False)
class GanResult:
    """What GW-GAN ended in.

    Attributes:
        generator: Noise → points.
        noise: Dimension of the noise.
        losses: The generator's discrepancy after each step.
        expansion: Mean ratio of distances after and before the data's adversary; 1 without one.

    """

    generator: nn.Module
    noise: int
    losses: tuple[float, ...]
    expansion: float

    def generate(self, count: int, *, seed: int = 0) -> Float[Tensor, "count d"]:
        """Generate points."""
        generator = torch.Generator().manual_seed(seed)
        with torch.inference_mode():
            points: Tensor = self.generator(torch.randn(count, self.noise, generator=generator))
        return points


def train_gan(
    reference: Reference,
    dimension: int,
    recipe: GanRecipe,
    *,
    constraints: Sequence[tuple[int, Constraint]] = (),
    seed: int = 0,
    observe: Observer = ignore_progress,
) -> GanResult:
    """Train a generator of points in a space of its own.

    Args:
        reference: The data.
        dimension: Of the generated points.
        recipe: Settings.
        constraints: Penalties of generated points, each from a step on.
        seed: Of networks, batches and noise.
        observe: Is told of every step.

    Raises:
        OptionError: An adversary is asked for where there are no points, only distances.
        DivergenceError: The discrepancy became NaN.

    """
    if recipe.adversary_widths is not None and reference.points is None:
        raise OptionError("adversary: expected points, found distances alone")
    rng = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator = _perceptron(recipe.noise, recipe.widths, dimension)
        adversaries = _adversaries(reference, dimension, recipe)
    of_generator = torch.optim.Adam(generator.parameters(), lr=recipe.learning_rate, betas=_BETAS)
    of_adversary = (
        torch.optim.Adam(adversaries.parameters(), lr=recipe.learning_rate, betas=_BETAS)
        if adversaries is not None
        else None
    )
    losses: list[float] = []
    for step in range(recipe.steps):
        decay = (1 + math.cos(math.pi * step / recipe.steps)) / 2
        rows = torch.randperm(len(reference), generator=rng)[: recipe.batch]
        points = generator(torch.randn(recipe.batch, recipe.noise, generator=rng))
        trains_adversary = of_adversary is not None and step % (recipe.generator_steps + 1) == 0
        if trains_adversary:
            assert adversaries is not None and of_adversary is not None
            loss = -_compared(reference, rows, points.detach(), adversaries, recipe)
            loss = loss + recipe.penalty * _penalty(
                reference, rows, points.detach(), adversaries, recipe
            )
            _descend(of_adversary, loss, recipe.learning_rate * decay)
            continue
        loss = _compared(reference, rows, points, adversaries, recipe)
        losses.append(float(loss.detach()))
        if not math.isfinite(losses[-1]):
            raise DivergenceError(_STAGE, step + 1, f"the discrepancy is {losses[-1]:.3g}")
        for begin, constraint in constraints:
            if step >= begin:
                loss = loss + constraint(points)
        _descend(of_generator, loss, recipe.learning_rate * decay)
        observe(
            Progress(
                stage=_STAGE,
                step=step + 1,
                total=recipe.steps,
                metrics={"discrepancy": losses[-1]},
            )
        )
    return GanResult(
        generator.requires_grad_(False),
        recipe.noise,
        tuple(losses),
        _expansion(reference, adversaries),
    )


def _compared(
    reference: Reference,
    rows: Tensor,
    points: Tensor,
    adversaries: nn.ModuleList | None,
    recipe: GanRecipe,
) -> Tensor:
    """Normalised discrepancy of a batch of data and one of generated points."""
    if reference.table is not None:
        data = reference.table[rows][:, rows]
    else:
        assert reference.points is not None
        batch = reference.points[rows]
        data = distances(batch if adversaries is None else adversaries[0](batch))
    own = distances(points if adversaries is None else adversaries[1](points))
    return normalised_discrepancy(data, own, recipe.coupling)


def _penalty(
    reference: Reference,
    rows: Tensor,
    points: Tensor,
    adversaries: nn.ModuleList,
    recipe: GanRecipe,
) -> Tensor:
    assert reference.points is not None
    total = torch.zeros(())
    for adversary, batch in zip(adversaries, (reference.points[rows], points), strict=True):
        total = total + orthogonality_penalty(
            recipe.orthogonality, adversary, batch, adversary(batch)
        )
    return total


def _adversaries(reference: Reference, dimension: int, recipe: GanRecipe) -> nn.ModuleList | None:
    """One adversary for each side; one for both where the dimensions agree."""
    if recipe.adversary_widths is None:
        return None
    assert reference.points is not None
    inputs = reference.points.shape[1]
    first = _perceptron(inputs, recipe.adversary_widths, recipe.features)
    second = (
        first
        if inputs == dimension
        else _perceptron(dimension, recipe.adversary_widths, recipe.features)
    )
    if recipe.orthogonality != "none":
        for layer in (*first.modules(), *second.modules()):
            if isinstance(layer, nn.Linear):
                nn.init.orthogonal_(layer.weight)
    return nn.ModuleList([first, second])


def _expansion(reference: Reference, adversaries: nn.ModuleList | None) -> float:
    if adversaries is None or reference.points is None:
        return 1.0
    with torch.inference_mode():
        head = reference.points[:500]
        return float(distances(adversaries[0](head)).mean() / distances(head).mean())


def _descend(optimiser: torch.optim.Adam, loss: Tensor, rate: float) -> None:
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.param_groups[0]["lr"] = rate
    optimiser.step()


def _perceptron(inputs: int, widths: tuple[int, ...], outputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before, after in pairwise((inputs, *widths)):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear((inputs, *widths)[-1], outputs))
