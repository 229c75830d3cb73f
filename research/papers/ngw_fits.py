"""Fits of the default aligner for the experiments on words, measured by stage."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from isogloss.models.aligners import NeuralGromovWassersteinAligner, ProcrustesAligner, Recipe
from isogloss.models.errors import InputError, NoAlignmentFoundError
from isogloss.models.evaluation import evaluate
from isogloss.models.maps.alignment import Alignment
from isogloss.models.progress.observation import Observer, ignore_progress
from isogloss.models.retrieval import TrainingRecord, Translator
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.lexicon import Lexicon

KS = (1, 5, 10)


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What a fit gave.

    Attributes:
        alignment: The map with its stages; the best one where none was found.
        seconds: Time of the fit.

    """

    alignment: Alignment
    seconds: float


def fit(
    source: EmbeddingSpace,
    target: EmbeddingSpace,
    recipe: Recipe,
    *,
    seed: int,
    observe: Observer = ignore_progress,
    device: str = "cpu",
) -> Fit:
    """Fit the default aligner; a fit that finds nothing is measured too."""
    begin = time.perf_counter()
    try:
        aligner = NeuralGromovWassersteinAligner(recipe=recipe, seed=seed, device=device)
        alignment = aligner.fit(source, target, observe=observe)
    except NoAlignmentFoundError as error:
        if not isinstance(error.alignment, Alignment):
            raise
        alignment = error.alignment
    return Fit(alignment, time.perf_counter() - begin)


def fit_supervised(source: EmbeddingSpace, target: EmbeddingSpace, lexicon: Lexicon) -> Alignment:
    """Fit the orthogonal map of a lexicon; one that is no better than chance is measured too."""
    try:
        return ProcrustesAligner(lexicon).fit(source, target)
    except NoAlignmentFoundError as error:
        if not isinstance(error.alignment, Alignment):
            raise
        return error.alignment


def precision_of_stages(
    alignment: Alignment,
    source: EmbeddingSpace,
    target: EmbeddingSpace,
    lexicons: Mapping[str, Lexicon],
    *,
    whole_source: EmbeddingSpace | None = None,
) -> dict[str, dict[str, Any]]:
    """Measure every stage against several lexicons.

    Args:
        alignment: The map.
        source: What it was fitted on; its images alone correct for hubs.
        target: The target.
        lexicons: Name of a part → its lexicon.
        whole_source: Where the queries' vectors come from, held-out words among them; ``source``
            where None.

    """
    translator = Translator.build(
        alignment, source, target, details=TrainingRecord(aligner="neural-gw")
    )
    stages = {}
    for stage in alignment.stages:
        at_stage = replace(translator.at_stage(stage), source=whole_source or source)
        stages[stage.name] = {
            "criterion": round(stage.criterion, 4),
            "seconds": round(stage.seconds, 1),
            **{name: _precisions(at_stage, lexicon) for name, lexicon in lexicons.items()},
        }
    return stages


def part_of(lexicon: Lexicon, words: Iterable[str]) -> Lexicon:
    """Keep the entries of some source words.

    Raises:
        InputError: None is left.

    """
    wanted = set(words)
    kept = {word: answers for word, answers in lexicon.entries.items() if word in wanted}
    if not kept:
        raise InputError("no word of the lexicon lies in this part of the vocabulary")
    return Lexicon(kept)


def _precisions(translator: Translator, lexicon: Lexicon) -> dict[str, float]:
    found = evaluate(translator, lexicon, ks=KS)
    return {
        **{f"precision_at_{k}": round(found.precision[k], 4) for k in KS},
        "evaluated": found.evaluated,
    }
