"""Generate a vocabulary anew in a space of fewer dimensions, with the relations it had."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Float32
from scipy.stats import spearmanr
from torch import Tensor, nn

from isogloss.models.errors import DivergenceError, OptionError
from isogloss.models.generation.discrepancy import CouplingSettings, coupling, distances, distortion
from isogloss.models.progress.observation import Observer, Progress, ignore_progress
from isogloss.models.training.rates import cosine_decay

_BETAS = (0.9, 0.99)
_STAGE = "generate"
_PAIRS = 200_000
_SMALLEST_SPREAD = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class ReductionRecipe:
    """Settings of the reduction.

    Attributes:
        steps: Steps of the generator.
        batch: Words per batch.
        learning_rate: Of Adam; falls to zero by a cosine.
        coupling: How a batch and its image are coupled.
        seed: Draws the words.

    """

    steps: int = 400
    batch: int = 384
    learning_rate: float = 3e-3
    coupling: CouplingSettings = field(
        default_factory=lambda: CouplingSettings(
            epsilon=1e-3, outer_iterations=1, inner_iterations=5
        )
    )
    seed: int = 0


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReducedVocabulary:
    """A vocabulary in fewer dimensions.

    Attributes:
        vectors: Unit vectors [words, dimension].
        rank_correlation: Spearman's ρ between the cosines before and after, over random pairs of
            words.
        rank_correlation_of_pca: The same for the first principal components.
        rank_correlation_of_svd: The same for the first singular directions of the unit vectors,
            without centring; the generator starts there.

    """

    vectors: Float32[np.ndarray, "words dimension"]
    rank_correlation: float
    rank_correlation_of_pca: float
    rank_correlation_of_svd: float


def reduce_vocabulary(
    vectors: Float32[np.ndarray, "words m"],
    dimension: int,
    recipe: ReductionRecipe,
    *,
    observe: Observer = ignore_progress,
) -> ReducedVocabulary:
    """Train a linear generator whose noise is the words themselves.

    It minimises the Gromov-Wasserstein distortion between a batch of words and its image. Compared
    are the cosines, brought to mean 0 and variance 1 within each batch: fewer dimensions spread
    cosines wider, which changes no relation. The coupling is found on chords, and starts at each
    word with its own image, which a generator of noise has not got; gradients by the envelope
    theorem.

    Args:
        vectors: Word vectors, none of them zero.
        dimension: Of the result, below m.
        recipe: Settings.
        observe: Is told of every step.

    Raises:
        OptionError: The dimension is not below that of the vectors, or there are too few words.
        DivergenceError: The distortion became NaN.

    """
    count, m = vectors.shape
    if not 1 <= dimension < m:
        raise OptionError(f"dimension: expected 1 to {m - 1}, found {dimension}")
    if count <= dimension:
        raise OptionError(f"expected more than {dimension} words, found {count}")
    x = nn.functional.normalize(torch.from_numpy(vectors), dim=1)
    start = _directions(x, dimension)
    weight = nn.Parameter(start.clone())
    optimiser = torch.optim.Adam([weight], lr=recipe.learning_rate, betas=_BETAS)
    generator = torch.Generator().manual_seed(recipe.seed)
    for step in range(recipe.steps):
        batch = x[torch.randint(count, (min(recipe.batch, count),), generator=generator)]
        image = nn.functional.normalize(batch @ weight.T, dim=1)
        identity = torch.eye(len(batch)) / len(batch)
        plan = coupling(distances(batch), distances(image.detach()), recipe.coupling, identity)
        loss = distortion(_standardised(batch), _standardised(image), plan)
        if not math.isfinite(float(loss.detach())):
            raise DivergenceError(_STAGE, step + 1, f"the distortion is {float(loss):.3g}")
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.param_groups[0]["lr"] = recipe.learning_rate * cosine_decay(step, recipe.steps)
        optimiser.step()
        observe(
            Progress(
                stage=_STAGE,
                step=step + 1,
                total=recipe.steps,
                metrics={"distortion": float(loss.detach())},
            )
        )
    with torch.inference_mode():
        reduced = nn.functional.normalize(x @ weight.T, dim=1)
        centred = x - x.mean(dim=0)
        return ReducedVocabulary(
            vectors=reduced.numpy(),
            rank_correlation=rank_correlation(x, reduced),
            rank_correlation_of_pca=rank_correlation(
                x, centred @ _directions(centred, dimension).T
            ),
            rank_correlation_of_svd=rank_correlation(x, x @ start.T),
        )


def rank_correlation(
    before: Float[Tensor, "words m"], after: Float[Tensor, "words d"], *, seed: int = 0
) -> float:
    """Spearman's ρ between the cosines of random pairs of different words before and after."""
    generator = torch.Generator().manual_seed(seed)
    first = torch.randint(len(before), (_PAIRS,), generator=generator)
    shift = torch.randint(1, len(before), (_PAIRS,), generator=generator)
    second = (first + shift) % len(before)
    cosines = [
        nn.functional.cosine_similarity(points[first], points[second]).numpy()
        for points in (before, after)
    ]
    return float(spearmanr(*cosines).statistic)


def _standardised(points: Float[Tensor, "n d"]) -> Float[Tensor, "n n"]:
    """Cosines of unit vectors, of mean 0 and variance 1 over pairs; 0 for a point with itself."""
    count = len(points)
    others = 1 - torch.eye(count)
    cosines = points @ points.T * others
    pairs = count * (count - 1)
    centred = (cosines - cosines.sum() / pairs) * others
    return centred / (centred.square().sum() / pairs).sqrt().clamp(min=_SMALLEST_SPREAD)


def _directions(points: Float[Tensor, "words m"], count: int) -> Float[Tensor, "count m"]:
    """First right singular vectors, as rows."""
    _, vectors = torch.linalg.eigh(points.T.double() @ points.double())
    rows: Tensor = vectors.flip(1)[:, :count].T.to(points.dtype)
    return rows
