"""NEGW between the words of two languages: from a map to a plan, and from the plan to a map."""

from __future__ import annotations

from dataclasses import replace

from jaxtyping import Float
from torch import Tensor

from isogloss.models.aligners.neural_entropic.cost import AlignmentCost
from isogloss.models.aligners.neural_entropic.estimator import (
    EntropicEstimate,
    estimate_entropic_gromov_wasserstein,
)
from isogloss.models.aligners.neural_entropic.marginal import Marginal
from isogloss.models.aligners.neural_entropic.plan import NeuralPlan
from isogloss.models.aligners.neural_gw.sampler import WordSampler, word_weights
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.pair_fitting import fit_on_pairs
from isogloss.models.aligners.recipe import NeuralEntropicRecipe
from isogloss.models.maps.networks import Transport
from isogloss.models.progress.journal import Journal
from isogloss.models.progress.observation import Observer

_MOMENT_WORDS = 16384
_MEASURED = 1024
_IMAGES = 8000


def estimate_between_words(
    pair: NormalisedPair,
    weight: Float[Tensor, "n m"],
    recipe: NeuralEntropicRecipe,
    *,
    seed: int,
    journal: Journal,
    observe: Observer,
) -> EntropicEstimate:
    """Estimate the plan between two vocabularies, starting from a map W.

    Words are drawn by frequency and scaled to length √dimension. ψ is the soft transform over all
    source words. A starts at ½ E xyᵀ, with y = Wx
    and x = Wᵀy in equal parts. ε is the recipe's softness times the standard deviation of the cost
    of A between independent words.

    Raises:
        DivergenceError: The objective became NaN.

    """
    source, target = (
        Marginal.of_stream(
            WordSampler(vectors, exponent=recipe.frequency_exponent, seed=2 * seed + number),
            count=_MOMENT_WORDS,
        )
        for number, vectors in ((1, pair.x), (2, pair.y))
    )
    n, m = weight.shape
    turned = weight * (n / m) ** 0.5  # coordinates are about 1 on either side
    matrix = (
        source.moments.second.to(weight) @ turned.T + turned.T @ target.moments.second.to(weight)
    ) / 4
    cost = AlignmentCost(recipe.structure, matrix, source.moments, target.moments)
    spread = cost(source.sampler.draw(_MEASURED), target.sampler.draw(_MEASURED)).std()
    found = estimate_entropic_gromov_wasserstein(
        source,
        target,
        recipe,
        epsilon=recipe.softness * float(spread),
        start=matrix,
        seed=seed,
        journal=journal,
        observe=observe,
    )
    # A sample of the source would leave out the partners of many target words; their probabilities
    # would grow without bound.
    plan = replace(
        found.plan,
        anchors=_scaled(pair.x),
        anchor_weights=word_weights(len(pair.x), recipe.frequency_exponent).to(pair.x),
    )
    return replace(found, plan=plan)


def translation_probabilities(
    plan: NeuralPlan,
    x: Float[Tensor, "words m"],
    y: Float[Tensor, "candidates n"],
    *,
    frequency_exponent: float,
) -> Float[Tensor, "words candidates"]:
    """p(y | x) over a whole target vocabulary.

    Args:
        plan: A plan between words.
        x: Normalised source vectors, known or not.
        y: Normalised target vectors, the most frequent first.
        frequency_exponent: The one that the plan was estimated with.

    """
    weights = word_weights(len(y), frequency_exponent).to(y)
    return plan.probabilities(_scaled(x), _scaled(y), weights=weights)


def fitted_transport(
    plan: NeuralPlan,
    pair: NormalisedPair,
    recipe: NeuralEntropicRecipe,
    *,
    seed: int,
    observe: Observer,
) -> Transport:
    """Fit a map that can be served on the barycentric images E [y | x] of the frequent words.

    Orthogonal, linear by least squares, or with a residual network trained on what that leaves. A
    soft plan draws its images to the middle, and more so along the weaker directions; an
    orthogonal map cannot follow that.
    """
    weights = word_weights(len(pair.y), recipe.frequency_exponent).to(pair.y)
    x = pair.x[:_IMAGES]
    n = pair.y.shape[1]
    images = plan.barycentric_images(_scaled(x), _scaled(pair.y), weights=weights) / n**0.5
    return fit_on_pairs(
        x,
        images,
        recipe.transport,
        widths=recipe.transport_widths,
        seed=seed,
        stage="map of the plan",
        observe=observe,
    )


def _scaled(vectors: Float[Tensor, "words d"]) -> Float[Tensor, "words d"]:
    scaled: Tensor = vectors * vectors.shape[1] ** 0.5
    return scaled
