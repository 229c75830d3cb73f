"""What the report of a run says, before it is laid out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from isogloss.models.aligners.portfolio import JUDGED
from isogloss.models.estimated_precision import EstimatedPrecision
from isogloss.models.retrieval import Translator
from isogloss.models.retrieval.certainty import WeighedTranslation, weigh_translations
from isogloss.models.retrieval.estimated_precision import (
    estimated_precision,
    why_no_estimate,
)
from isogloss.models.retrieval.joint_plane import JointPlane, project_to_plane
from isogloss.models.retrieval.training_history import Curve, ObservedStage, TrainingHistory
from isogloss.models.spaces.folding import folded
from isogloss.models.verdict import Verdict
from isogloss.scripts.report.plane_picture import Label

WEIGHED = 5000
"""Source words, the most frequent, whose translations are weighed."""

DRAWN = 1000
"""Words of each side on the plane."""

SPREAD = 24
"""Surest pairs that are to lie far from each other on the plane."""

LISTED = 15
"""Translations in each of the two lists."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReportContent:
    """All that the page shows.

    Attributes:
        translator: The map and how it came to be.
        history: What was observed; empty where nothing was kept.
        verdict: What came of the run.
        starts: Each start that was judged, with its held-out agreement.
        weighed: Translations of the most frequent words.
        estimate: How many first answers are right, estimated without a dictionary.
        no_estimate: Why there is none; None where there is one.
        plane: Both spaces, as far apart as the named pairs are.
        named: Pairs of words for the plane, the surest first.

    """

    translator: Translator
    history: TrainingHistory
    verdict: Verdict
    starts: tuple[tuple[str, float], ...]
    weighed: tuple[WeighedTranslation, ...]
    estimate: EstimatedPrecision | None
    no_estimate: str | None
    plane: JointPlane
    named: tuple[Label, ...]

    @property
    def probable(self) -> bool:
        """Whether the certainty of a translation is its probability."""
        return self.translator.posterior is not None

    @property
    def surest(self) -> tuple[WeighedTranslation, ...]:
        """The surest translations first; what both sides write the same says little of a map."""
        return tuple(each for each in self._ordered() if not _written_alike(each))[:LISTED]

    @property
    def least_sure(self) -> tuple[WeighedTranslation, ...]:
        """The translations with the smallest certainty, the least sure first."""
        return tuple(self._ordered()[::-1][:LISTED])

    @property
    def charts(self) -> tuple[tuple[ObservedStage, Mapping[str, Curve]], ...]:
        """Stages with the figures of which more than one value is known."""
        stages = []
        for stage in self.history.stages:
            drawn = {name: curve for name, curve in stage.curves.items() if len(curve.steps) > 1}
            if drawn:
                stages.append((stage, drawn))
        return tuple(stages)

    @property
    def settings(self) -> tuple[tuple[str, str], ...]:
        """The recipe, section by section, as JSON."""
        recipe = self.translator.details.recipe
        return tuple(
            (name, json.dumps(_plain(value), ensure_ascii=False, indent=1))
            for name, value in recipe.items()
        )

    def _ordered(self) -> list[WeighedTranslation]:
        return sorted(self.weighed, key=lambda each: -each.certainty)


def gather(translator: Translator) -> ReportContent:
    """Gather what the report of a run says: from a checkpoint the same as at the end of the run."""
    history = translator.details.history or TrainingHistory()
    weighed = weigh_translations(translator, words=WEIGHED)
    named = _surest_on_the_plane(translator, weighed)
    return ReportContent(
        translator=translator,
        history=history,
        verdict=translator.verdict,
        starts=tuple(_starts(history)),
        weighed=weighed,
        estimate=estimated_precision(translator),
        no_estimate=why_no_estimate(translator),
        plane=project_to_plane(
            translator,
            words=DRAWN,
            pairs=[(row, answer) for row, _, answer, _ in named[:SPREAD]],
        ),
        named=named,
    )


def _starts(history: TrainingHistory) -> list[tuple[str, float]]:
    return [
        (stage.name.removesuffix(JUDGED), stage.curves["criterion"].values[-1])
        for stage in history.stages
        if stage.name.endswith(JUDGED) and "criterion" in stage.curves
    ]


def _surest_on_the_plane(
    translator: Translator, weighed: tuple[WeighedTranslation, ...]
) -> tuple[Label, ...]:
    sources = {word: row for row, word in enumerate(translator.source.words[:DRAWN])}
    targets = {word: row for row, word in enumerate(translator.target_words[:DRAWN])}
    ordered = sorted(weighed, key=lambda each: (_written_alike(each), -each.certainty))
    return tuple(
        (sources[each.word], each.word, targets[each.first.word], each.first.word)
        for each in ordered
        if each.word in sources and each.first.word in targets
    )


def _written_alike(each: WeighedTranslation) -> bool:
    return folded(each.word) == folded(each.first.word)


def _plain(value: object) -> object:
    """Give mappings and sequences as JSON knows them, whether they come from a file or not."""
    match value:
        case Mapping():
            return {str(name): _plain(item) for name, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)
