"""The margin between the first two answers, beside CSLS written out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from isogloss.models.errors import OptionError
from isogloss.models.probability.translation_posterior import TranslationPosterior
from isogloss.models.retrieval.certainty import weigh_translations
from isogloss.models.retrieval.indexing import with_index
from tests.rotated_spaces import rotated_translator


def test_the_margin_is_that_of_csls() -> None:
    translator = rotated_translator(stages=True)
    # At the second stage the map is disturbed, and some answers are close.
    translator = translator.at_stage(translator.alignment.stages[1])
    weighed = weigh_translations(translator, words=40)
    assert [each.word for each in weighed] == list(translator.source.words[:40])
    image = translator.align(translator.source.vectors).astype(np.float64)
    target = translator.retriever.target.astype(np.float64)
    cosines = image @ target.T
    r_image = np.sort(cosines, axis=1)[:, -10:].mean(axis=1)
    r_target = np.sort(cosines, axis=0)[-10:].mean(axis=0)
    csls = 2 * cosines - r_image[:, None] - r_target
    for row, each in enumerate(weighed):
        order = np.argsort(-csls[row])
        assert each.first.word == translator.target_words[order[0]]
        assert each.second.word == translator.target_words[order[1]]
        assert each.certainty == pytest.approx(csls[row, order[0]] - csls[row, order[1]], abs=1e-5)
        assert each.certainty >= 0


def test_probabilities_take_the_place_of_margins_where_they_are_known() -> None:
    translator = rotated_translator(stages=True)
    translator = translator.at_stage(translator.alignment.stages[1])
    posterior = TranslationPosterior(
        temperature=0.1,
        none_share=0.2,
        sharpness=1.0,
        band_rows=np.zeros(1, np.int32),
        log_ratios=np.linspace(2, -2, 13, dtype=np.float32)[None],
        likeness_log_ratios=np.zeros(41, np.float32),
    )
    translator = replace(translator, posterior=posterior)
    weighed = weigh_translations(translator, words=20)
    answers = translator.translate(translator.source.words[:20], 2, "probability")
    for each, answer in zip(weighed, answers, strict=True):
        assert (each.first, each.second) == answer.neighbours
        assert each.certainty == each.first.score
        assert 0 < each.second.score <= each.certainty < 1


def test_an_approximate_index_changes_nothing() -> None:
    translator = rotated_translator()
    approximate = with_index(translator, kind="hnsw")
    assert weigh_translations(approximate, words=60) == weigh_translations(translator, words=60)


def test_one_target_word_leaves_nothing_to_weigh() -> None:
    assert weigh_translations(rotated_translator(words=1), words=5) == ()


def test_no_words_are_refused() -> None:
    with pytest.raises(OptionError, match="at least 1, found 0"):
        weigh_translations(replace(rotated_translator()), words=0)
