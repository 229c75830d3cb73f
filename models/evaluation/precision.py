"""Precision at k of a translator against a lexicon, with coverage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from isogloss.models.answers import Ranking
from isogloss.models.errors import InputError, OptionError
from isogloss.models.retrieval.translator import Translator
from isogloss.models.spaces.lexicon import Lexicon

SOURCE_MISSING = "source word not in vocabulary"
TARGET_MISSING = "no translation in target vocabulary"

_QUERIES_AT_ONCE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """How often a translation stands among the first k.

    Attributes:
        precision: k → share of the evaluated source words for which any listed translation is
            among the k nearest of the whole target vocabulary.
        evaluated: Number of source words that were evaluated.
        coverage: Share of the lexicon's source words that were evaluated.
        skipped: Reason → number of source words that were not evaluated for it. Both reasons are
            always there.

    """

    precision: Mapping[int, float]
    evaluated: int
    coverage: float
    skipped: Mapping[str, int]

    @property
    def precision_at_1(self) -> float:
        """Precision at 1; a KeyError where it was not asked for."""
        return self.precision[1]

    @property
    def precision_at_5(self) -> float:
        """Precision at 5; a KeyError where it was not asked for."""
        return self.precision[5]

    @property
    def precision_at_10(self) -> float:
        """Precision at 10; a KeyError where it was not asked for."""
        return self.precision[10]

    def as_dict(self) -> dict[str, object]:
        """Give the figures under the names that JSON shows."""
        return {
            **{f"precision_at_{k}": share for k, share in self.precision.items()},
            "evaluated": self.evaluated,
            "coverage": self.coverage,
            "skipped": dict(self.skipped),
        }


@dataclass(frozen=True, slots=True)
class EvaluableWords:
    """The words of a lexicon that can be evaluated.

    Attributes:
        rows: Their rows in the source vocabulary.
        answers: Rows of their translations in the target vocabulary, at least one of each.
        skipped: Reason → number of source words that cannot.

    """

    rows: tuple[int, ...]
    answers: tuple[tuple[int, ...], ...]
    skipped: Mapping[str, int]


def evaluable_words(translator: Translator, lexicon: Lexicon) -> EvaluableWords:
    """Find the words that both vocabularies hold.

    Raises:
        InputError: There are none.

    """
    target_rows = {word: row for row, word in enumerate(translator.target_words)}
    rows: list[int] = []
    answers: list[tuple[int, ...]] = []
    skipped = {SOURCE_MISSING: 0, TARGET_MISSING: 0}
    for word, translations in lexicon.entries.items():
        accepted = tuple(target_rows[item] for item in translations if item in target_rows)
        if word not in translator.source.rows:
            skipped[SOURCE_MISSING] += 1
        elif not accepted:
            skipped[TARGET_MISSING] += 1
        else:
            rows.append(translator.source.rows[word])
            answers.append(accepted)
    if not rows:
        reasons = ", ".join(f"{count} × {reason}" for reason, count in skipped.items())
        raise InputError(f"no word of the lexicon can be evaluated: {reasons}")
    return EvaluableWords(tuple(rows), tuple(answers), skipped)


def evaluate(
    translator: Translator,
    lexicon: Lexicon,
    *,
    score: Ranking = "csls",
    ks: Sequence[int] = (1, 5, 10),
) -> Evaluation:
    """Measure precision at k as Conneau et al. 2018 do, and say what was left out.

    A source word counts once, however many translations it has. Only words of the vocabulary are
    evaluated, not those that would get a vector from their parts.

    Raises:
        OptionError: There is no k, or one is less than 1.
        InputError: No word of the lexicon can be evaluated.

    """
    if not ks or min(ks) < 1:
        raise OptionError(f"ks: expected numbers from 1, found {list(ks)}")
    words = evaluable_words(translator, lexicon)
    ranks = _ranks(translator, words, max(ks), score)
    return Evaluation(
        precision={k: float(np.mean(ranks < k)) for k in ks},
        evaluated=len(words.rows),
        coverage=len(words.rows) / len(lexicon),
        skipped=words.skipped,
    )


def evaluate_stages(
    translator: Translator,
    lexicon: Lexicon,
    *,
    score: Ranking = "csls",
    ks: Sequence[int] = (1, 5, 10),
) -> dict[str, Evaluation]:
    """Evaluate the map of each stage (``start``, ``raw``, ``refined``), in their order.

    r(y) is computed anew for each, as it depends on the mapped source, and so are probabilities; a
    stage for which there are none is left out.
    """
    last = translator.posterior
    spelling = last is None or last.regards_spelling
    figures = {}
    for stage in translator.alignment.stages:
        then = translator.at_stage(stage)
        if score == "probability" and then is not translator:
            then = then.with_posterior(spelling=spelling)
        if score in then.rankings:
            figures[stage.name] = evaluate(then, lexicon, score=score, ks=ks)
    return figures


def _ranks(translator: Translator, words: EvaluableWords, k: int, score: Ranking) -> np.ndarray:
    """Rank from 0 of the best accepted translation; ``k`` where it is not among the first k."""
    ranks = np.full(len(words.rows), k)
    for begin in range(0, len(words.rows), _QUERIES_AT_ONCE):
        chosen = np.array(words.rows[begin : begin + _QUERIES_AT_ONCE], np.int64)
        found = translator.ranked(chosen, k, score).rows
        for place, neighbours in enumerate(found, start=begin):
            hits = np.flatnonzero(np.isin(neighbours, words.answers[place]))
            if len(hits):
                ranks[place] = hits[0]
    return ranks
