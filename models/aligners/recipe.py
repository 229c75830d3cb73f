"""Settings of the aligners, defaults in one place.

Every default was chosen by what needs no dictionary: time, the criterion and its bound.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from isogloss.models.aligners.fine_tuning import FineTuningRecipe
from isogloss.models.aligners.self_learning import Phase
from isogloss.models.errors import OptionError


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRecipe:
    """One start of the portfolio.

    Attributes:
        kind: ``similarity-profiles``, ``entropic-gw``, or ``identical-words``: the pairs of words
            that both sides write the same. ``known-pairs`` is put before the others
            where a seed dictionary is given.
        words: Most frequent words of each side that the first map is computed from.
        epsilon: Strength of the entropy; for ``entropic-gw`` alone.
        search: Noisy self-learning that turns the first map into an alignment, or does not.

    """

    kind: Literal["similarity-profiles", "entropic-gw", "identical-words", "known-pairs"]
    words: int
    epsilon: float = 0.05
    search: Phase

    @property
    def trusted(self) -> bool:
        """Whether the search is cooled however it went.

        Identical words are right too often for their map to be one of chance.
        """
        return self.kind == "identical-words"


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioRecipe:
    """Starts, tried in this order until one is found.

    Attributes:
        starts: The cheapest first.
        cooling: What follows a search, from its level of noise downwards.

    """

    starts: tuple[StartRecipe, ...] = (
        StartRecipe(kind="similarity-profiles", words=4000, search=Phase(10, 5000, 160)),
        StartRecipe(kind="identical-words", words=20000, search=Phase(20, 10000, 60)),
        StartRecipe(kind="similarity-profiles", words=4000, search=Phase(40, 10000, 400)),
        StartRecipe(kind="entropic-gw", words=1000, search=Phase(10, 5000, 80)),
        StartRecipe(kind="entropic-gw", words=2000, search=Phase(10, 5000, 80)),
    )
    cooling: tuple[Phase, ...] = (
        Phase(20, 10000, 60),
        Phase(10, 10000, 60),
        Phase(5, 5000, 25),
        Phase(2, 5000, 15),
    )

    def __post_init__(self) -> None:
        if not self.starts:
            raise OptionError("portfolio.starts: expected at least one start, found none")


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscreteGromovWassersteinRecipe:
    """Gromov-Wasserstein between the most frequent words.

    Attributes:
        solver: ``entropic``, or ``ipot``: proximal points, whose plans are sharp.
        words: Words of each side.
        epsilon: Strength of the entropy, for similarities of mean absolute value 1; of the proximal
            term for ``ipot``.
        outer_iterations: Steps of the projected gradient at most.
        inner_iterations: Sinkhorn sweeps in each.

    """

    solver: Literal["entropic", "ipot"] = "entropic"
    words: int = 1000
    epsilon: float = 0.05
    outer_iterations: int = 60
    inner_iterations: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuralGromovWassersteinRecipe:
    """NGW, Algorithm 1.

    Attributes:
        start: ``portfolio``, or ``random`` as in the paper.
        coordinates: ``given``, or ``whitened``: each side's points are seen in the coordinates in
            which their second moments are the identity.
        whitening_points: Points of each side that its second moments are taken from.
        transport_widths: Hidden widths of the residual of T; empty makes T linear.
        potential_widths: Hidden widths of f.
        curvature: Of the quadratic part of f: one number (``scalar``) or a ``matrix``.
        frequency: Weights and biases of the first layer of f are multiplied by it at the start: the
            larger, the finer the structure that f soon tells apart.
        steps: Outer steps.
        batch: Points per batch and side.
        transport_batch: Points per batch in the steps of T, where the gradient has no noise at the
            saddle point; None is ``batch``.
        cost_steps: k_P, steps for P per outer step.
        potential_steps: k_f, steps for f per outer step.
        transport_steps: k_T, steps for T per step for f.
        learning_rate: Of all three in Adam; falls to zero by a cosine, as the other rates do.
        linear_rate: Rate of plain gradient descent for the linear part of T and the quadratic part
            of f, which whitened coordinates condition well; None leaves them to Adam.
        cost_rate: Share of the way that P goes, in each of its steps, to the matrix that is the
            best for the present T, in closed form; None leaves P to Adam.
        averaging: Decay of the running mean of T's weights, per outer step.
        frequency_exponent: Words are drawn with weight (rank + 100)^−exponent.
        assess_every: Outer steps between two looks at the criterion.
        patience: Looks without a better criterion before the stage stops.

    """

    start: Literal["portfolio", "random"] = "portfolio"
    coordinates: Literal["given", "whitened"] = "given"
    whitening_points: int = 16384
    transport_widths: tuple[int, ...] = (512,)
    potential_widths: tuple[int, ...] = (256, 256)
    curvature: Literal["scalar", "matrix"] = "scalar"
    frequency: float = 1.0
    steps: int = 120
    batch: int = 1024
    transport_batch: int | None = None
    cost_steps: int = 1
    potential_steps: int = 1
    transport_steps: int = 5
    learning_rate: float = 1e-4
    linear_rate: float | None = None
    cost_rate: float | None = None
    averaging: float = 0.95
    frequency_exponent: float = 0.7
    assess_every: int = 10
    patience: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuralEntropicRecipe:
    """NEGW: entropic Gromov-Wasserstein by a network for one potential.

    Attributes:
        structure: What is compared within each side: ``inner-product``, or squared distances
            (``quadratic``).
        softness: ε of the aligner, in standard deviations of the cost at its start; the smaller,
            the fewer translations share a word's probability.
        widths: Hidden widths of the potential.
        rounds: How often the matrix A of the variational form is renewed.
        steps: Steps for the potential between two of these.
        batch: Points per batch and side.
        learning_rate: Of Adam; falls to zero by a cosine.
        anchors: Source points that the soft transform is taken over after the training.
        evaluated: Points of either side that the value is the mean over.
        transport: What is fitted on the barycentric images, to be served: the ``orthogonal`` map,
            the best ``linear`` one, or one with a ``residual`` network.
        transport_widths: Hidden widths of that network.
        frequency_exponent: Words are drawn with weight (rank + 100)^−exponent.

    """

    structure: Literal["inner-product", "quadratic"] = "inner-product"
    softness: float = 0.1
    widths: tuple[int, ...] = (256,)
    rounds: int = 4
    steps: int = 12
    batch: int = 1024
    learning_rate: float = 1e-3
    anchors: int = 4096
    evaluated: int = 65536
    transport: Literal["orthogonal", "linear", "residual"] = "orthogonal"
    transport_widths: tuple[int, ...] = (512,)
    frequency_exponent: float = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class PushforwardRecipe:
    """SPOT, Algorithm 3.

    Attributes:
        latent: Where the pairs are pushed forward from: ``gaussian`` points, or the ``words`` of
            the source.
        transport: What is fitted on the pairs, to be served: the ``orthogonal`` map, the best
            ``linear`` one, or one with a ``residual`` network.
        generator_widths: Hidden widths of each part of G.
        transport_widths: Hidden widths of the residual of the transport.
        potential_widths: Hidden widths of each potential.
        multiplier: λ, by which the distance between the marginals and those of the pairs counts. It
            has to exceed the steepest slope of the optimal potentials, and need not exceed it by
            much.
        steps: Outer steps.
        batch: Points per batch and marginal.
        potential_steps: n_critic, steps for the potentials per step for G.
        learning_rate: Of G, in Adam; falls to zero by a cosine, as the other does.
        potential_rate: Of the potentials; None is that of G.
        averaging: Decay of the running mean of G's weights, per outer step.
        pairs: Sampled pairs that the transport is fitted on.
        frequency_exponent: Words are drawn with weight (rank + 100)^−exponent.
        assess_every: Outer steps between two looks at the criterion.
        patience: Looks without a better criterion before the stage stops.

    """

    latent: Literal["gaussian", "words"] = "gaussian"
    transport: Literal["orthogonal", "linear", "residual"] = "linear"
    generator_widths: tuple[int, ...] = (512,)
    transport_widths: tuple[int, ...] = (512,)
    potential_widths: tuple[int, ...] = (256,)
    multiplier: float = 10.0
    steps: int = 200
    batch: int = 512
    potential_steps: int = 5
    learning_rate: float = 1e-4
    potential_rate: float | None = None
    averaging: float = 0.95
    pairs: int = 16384
    frequency_exponent: float = 0.7
    assess_every: int = 40
    patience: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotRecipe:
    """ROBOT: regression on a dictionary that is in part wrong or shuffled.

    Attributes:
        model: ``orthogonal``, ``linear`` with all entries free, or with a ``residual`` network; the
            latter two go on from the orthogonal map.
        correspondence: ``exact``: every word has its partner in its group; ``inexact``: it may have
            none there.
        epsilon: Strength of the entropy, in standard deviations of the cost of random pairs.
        margin: So many of these deviations below the mean cost of random pairs, a pair is as well
            parted as kept.
        through_plan: Whether the gradient of the orthogonal map follows the plan too; otherwise the
            plan is held fixed in each round, as alternating minimisation does.
        rounds: Of the orthogonal map.
        widths: Hidden widths of the network.
        steps: Full-batch steps of the other two models.
        learning_rate: Of Adam, as a share of the size of the map's entries; falls to zero by a
            cosine.

    """

    model: Literal["orthogonal", "linear", "residual"] = "orthogonal"
    correspondence: Literal["exact", "inexact"] = "inexact"
    epsilon: float = 0.5
    margin: float = 2.0
    through_plan: bool = True
    rounds: int = 30
    widths: tuple[int, ...] = (512,)
    steps: int = 100
    learning_rate: float = 0.01

    def __post_init__(self) -> None:
        if min(self.epsilon, self.learning_rate) <= 0 or min(self.rounds, self.steps) < 0:
            raise OptionError(
                "robot: expected epsilon and learning_rate > 0, rounds and steps ≥ 0, found "
                f"{self.epsilon}, {self.learning_rate}, {self.rounds} and {self.steps}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class RefinementRecipe:
    """What follows a start or NGW: self-learning without noise, probable pairs, fine-tuning.

    Attributes:
        phases: Rounds of self-learning; none turn the whole refinement off.
        pairs: What the last orthogonal map and fine-tuning are fitted on: the most ``probable``
            translations, from the map, the frequencies of the words and their letters, or the
            words that are each other's ``nearest`` under the map alone.
        spelling: Whether it may matter how alike words are written, for these pairs and for the
            probabilities of the checkpoint.
        fine_tuning: Steps away from the orthogonal map; none of them keep it.

    """

    phases: tuple[Phase, ...] = (Phase(1, 5000, 5), Phase(1, 8000, 5, mutual=True))
    pairs: Literal["probable", "nearest"] = "probable"
    spelling: bool = True
    fine_tuning: FineTuningRecipe = field(default_factory=FineTuningRecipe)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """All settings, by section."""

    portfolio: PortfolioRecipe = field(default_factory=PortfolioRecipe)
    discrete_gw: DiscreteGromovWassersteinRecipe = field(
        default_factory=DiscreteGromovWassersteinRecipe
    )
    neural_gw: NeuralGromovWassersteinRecipe = field(default_factory=NeuralGromovWassersteinRecipe)
    neural_egw: NeuralEntropicRecipe = field(default_factory=NeuralEntropicRecipe)
    pushforward: PushforwardRecipe = field(default_factory=PushforwardRecipe)
    robot: RobotRecipe = field(default_factory=RobotRecipe)
    refinement: RefinementRecipe = field(default_factory=RefinementRecipe)
