"""The estimated share of right first answers, beside the answers themselves."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from statistics import fmean, median

import pytest

from isogloss.models.estimated_precision import EstimatedPrecision
from isogloss.models.retrieval import estimated_precision as module
from isogloss.models.retrieval.estimated_precision import (
    FREQUENT_WORDS,
    estimated_precision,
    why_no_estimate,
)
from tests.rotated_spaces import LOST, rotated_translator, with_probabilities

_RESULTS = Path(__file__).parents[3] / "research" / "results" / "estimates.json"


def test_it_is_the_mean_probability_of_the_first_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    translator = with_probabilities(rotated_translator(stages=True))
    monkeypatch.setattr(module, "FREQUENT_WORDS", 50)
    monkeypatch.setattr(module, "_QUERIES_AT_ONCE", 20)
    estimate = estimated_precision(translator)
    answers = translator.translate(translator.source.words[:50], 1, "probability")
    assert estimate is not None
    assert estimate.words == 50
    assert estimate.share == pytest.approx(fmean(each.neighbours[0].score for each in answers))
    held = replace(translator, estimate=estimate)
    assert estimated_precision(held) is estimate
    assert why_no_estimate(translator) is None


def test_it_is_absent_with_a_reason_where_words_tell_nothing() -> None:
    translator = rotated_translator()
    assert estimated_precision(translator) is None
    assert "no order of frequency" in str(why_no_estimate(translator))


def test_it_is_absent_with_a_reason_where_nothing_was_found() -> None:
    translator = with_probabilities(rotated_translator())
    lost = replace(translator, alignment=replace(translator.alignment, verdict=LOST))
    assert estimated_precision(lost) is None
    assert "no alignment was found" in str(why_no_estimate(lost))


def test_the_stated_errors_are_those_that_were_measured() -> None:
    rows = json.loads(_RESULTS.read_text("utf-8"))["rows"]
    sizes = [abs(row["estimates"][str(FREQUENT_WORDS)] - row["train"]) for row in rows]
    stated = EstimatedPrecision(share=0.5, words=5000)
    assert stated.measured_pairs == len(sizes)
    assert stated.median_error == pytest.approx(median(sizes), abs=5e-4)
    assert stated.largest_error == pytest.approx(max(sizes), abs=6e-4)
    assert "off by 11 points in the middle and 37 at most" in stated.text
