"""Precision at k and mean reciprocal rank of a translator against a lexicon, with coverage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Int64

from isogloss.models.answers import Ranking
from isogloss.models.errors import InputError, OptionError
from isogloss.models.retrieval.translator import Translator
from isogloss.models.spaces.folding import folded
from isogloss.models.spaces.lexicon import Lexicon
from isogloss.models.spaces.lexicon_fit import Words, advice_for

SOURCE_MISSING = "source word not in vocabulary"
TARGET_MISSING = "no translation in target vocabulary"
NO_DIRECTION = "the source word's vector is zero: it has no direction"

MOST_PLACES = 100
"""Places that are looked at for the mean reciprocal rank; what stands further down counts as 0."""

_QUERIES_AT_ONCE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """How often a translation stands among the first k.

    Attributes:
        precision: k → share of the evaluated source words for which any listed translation is
            among the k nearest of the whole target vocabulary.
        mean_reciprocal_rank: Mean over the words of 1 / place of the first listed translation,
            0 where it is not among the first 100 (30 by probability).
        evaluated: Number of source words that were evaluated.
        coverage: Share of the lexicon's source words that were evaluated.
        skipped: Reason → number of source words that were not evaluated for it. That a word or
            its translations are missing always has a line, zero vectors where there are some.

    """

    precision: Mapping[int, float]
    mean_reciprocal_rank: float
    evaluated: int
    coverage: float
    skipped: Mapping[str, int]

    def __repr__(self) -> str:
        shares = ", ".join(f"P@{k} {share:.3f}" for k, share in self.precision.items())
        measured = f"{shares}, MRR {self.mean_reciprocal_rank:.3f}"
        return f"<Evaluation {measured}; {self.evaluated:,} words, coverage {self.coverage:.1%}>"

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
            "mean_reciprocal_rank": self.mean_reciprocal_rank,
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WordRanks:
    """Where a listed translation of each word stands: what every measure is computed from.

    Attributes:
        words: The evaluated source words, of length n.
        source_rows: Their rows in the source vocabulary, which tell how frequent they are, [n].
        ranks: Place of the first listed translation, from 0; ``places`` where it is further
            down, of shape [n].
        places: How many places were looked at.
        written_alike: Whether a listed translation is written like the word, but for case and
            marks, of shape [n]. Names and loans flatter every system.
        listed: Number of source words that the lexicon lists.
        skipped: Reason → number of source words that were not evaluated for it.

    """

    words: tuple[str, ...]
    source_rows: Int64[np.ndarray, " n"]
    ranks: Int64[np.ndarray, " n"]
    places: int
    written_alike: Bool[np.ndarray, " n"]
    listed: int
    skipped: Mapping[str, int]

    def measured(self, ks: Sequence[int] = (1, 5, 10)) -> Evaluation:
        """Compute precision at k and the mean reciprocal rank."""
        found = self.ranks < self.places
        return Evaluation(
            precision={k: float(np.mean(self.ranks < min(k, self.places))) for k in ks},
            mean_reciprocal_rank=float(np.mean(np.where(found, 1 / (self.ranks + 1), 0))),
            evaluated=len(self.words),
            coverage=len(self.words) / self.listed,
            skipped=self.skipped,
        )

    def of(self, chosen: Bool[np.ndarray, " n"]) -> WordRanks:
        """Take some of the words; coverage is then their share of the whole lexicon."""
        (rows,) = np.nonzero(chosen)
        return replace(
            self,
            words=tuple(self.words[row] for row in rows),
            source_rows=self.source_rows[rows],
            ranks=self.ranks[rows],
            written_alike=self.written_alike[rows],
        )


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
        elif not translator.has_direction(translator.source.rows[word]):
            skipped[NO_DIRECTION] = skipped.get(NO_DIRECTION, 0) + 1
        else:
            rows.append(translator.source.rows[word])
            answers.append(accepted)
    if not rows:
        reasons = ", ".join(f"{count} × {reason}" for reason, count in skipped.items())
        source = Words(translator.source.rows, translator.source.language)
        advice = advice_for(lexicon, source, Words(target_rows, translator.target_language))
        raise InputError(f"no word of the lexicon can be evaluated: {reasons}{advice}")
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
    places = max(*ks, MOST_PLACES)
    return word_ranks(translator, lexicon, score=score, places=places).measured(ks)


def word_ranks(
    translator: Translator,
    lexicon: Lexicon,
    *,
    score: Ranking = "csls",
    places: int = MOST_PLACES,
) -> WordRanks:
    """Find where a listed translation of each word stands.

    Raises:
        OptionError: ``places`` is less than 1.
        InputError: No word of the lexicon can be evaluated.

    """
    if places < 1:
        raise OptionError(f"places: expected at least 1, found {places}")
    evaluable = evaluable_words(translator, lexicon)
    names = tuple(translator.source.words[row] for row in evaluable.rows)
    alike = [
        folded(word) in {folded(translator.target_words[row]) for row in answers}
        for word, answers in zip(names, evaluable.answers, strict=True)
    ]
    return WordRanks(
        words=names,
        source_rows=np.array(evaluable.rows, np.int64),
        ranks=_ranks(translator, evaluable, places, score),
        places=places,
        written_alike=np.array(alike, bool),
        listed=len(lexicon),
        skipped=evaluable.skipped,
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


def _ranks(
    translator: Translator, words: EvaluableWords, k: int, score: Ranking
) -> Int64[np.ndarray, " n"]:
    """Rank from 0 of the best accepted translation; ``k`` where it is not among the first k."""
    ranks = np.full(len(words.rows), k, np.int64)
    for begin in range(0, len(words.rows), _QUERIES_AT_ONCE):
        chosen = np.array(words.rows[begin : begin + _QUERIES_AT_ONCE], np.int64)
        found = translator.ranked(chosen, k, score).rows
        for place, neighbours in enumerate(found, start=begin):
            hits = np.flatnonzero(np.isin(neighbours, words.answers[place]))
            if len(hits):
                ranks[place] = hits[0]
    return ranks
