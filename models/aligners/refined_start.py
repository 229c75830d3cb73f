"""Judge maps by the pairs that refinement induces from the start."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

from isogloss.models.aligners.criterion import which_found
from isogloss.models.aligners.dictionary_induction import induce_mutual
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.recipe import RefinementRecipe
from isogloss.models.aligners.refinement import linearised, self_learn_phases
from isogloss.models.maps.fitted import FittedMap
from isogloss.models.maps.networks import LinearTransport, as_network
from isogloss.models.progress.observation import ignore_progress

_JUDGED_WORDS = 5000
_STANDARD_ERRORS = 3


def judge_by_refined_start(
    pair: NormalisedPair, start: FittedMap, refinement: RefinementRecipe
) -> Callable[[FittedMap], float]:
    """Judge by the pairs that self-learning, which knows nothing of T, induces from the start.

    The judgement is the share of them that T finds, less three standard errors of its difference
    from that of the start: a T that changes many answers and betters few of them is not preferred.
    Two would do for one look; the best of several lies that far above by chance.

    The held-out agreement ranks no maps that lie within 0.01 of each other, as those of a good
    start and of the game after it do. The first phase of the refinement is enough: its pairs are
    better than those of the start, and the later phases and fine-tuning cost four times as much.
    """
    first_map = reference = as_network(start)
    if refinement.phases:
        first = refinement.phases[:1]
        weight = self_learn_phases(
            pair,
            linearised(pair, first_map, words=first[0].words),
            first,
            name="reference",
            generator=torch.Generator().manual_seed(0),
            observe=ignore_progress,
        )
        reference = LinearTransport(weight)
    with torch.inference_mode():
        x, y = pair.x[:_JUDGED_WORDS], pair.y[:_JUDGED_WORDS]
        pairs = induce_mutual(reference(x), y)
        found_at_start = which_found(pairs, y, first_map(x), words=_JUDGED_WORDS)

    def judge(transport: FittedMap) -> float:
        with torch.inference_mode():
            found = which_found(pairs, y, as_network(transport)(x), words=_JUDGED_WORDS)
        count = len(found)
        changed = int((found != found_at_start).sum())
        return (int(found.sum()) - _STANDARD_ERRORS * math.sqrt(changed)) / count

    return judge
