"""Refine a map of any kind by self-learning, by probable pairs, then by fine-tuning."""

from __future__ import annotations

import time
from itertools import accumulate

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from isogloss.models.aligners.criterion import share_found
from isogloss.models.aligners.dictionary_induction import Pairs, induce_mutual
from isogloss.models.aligners.fine_tuning import FineTuningRecipe, fine_tune, held_out_of
from isogloss.models.aligners.known_pairs import with_known
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.aligners.probable_pairs import induce_nearest, induce_probable
from isogloss.models.aligners.recipe import RefinementRecipe
from isogloss.models.aligners.self_learning import Phase, self_learn
from isogloss.models.maps.alignment import Stage
from isogloss.models.maps.fitted import FittedMap
from isogloss.models.maps.networks import LinearTransport, Transport, as_network
from isogloss.models.progress.observation import Observer, Progress, ignore_progress


def refine(
    pair: NormalisedPair,
    start: FittedMap,
    recipe: RefinementRecipe,
    *,
    observe: Observer,
    known: Int64[np.ndarray, "pairs 2"] | None = None,
) -> Stage:
    """Refine a map; the result is linear whatever the kind of the map that it starts from.

    Without phases the map stays as it is. The same map is refined to the same result, so that a
    resumed fit that refines again ends where an uninterrupted one does.

    Args:
        pair: The two spaces.
        start: The map.
        recipe: Settings.
        observe: Is told of every step.
        known: Rows of pairs that a dictionary gives; they take part in every fit.

    """
    begin = time.perf_counter()
    transport = refined = as_network(start)
    if recipe.phases:
        weight = self_learn_phases(
            pair,
            linearised(pair, transport, words=recipe.phases[0].words),
            recipe.phases,
            name="refinement",
            generator=torch.Generator().manual_seed(0),
            observe=observe,
            known=known,
        )
        pairs = induce_pairs(pair, weight, recipe)
        observe(
            Progress(stage="pairs", step=1, total=1, metrics={"pairs": float(len(pairs.source))})
        )
        fitted = with_known(pairs, known, pair.x, pair.y, weight)
        if len(fitted.source):
            weight = orthogonal_map(pair.x[fitted.source], pair.y[fitted.target])
        words = recipe.fine_tuning.words
        # Once each: of pairs that are there twice, one could be held out and the other be fitted.
        frequent = None if known is None else known[(known < words).all(axis=1)]
        pairs = with_known(pairs, frequent, pair.x, pair.y, weight, times=1)
        weight = fine_tuned(pair, weight, recipe.fine_tuning, pairs=pairs, observe=observe)
        refined = LinearTransport(weight)
    return pair.stage("refined", refined, begin=begin)


def induce_pairs(
    pair: NormalisedPair, weight: Float[Tensor, "d m"], recipe: RefinementRecipe
) -> Pairs:
    """Induce the pairs that the last orthogonal map and fine-tuning are fitted on."""
    words = recipe.fine_tuning.words
    if recipe.pairs == "nearest":
        return induce_nearest(pair, weight, words=words)
    return induce_probable(pair, weight, words=words, spelling=recipe.spelling)


def fine_tuned(
    pair: NormalisedPair,
    weight: Float[Tensor, "d m"],
    recipe: FineTuningRecipe,
    *,
    pairs: Pairs,
    observe: Observer = ignore_progress,
) -> Float[Tensor, "d m"]:
    """Fine-tune an orthogonal map; go less far, or not at all, where the pairs seem to be wrong.

    Setting wrong pairs apart from others teaches errors, which pairs that were held out show: the
    fine-tuned map has to find most of them again, else its mean with the orthogonal one has to,
    else the orthogonal map stays.
    """
    if recipe.steps == 0:
        return weight

    def report(done: int) -> None:
        observe(Progress(stage="fine-tuning", step=done, total=recipe.steps))

    tuned = fine_tune(pair.x, pair.y, weight, recipe, pairs=pairs, observe=report)
    held_out = held_out_of(pairs)
    if len(held_out.source) == 0:
        return weight
    for way in (tuned, (weight + tuned) / 2):
        found = share_found(held_out, pair.y, pair.x @ way.T, words=recipe.words)
        if found >= recipe.least_found:
            return way
    return weight


def linearised(pair: NormalisedPair, transport: Transport, *, words: int) -> Float[Tensor, "d m"]:
    """Orthogonal map fitted on the mutual neighbours under a transport; a linear one is kept."""
    if isinstance(transport, LinearTransport):
        return transport.weight.detach()
    with torch.inference_mode():
        x, y = pair.x[:words], pair.y[:words]
        pairs = induce_mutual(transport(x), y)
        return orthogonal_map(x[pairs.source], y[pairs.target])


def self_learn_phases(
    pair: NormalisedPair,
    weight: Float[Tensor, "d m"],
    phases: tuple[Phase, ...],
    *,
    name: str,
    generator: torch.Generator,
    observe: Observer,
    known: Int64[np.ndarray, "pairs 2"] | None = None,
) -> Float[Tensor, "d m"]:
    """Run phases one after the other, reported as one stage."""
    ends = list(accumulate(phase.rounds for phase in phases))
    for phase, end in zip(phases, ends, strict=True):

        def report(done: int, before: int = end - phase.rounds) -> None:
            observe(Progress(stage=name, step=before + done, total=ends[-1]))

        weight = self_learn(
            pair.x, pair.y, weight, phase, generator=generator, observe=report, known=known
        )
    return weight
