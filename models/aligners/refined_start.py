"""Judge maps by the pairs that refinement induces from the start."""

from __future__ import annotations

from dataclasses import replace

import torch

from models.aligners.aligner import ignore_progress
from models.aligners.criterion import share_found
from models.aligners.dictionary_induction import induce_mutual
from models.aligners.fine_tuning import FineTuningRecipe
from models.aligners.normalised_pair import NormalisedPair
from models.aligners.playing import Judge
from models.aligners.recipe import RefinementRecipe
from models.aligners.refinement import refine
from models.aligners.transports import Transport

_JUDGED_WORDS = 8000


def judge_by_refined_start(
    pair: NormalisedPair, start: Transport, refinement: RefinementRecipe
) -> Judge[Transport]:
    """Judge by the pairs that self-learning, which knows nothing of T, induces from the start.

    The held-out agreement ranks no maps that lie within 0.01 of each other, as those of a good
    start and of the game after it do.
    """
    orthogonal = replace(refinement, fine_tuning=FineTuningRecipe(steps=0))
    reference = refine(pair, start, orthogonal, observe=ignore_progress).transport
    with torch.inference_mode():
        pairs = induce_mutual(reference(pair.x[:_JUDGED_WORDS]), pair.y[:_JUDGED_WORDS])

    def judge(transport: Transport) -> float:
        with torch.inference_mode():
            return share_found(pairs, pair.y, transport(pair.x), words=_JUDGED_WORDS)

    return judge
