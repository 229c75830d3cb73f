"""What every aligner owes: a hidden rotation found, served, saved and loaded with one answer."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from isogloss.models.aligners import ALIGNERS, AlignerName, create_aligner
from isogloss.models.checkpoint import load_checkpoint, save_checkpoint
from isogloss.models.errors import InputError, OptionError, ShapeError
from isogloss.models.maps.alignment import Alignment
from isogloss.models.retrieval import TrainingRecord, Translator
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.lexicon import Lexicon
from tests.models.aligners.samples import hidden_pair, small_recipe

NAMES = get_args(AlignerName)
DIMENSIONS = [(60, 60), (50, 60), (60, 50)]
RECIPE = small_recipe()


def fit(name: AlignerName, source: EmbeddingSpace, target: EmbeddingSpace) -> Alignment:
    lexicon = Lexicon({word: (word,) for word in source.words[:150]})
    taught = None if ALIGNERS[name].lexicon == "refuses" else lexicon
    return create_aligner(name, recipe=RECIPE, lexicon=taught, seed=1).fit(source, target)


@pytest.mark.parametrize(("source_dimension", "target_dimension"), DIMENSIONS)
@pytest.mark.parametrize("name", NAMES)
def test_a_hidden_rotation_is_found_served_saved_and_loaded(
    name: AlignerName, source_dimension: int, target_dimension: int, tmp_path: Path
) -> None:
    source, target = hidden_pair(
        words=500,
        noise=0.1,
        source_dimension=source_dimension,
        target_dimension=target_dimension,
    )
    untouched = source.vectors.copy(), target.vectors.copy()
    alignment = fit(name, source, target)
    assert alignment.found
    np.testing.assert_array_equal(source.vectors, untouched[0])
    np.testing.assert_array_equal(target.vectors, untouched[1])
    images = alignment(source.vectors)
    assert images.shape == (500, target_dimension)
    np.testing.assert_allclose(np.linalg.norm(images, axis=1), 1, rtol=1e-5)

    record = TrainingRecord(aligner=name, recipe=asdict(RECIPE), seed=1)
    translator = Translator.build(alignment, source, target, details=record)
    answers = translator.translate(source.words, k=3)
    hits = [
        answer.neighbours[0].word == word
        for word, answer in zip(source.words, answers, strict=True)
    ]
    assert np.mean(hits) > 0.9

    save_checkpoint(translator, tmp_path / "en-xx")
    loaded = load_checkpoint(tmp_path / "en-xx")
    assert loaded.translate(source.words, k=3) == answers
    assert loaded.details.aligner == name
    np.testing.assert_array_equal(loaded.alignment(source.vectors), images)


@pytest.mark.parametrize("name", NAMES)
def test_the_stages_end_in_the_map_and_say_how_good_they_are(name: AlignerName) -> None:
    alignment = fit(name, *hidden_pair(words=300, noise=0.1))
    assert alignment.stages[-1].transport is alignment.transport
    assert all(0.5 < stage.criterion <= 1 for stage in alignment.stages)
    assert all(0 <= stage.seconds < 60 for stage in alignment.stages)


@pytest.mark.parametrize("name", NAMES)
def test_vectors_of_another_dimension_are_refused(name: AlignerName) -> None:
    alignment = fit(name, *hidden_pair(words=300, noise=0.1))
    with pytest.raises(ShapeError, match="60"):
        alignment(np.ones((2, 59), np.float32))


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_map_to_the_last_bit(name: AlignerName) -> None:
    source, target = hidden_pair(words=300, noise=0.1)
    first, second = (fit(name, source, target)(source.vectors) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("name", [each for each in NAMES if ALIGNERS[each].supervised])
def test_a_lexicon_is_needed_and_has_to_name_words_of_both_sides(name: AlignerName) -> None:
    source, target = hidden_pair(words=60)
    with pytest.raises(OptionError, match=f"{name} needs a lexicon"):
        create_aligner(name, recipe=RECIPE)
    elsewhere = Lexicon({"no-such-word": (target.words[0],), source.words[0]: ("nor-this",)})
    with pytest.raises(InputError, match="no pair of the lexicon"):
        create_aligner(name, recipe=RECIPE, lexicon=elsewhere).fit(source, target)
