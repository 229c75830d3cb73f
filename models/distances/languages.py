"""How far apart languages are: entropic Gromov-Wasserstein between their most frequent words.

Cosines are compared, so nothing is assumed about the axes, the dimensions or the words. A language
is at distance 0 from itself, and near 1 from one with which it shares no structure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor

from isogloss.models.aligners.neural_entropic.estimator import estimate_entropic_gromov_wasserstein
from isogloss.models.aligners.neural_entropic.marginal import Marginal
from isogloss.models.aligners.neural_entropic.moments import SideMoments
from isogloss.models.aligners.neural_entropic.sinkhorn import sinkhorn_gromov_wasserstein
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.portfolio import find_start
from isogloss.models.aligners.recipe import (
    NeuralEntropicRecipe,
    PortfolioRecipe,
    Recipe,
    StartRecipe,
)
from isogloss.models.aligners.self_learning import Phase
from isogloss.models.choices import DistanceSolver
from isogloss.models.errors import OptionError
from isogloss.models.progress.journal import NoJournal
from isogloss.models.progress.observation import Observer, Progress, ignore_progress
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.verdict import VerdictState

_STAGE = "distances"
_LARGEST_FOR_SINKHORN = 4000
_START_WORDS = 2000
_COUPLED_WORDS = 1000
_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class DistanceOptions:
    """Settings of the distances.

    Attributes:
        words: Most frequent words of each language.
        softness: ε over E cos²(x, x'), the mean of both sides.
        solver: ``sinkhorn`` holds a plan of words × words, ``neural`` does not; ``auto`` takes
            Sinkhorn up to 4,000 words.
        recipe: Of the neural solver.
        seed: Of the starts and the network.

    """

    words: int = 2000
    softness: float = 0.03
    solver: DistanceSolver = "auto"
    recipe: NeuralEntropicRecipe = field(default_factory=NeuralEntropicRecipe)
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LanguageDistances:
    """Distances between languages.

    Attributes:
        distances: Matrix [k, k], symmetric, zero on the diagonal.
        agreements: Held-out agreement of the alignment that each distance starts from, [k, k].
        states: What is thought of these alignments, row by row; where none was found, the true
            distance may be smaller.
        epsilon: ε.

    """

    distances: Float64[np.ndarray, "k k"]
    agreements: Float64[np.ndarray, "k k"]
    states: tuple[tuple[VerdictState, ...], ...]
    epsilon: float


def language_distances(
    spaces: Sequence[EmbeddingSpace],
    options: DistanceOptions,
    *,
    observe: Observer = ignore_progress,
) -> LanguageDistances:
    """Compute the distances between all pairs of languages.

    With V the entropic value over inner products and M = E ⟨x, x'⟩² of a side, the distance is

        √ ((V(μ, ν) − ½ V(μ, μ) − ½ V(ν, ν)) / (½ M(μ) + ½ M(ν)))

    ε is the same for all pairs, or the difference would not be 0 for equal sides. Where the value
    is not below that of the product of the marginals, the latter counts, as it is feasible.
    The true infimum is not known: another alignment may be better, so a distance is an upper bound.

    Raises:
        OptionError: There are fewer than two languages, or an option makes no sense.

    """
    if len(spaces) < 2:
        raise OptionError(f"expected at least two spaces, found {len(spaces)}")
    if options.words < 3:
        raise OptionError(f"words: expected at least 3, found {options.words}")
    if not options.softness > 0:
        raise OptionError(f"softness: expected a positive number, found {options.softness}")
    sides = [_Side.of(space, options.words) for space in spaces]
    scales = [side.moments.mean_square_product for side in sides]
    epsilon = options.softness * sum(scales) / len(scales)
    count = len(sides)
    pairs = [*((k, k) for k in range(count)), *combinations(range(count), 2)]
    values, agreements = np.zeros((count, count)), np.eye(count)
    states: list[list[VerdictState]] = [["found"] * count for _ in range(count)]
    for number, (i, j) in enumerate(pairs, start=1):
        value, agreement, state = _value(sides[i], sides[j], epsilon, options, same=i == j)
        values[i, j] = values[j, i] = value
        agreements[i, j] = agreements[j, i] = agreement
        states[i][j] = states[j][i] = state
        observe(Progress(stage=_STAGE, step=number, total=len(pairs)))
    own = values.diagonal()
    excess = values - (own[:, None] + own[None, :]) / 2
    scale = np.add.outer(np.array(scales), np.array(scales)) / 2
    # Below zero only by rounding and by what the solvers leave.
    return LanguageDistances(
        distances=np.sqrt(np.maximum(excess / scale, 0)),
        agreements=agreements,
        states=tuple(tuple(row) for row in states),
        epsilon=epsilon,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """The frequent words of a language: normalised vectors, and these of mean zero."""

    space: EmbeddingSpace
    points: Float[Tensor, "words d"]
    moments: SideMoments

    @classmethod
    def of(cls, space: EmbeddingSpace, words: int) -> _Side:
        head = EmbeddingSpace(space.language, space.words[:words], space.vectors[:words])
        vectors = NormalisedPair.of(head, head, device="cpu").x
        points = vectors - vectors.mean(dim=0)
        return cls(head, points, SideMoments.of(points, torch.zeros_like(points[0])))


def _value(
    source: _Side, target: _Side, epsilon: float, options: DistanceOptions, *, same: bool
) -> tuple[float, float, VerdictState]:
    """Entropic value between two sides, agreement and state of the alignment it starts from."""
    state: VerdictState
    if same:
        weight, agreement, state = torch.eye(source.points.shape[1]), 1.0, "found"
    else:
        weight, agreement, state = _start(source, target, options)
    matrix = (
        source.moments.second.float() @ weight.T + weight.T @ target.moments.second.float()
    ) / 4
    solver = options.solver
    if solver == "auto":
        larger = max(len(source.points), len(target.points))
        solver = "sinkhorn" if larger <= _LARGEST_FOR_SINKHORN else "neural"
    if solver == "sinkhorn":
        value = sinkhorn_gromov_wasserstein(
            source.points,
            target.points,
            "inner-product",
            epsilon=epsilon,
            start=matrix,
            tolerance=_TOLERANCE,
        ).value
    else:
        value = estimate_entropic_gromov_wasserstein(
            Marginal.of_points(source.points, seed=2 * options.seed + 1),
            Marginal.of_points(target.points, seed=2 * options.seed + 2),
            replace(options.recipe, structure="inner-product"),
            epsilon=epsilon,
            start=matrix,
            seed=options.seed,
        ).value
    product = source.moments.mean_square_product + target.moments.mean_square_product
    return min(value, product), agreement, state


def _start(
    source: _Side, target: _Side, options: DistanceOptions
) -> tuple[Float[Tensor, "n m"], float, VerdictState]:
    """Find an orthogonal map by a small portfolio on the frequent words."""
    words = min(_START_WORDS, options.words)
    heads = (
        EmbeddingSpace(side.space.language, side.space.words[:words], side.space.vectors[:words])
        for side in (source, target)
    )
    coupled = min(_COUPLED_WORDS, words)
    portfolio = PortfolioRecipe(
        starts=(
            StartRecipe(kind="similarity-profiles", words=words, search=Phase(5, words, 120)),
            StartRecipe(kind="entropic-gw", words=coupled, search=Phase(5, words, 40)),
        ),
        cooling=(Phase(2, words, 15),),
    )
    pair = NormalisedPair.of(*heads, device="cpu")
    found = find_start(
        pair,
        recipe=Recipe(portfolio=portfolio),
        seed=options.seed,
        journal=NoJournal(),
        observe=ignore_progress,
    )
    return found.weight, found.agreement, pair.judge(found.stage()).state
