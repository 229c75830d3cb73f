from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import isogloss
from isogloss.errors import InputError, NonFiniteInputError, OptionError, ShapeError
from isogloss.models.checkpoint import load_checkpoint
from isogloss.models.conversion.writers import VECTOR_FORMATS
from isogloss.models.spaces.readers import read_space
from tests.rotated_spaces import rotated_translator, with_probabilities

CORE = with_probabilities(rotated_translator(words=60))
PAIR = isogloss.Translator.of(CORE)


def test_it_answers_as_the_translator_of_the_library_does() -> None:
    words = ["fr-3", "fr-7", "unknown"]
    for score in ("csls", "cosine", "probability"):
        assert tuple(PAIR.translate(words, 5, score)) == CORE.translate(words, 5, score)
    vectors = CORE.source.vectors[:4]
    assert PAIR.search(vectors, 3, "csls") == CORE.search(vectors, 3, "csls")


def test_answers_are_by_probability_where_it_is_known() -> None:
    assert tuple(PAIR.translate(["fr-3"], 5)) == CORE.translate(["fr-3"], 5, "probability")
    without = rotated_translator(words=60)
    pair = isogloss.Translator.of(without)
    assert tuple(pair.translate(["fr-3"], 5)) == without.translate(["fr-3"], 5, "csls")


def test_one_word_is_not_taken_for_its_letters() -> None:
    (answer,) = PAIR.translate("fr-3", 1)
    assert answer.word == "fr-3"


def test_transform_maps_into_the_space_of_the_target() -> None:
    mapped = PAIR.transform(CORE.source.vectors.astype(np.float64) * 3)
    assert np.allclose(mapped, CORE.align(CORE.source.vectors), atol=1e-6)
    assert np.array_equal(PAIR.transform(CORE.source.vectors[0]), PAIR.source_aligned.vectors[0])
    cosines = PAIR.source_aligned.vectors @ PAIR.target_aligned.vectors.T
    assert (cosines.argmax(axis=1) == np.arange(60)).all()
    assert PAIR.source_aligned is PAIR.source_aligned


@pytest.mark.parametrize("vectors", [np.ones((2, 7)), np.ones((1, 2, 8)), [["a"]], np.ones(3)])
def test_vectors_of_another_shape_are_refused(vectors: object) -> None:
    with pytest.raises(ShapeError, match="expected"):
        PAIR.transform(vectors)  # type: ignore[arg-type]


def test_numbers_that_float32_cannot_hold_are_refused() -> None:
    for number in (np.nan, 1e300):
        with pytest.raises(NonFiniteInputError):
            PAIR.transform(np.full((1, 8), number))


@pytest.mark.parametrize("name", VECTOR_FORMATS)
def test_both_sides_are_written_aligned(name: str, tmp_path: Path) -> None:
    suffix = VECTOR_FORMATS[name].suffixes[0]
    paths = PAIR.export(tmp_path / f"fr{suffix}", tmp_path / f"es{suffix}")
    assert all(path.is_file() for path in paths)
    if name in {"vec", "npz"}:
        source, target = (read_space(path, language="xx").space for path in paths)
        assert source.vectors.tobytes() == PAIR.source_aligned.vectors.tobytes()
        assert target.vectors.tobytes() == PAIR.target_aligned.vectors.tobytes()


def test_other_libraries_get_both_sides() -> None:
    for sides in (PAIR.to_keyed_vectors(), PAIR.to_spacy_vectors(), PAIR.to_frame()):
        assert len(sides.source) == len(sides.target) == 60
    assert PAIR.to_arrow().target.num_rows == 60


def test_a_saved_pair_answers_the_same(tmp_path: Path) -> None:
    path = PAIR.save(tmp_path / "fr-es")
    again = isogloss.load(str(path))
    words = CORE.source.words[:20]
    assert again.translate(words, 5) == PAIR.translate(words, 5)
    assert load_checkpoint(path).translate(words, 5) == CORE.translate(words, 5)


def test_the_lexicon_of_a_rotation_is_the_rotation(tmp_path: Path) -> None:
    pairs = PAIR.lexicon()
    assert {(one.source, one.target) for one in pairs} == {
        (f"fr-{i}", f"es-{i}") for i in range(60)
    }
    shares = [one.probability or 0 for one in pairs]
    assert shares == sorted(shares, reverse=True)
    assert PAIR.evaluate(pairs.save(tmp_path / "l.txt"), score="csls").precision_at_1 == 1
    assert len(PAIR.lexicon(words=10, mutual=False, k=3)) == 30
    assert list(pairs.to_frame().columns) == ["source", "target", "probability", "csls"]
    with pytest.raises(OptionError, match="mutual=False"):
        PAIR.lexicon(k=2)


def test_a_pair_is_evaluated_on_pairs_and_dictionaries() -> None:
    by_pairs = PAIR.evaluate([("fr-1", "es-1"), ("fr-2", "es-3")], score="csls", ks=(1,))
    by_dictionary = PAIR.evaluate({"fr-1": "es-1", "fr-2": ["es-3"]}, score="csls", ks=(1,))
    assert by_pairs == by_dictionary
    assert by_pairs.precision_at_1 == 0.5
    with pytest.raises(InputError, match="lexicon: expected"):
        PAIR.evaluate(3)
    with pytest.raises(InputError, match="pair 1: expected"):
        PAIR.evaluate([("a", "b", "c")])


def test_the_least_sure_words_come_first() -> None:
    weighed = PAIR.uncertain(5)
    least = [one.certainty for one in weighed]
    assert least == sorted(least)
    assert least[-1] <= min(
        one.certainty for one in PAIR.uncertain(60) if one.word not in {w.word for w in weighed}
    )


def test_texts_are_short_and_say_whether_it_was_found() -> None:
    assert repr(PAIR).startswith("<Translator fr→es, 60 × 60 words, found, about ")
    lost = isogloss.Translator.of(rotated_translator(words=20, found=False))
    assert repr(lost) == (
        "<Translator fr→es, 20 × 20 words, NOT FOUND: its answers are no better than chance>"
    )
    page = PAIR._repr_html_()
    assert all(f"<td>fr-{i}</td>" in page for i in range(10))
    assert len(repr(PAIR.translate(CORE.source.words, 2)).splitlines()) == 21
    assert "… and 40 more" in PAIR.translate(CORE.source.words, 2)._repr_html_()


def test_words_are_escaped_in_html() -> None:
    assert "<script>" not in PAIR.translate(["<script>"], 1)._repr_html_()
