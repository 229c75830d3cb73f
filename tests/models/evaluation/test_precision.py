from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.models.answers import Score
from isogloss.models.errors import InputError, OptionError
from isogloss.models.evaluation import SOURCE_MISSING, TARGET_MISSING, evaluate, evaluate_stages
from isogloss.models.spaces.lexicon import Lexicon
from tests.oracles import brute_force_cosines, brute_force_csls, precision_at
from tests.rotated_spaces import rotated_translator

WORDS = 40
TRANSLATOR = rotated_translator(words=WORDS, stages=True)
DISTURBED = TRANSLATOR.at_stage(TRANSLATOR.alignment.stages[1])

# Numbers from 40 on are words that the vocabularies do not have.
numbers = st.integers(0, WORDS + 5)
entries = st.dictionaries(
    numbers.map("fr-{}".format),
    st.lists(numbers.map("es-{}".format), min_size=1, max_size=4, unique=True).map(tuple),
    min_size=1,
    max_size=30,
)


@given(entries=entries, score=st.sampled_from(["csls", "cosine"]))
def test_figures_are_those_of_the_oracle(entries: dict[str, tuple[str, ...]], score: Score) -> None:
    lexicon = Lexicon(entries)
    mapped = DISTURBED.align(DISTURBED.source.vectors)
    target = DISTURBED.retriever.target
    scores = (
        brute_force_cosines(mapped, target)
        if score == "cosine"
        else brute_force_csls(mapped, target, mapped)
    )
    evaluable = any(
        word in DISTURBED.source.words and set(items) & set(DISTURBED.target_words)
        for word, items in lexicon.entries.items()
    )
    if not evaluable:
        with pytest.raises(InputError, match="no word of the lexicon can be evaluated"):
            evaluate(DISTURBED, lexicon, score=score)
        return
    found = evaluate(DISTURBED, lexicon, score=score)
    for k, precision in (
        (1, found.precision_at_1),
        (5, found.precision_at_5),
        (10, found.precision_at_10),
    ):
        expected = precision_at(
            scores, DISTURBED.source.words, DISTURBED.target_words, lexicon.entries, k
        )
        assert (precision, found.evaluated, found.coverage) == pytest.approx(expected)
    assert found.evaluated + sum(found.skipped.values()) == len(lexicon)
    places = [
        1 + min(int((row > row[i]).sum()) for i in range(WORDS) if f"es-{i}" in items)
        for word, items in lexicon.entries.items()
        if word in DISTURBED.source.words and set(items) & set(DISTURBED.target_words)
        for row in [scores[DISTURBED.source.words.index(word)]]
    ]
    assert found.mean_reciprocal_rank == pytest.approx(float(np.mean(1 / np.array(places))))


def test_a_rotation_is_recovered() -> None:
    lexicon = Lexicon({f"fr-{i}": (f"es-{i}",) for i in range(WORDS)})
    found = evaluate(TRANSLATOR, lexicon)
    assert found.precision == {1: 1.0, 5: 1.0, 10: 1.0}
    assert (found.evaluated, found.coverage) == (WORDS, 1.0)


def test_any_listed_translation_is_a_hit_and_the_skipped_are_counted() -> None:
    lexicon = Lexicon(
        {
            "fr-0": ("missing", "es-0"),
            "fr-1": ("es-2", "es-1"),
            "fr-2": ("es-3",),
            "fr-4": ("missing",),
            "nowhere": ("es-4",),
            "nowhere-either": ("missing",),
        }
    )
    found = evaluate(TRANSLATOR, lexicon, ks=(1, WORDS))
    (answer,) = TRANSLATOR.translate(["fr-2"], k=WORDS)
    place = [neighbour.word for neighbour in answer.neighbours].index("es-3") + 1
    assert found.precision == {1: pytest.approx(2 / 3), WORDS: 1.0}
    assert found.as_dict() == {
        "precision_at_1": pytest.approx(2 / 3),
        f"precision_at_{WORDS}": 1.0,
        "mean_reciprocal_rank": pytest.approx((2 + 1 / place) / 3),
        "evaluated": 3,
        "coverage": 0.5,
        "skipped": {SOURCE_MISSING: 2, TARGET_MISSING: 1},
    }


def test_stages_are_measured_apart() -> None:
    lexicon = Lexicon({f"fr-{i}": (f"es-{i}",) for i in range(WORDS)})
    stages = evaluate_stages(TRANSLATOR, lexicon)
    assert list(stages) == ["start", "raw", "refined"]
    assert stages["refined"] == evaluate(TRANSLATOR, lexicon)
    # r(y) of the stage itself, not that of the last one.
    mapped = DISTURBED.align(DISTURBED.source.vectors)
    scores = brute_force_csls(mapped, DISTURBED.retriever.target, mapped)
    expected, _, _ = precision_at(
        scores, DISTURBED.source.words, DISTURBED.target_words, lexicon.entries, 1
    )
    assert stages["raw"].precision_at_1 == pytest.approx(expected)
    assert stages["start"].precision_at_1 < stages["refined"].precision_at_1 == 1


def test_wrong_options_are_named() -> None:
    lexicon = Lexicon({"fr-0": ("es-0",)})
    for ks in ((), (0, 1)):
        with pytest.raises(OptionError, match="ks"):
            evaluate(TRANSLATOR, lexicon, ks=ks)
    assert np.isclose(evaluate(TRANSLATOR, lexicon, ks=[WORDS * 10]).precision[WORDS * 10], 1)
