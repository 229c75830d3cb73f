from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.models.retrieval import Translator
from isogloss.models.retrieval.back_search import BackSearch
from isogloss.models.retrieval.examples import example_words
from isogloss.models.retrieval.neighbourhood import Neighbourhood, neighbourhood, principal_plane
from tests.rotated_spaces import isometry, rotated_translator


@pytest.fixture(scope="module")
def translator() -> Translator:
    return rotated_translator(words=60)


@pytest.fixture(scope="module")
def back(translator: Translator) -> BackSearch:
    return BackSearch.build(translator)


def of(translator: Translator, back: BackSearch, **options: int) -> Neighbourhood:
    found = neighbourhood(translator, back, "fr-7", **options)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_the_query_comes_first_then_its_neighbours(
    translator: Translator, back: BackSearch
) -> None:
    places = of(translator, back, k=5, around=12).places
    assert (places[0].word, places[0].side, places[0].role) == ("fr-7", "source", "query")
    [answer] = translator.translate(["fr-7"], 5)
    assert [(place.word, place.side) for place in places[1:6]] == [
        (neighbour.word, "target") for neighbour in answer.neighbours
    ]
    assert {place.role for place in places[6:]} == {"around"}
    sides = [place.side for place in places[6:]]
    assert (sides.count("source"), sides.count("target")) == (12, 12)
    names = [(place.side, place.word) for place in places]
    assert len(set(names)) == len(names)


def test_the_spaces_are_one_so_a_word_lies_on_its_translation(
    translator: Translator, back: BackSearch
) -> None:
    places = {(place.side, place.word): place for place in of(translator, back).places}
    for (side, word), place in places.items():
        other = places.get(("target", word.replace("fr", "es"))) if side == "source" else None
        if other is not None:
            assert (place.x, place.y) == pytest.approx((other.x, other.y), abs=1e-5)


@pytest.mark.parametrize(("k", "around"), [(1, 0), (1, 1), (60, 60), (1000, 1000), (3, 59)])
def test_there_are_no_more_words_than_there_are(
    translator: Translator, back: BackSearch, k: int, around: int
) -> None:
    places = of(translator, back, k=k, around=around).places
    k = min(k, 60)
    targets = min(around, 60 - k)
    assert len(places) == 1 + k + min(around, 59) + targets


def test_a_word_without_a_vector_has_no_place(translator: Translator, back: BackSearch) -> None:
    assert neighbourhood(translator, back, "nowhere") is None


def test_points_of_a_plane_keep_their_distances() -> None:
    rng = np.random.default_rng(0)
    flat = rng.standard_normal((30, 2)) * [3, 1]
    plane = isometry(rng, 20, 2)
    points = (flat @ plane.T + 5).astype(np.float32)
    found, shown = principal_plane(points)
    distances = np.linalg.norm(found[:, None] - found, axis=2)
    np.testing.assert_allclose(distances, np.linalg.norm(flat[:, None] - flat, axis=2), atol=1e-4)
    assert sum(shown) == pytest.approx(1)
    assert shown[0] > shown[1]


@given(rows=st.integers(1, 6), columns=st.integers(1, 5), seed=st.integers(0, 99))
def test_any_points_have_a_plane(rows: int, columns: int, seed: int) -> None:
    points = np.random.default_rng(seed).standard_normal((rows, columns)).astype(np.float32)
    found, shown = principal_plane(points)
    assert found.shape == (rows, 2)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-6)
    # What the plane holds is what it says.
    total = np.square(points - points.mean(axis=0)).sum()
    if total > 1e-6:
        assert sum(shown) == pytest.approx(np.square(found).sum() / total, abs=1e-5)
    assert (found.max(axis=0) >= -found.min(axis=0) - 1e-9).all()
    assert principal_plane(points)[0].tolist() == found.tolist()


def test_examples_lead_back(translator: Translator, back: BackSearch) -> None:
    # "fr-10" is of other signs than letters: then any word will do.
    found = example_words(translator, back, 4)
    assert len(found) == len(set(found)) == 4
    for word in found:
        [answer] = translator.translate([word], 1)
        assert answer.neighbours[0].word == word.replace("fr", "es")
    assert len(example_words(translator, back, 500)) == 60
