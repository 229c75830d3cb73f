"""NGW between the words of two spaces: play until T no longer improves, and keep the best T."""

from __future__ import annotations

import time

from jaxtyping import Float
from torch import Tensor

from isogloss.models.aligners.neural_gw.game import Game
from isogloss.models.aligners.neural_gw.sampler import Sampler, WordSampler
from isogloss.models.aligners.neural_gw.side import Side
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.recipe import NeuralGromovWassersteinRecipe
from isogloss.models.maps.alignment import Stage
from isogloss.models.maps.networks import Transport
from isogloss.models.progress.journal import Journal
from isogloss.models.progress.observation import Observer
from isogloss.models.training.playing import Judge, play_to_the_end

_STAGE = "neural-gw"


def train_neural_gromov_wasserstein(
    pair: NormalisedPair,
    weight: Float[Tensor, "n m"],
    recipe: NeuralGromovWassersteinRecipe,
    *,
    seed: int,
    journal: Journal,
    observe: Observer,
    judge: Judge[Transport] | None = None,
) -> Stage:
    """Train T between two spaces from the map W.

    T is the running mean of the trained one. Every few steps the judge looks at it; the best look
    is kept, the start among them: the stage never ends worse than it began, by this judgement.

    Args:
        pair: The spaces.
        weight: Where to start, an orthogonal map of shape [n, m].
        recipe: Settings.
        seed: Of the networks and the two samplers.
        journal: Keeps the state of the game.
        observe: Is told of every outer step.
        judge: Ranks the looks; the held-out agreement where None.

    Returns:
        The stage ``raw``, whose map is the best T.

    Raises:
        DivergenceError: A loss is NaN or exploded. The journal holds the last good state.

    """
    played = play_to_the_end(
        game_of_words(pair, weight, recipe, seed=seed),
        recipe,
        stage=_STAGE,
        judge=pair.agreement if judge is None else judge,
        journal=journal,
        observe=observe,
    )
    return pair.stage("raw", played.solution, begin=time.perf_counter() - played.seconds)


def game_of_words(
    pair: NormalisedPair,
    weight: Float[Tensor, "n m"],
    recipe: NeuralGromovWassersteinRecipe,
    *,
    seed: int,
) -> Game:
    """Make the game between two spaces that starts at the map W."""
    exponent = recipe.frequency_exponent
    source = side_of(WordSampler(pair.x, exponent=exponent, seed=2 * seed + 1), recipe)
    target = side_of(WordSampler(pair.y, exponent=exponent, seed=2 * seed + 2), recipe)
    return Game(source, target, weight, recipe, seed=seed)


def side_of(sampler: Sampler, recipe: NeuralGromovWassersteinRecipe) -> Side:
    """Make a side in the coordinates of the recipe."""
    if recipe.coordinates == "whitened":
        return Side.whitened(sampler, count=recipe.whitening_points)
    return Side(sampler)
