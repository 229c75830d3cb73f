from __future__ import annotations

import numpy as np
import pytest

from isogloss.models.errors import OptionError, UnknownWordError
from isogloss.models.retrieval import Translator
from isogloss.models.retrieval.back_search import BackSearch
from isogloss.models.retrieval.neighbourhood import neighbourhood
from isogloss.models.retrieval.word_plane import WordPlane, word_plane
from tests.rotated_spaces import rotated_translator


@pytest.fixture(scope="module")
def translator() -> Translator:
    return rotated_translator(words=60)


@pytest.fixture(scope="module")
def back(translator: Translator) -> BackSearch:
    return BackSearch.build(translator)


def words_of(plane: WordPlane, role: str, side: str) -> list[str]:
    return [place.word for place in plane.places if (place.role, place.side) == (role, side)]


def test_queries_neighbours_and_surroundings(translator: Translator, back: BackSearch) -> None:
    asked = ["fr-7", "fr-30", "fr-7"]
    plane = word_plane(translator, back, asked, k=4, around=3)
    assert words_of(plane, "query", "source") == ["fr-7", "fr-30"]
    answers = translator.translate(["fr-7", "fr-30"], 4)
    found = [
        (plane.places[link.query].word, plane.places[link.neighbour].word, link.score)
        for link in plane.links
    ]
    assert found == [
        (answer.word, neighbour.word, neighbour.score)
        for answer in answers
        for neighbour in answer.neighbours
    ]
    names = [(place.side, place.word) for place in plane.places]
    assert len(set(names)) == len(names)
    for side in ("source", "target"):
        assert 3 <= len(words_of(plane, "around", side)) <= 6


def test_the_surroundings_are_the_nearest(translator: Translator, back: BackSearch) -> None:
    plane = word_plane(translator, back, ["fr-7"], k=1, around=4)
    cosines = back.mapped @ back.mapped[7]
    nearest = [f"fr-{row}" for row in np.argsort(-cosines) if row != 7][:4]
    assert words_of(plane, "around", "source") == nearest
    cosines = translator.retriever.target @ back.mapped[7]
    nearest = [f"es-{row}" for row in np.argsort(-cosines) if row != 7][:4]
    assert words_of(plane, "around", "target") == nearest


def test_a_word_lies_on_its_translation(translator: Translator, back: BackSearch) -> None:
    plane = word_plane(translator, back, ["fr-7", "fr-8", "fr-9"], k=2, around=2)
    places = {place.word: (place.x, place.y) for place in plane.places}
    for number in (7, 8, 9):
        assert places[f"fr-{number}"] == pytest.approx(places[f"es-{number}"], abs=1e-5)
    assert 0 < sum(plane.shown) <= 1 + 1e-9


def test_one_word_alone_is_as_in_a_neighbourhood(translator: Translator, back: BackSearch) -> None:
    plane = word_plane(translator, back, ["fr-7"], k=5, around=0)
    single = neighbourhood(translator, back, "fr-7", k=5, around=0)
    assert single is not None
    assert plane.places == single.places
    assert plane.shown == single.shown


@pytest.mark.parametrize(("k", "around"), [(1, 0), (60, 60), (1000, 1000)])
def test_there_are_no_more_words_than_there_are(
    translator: Translator, back: BackSearch, k: int, around: int
) -> None:
    plane = word_plane(translator, back, ["fr-1", "fr-2"], k=k, around=around)
    names = [(place.side, place.word) for place in plane.places]
    assert len(set(names)) == len(names)
    assert all(np.isfinite([place.x, place.y]).all() for place in plane.places)


def test_what_cannot_be_drawn(translator: Translator, back: BackSearch) -> None:
    with pytest.raises(UnknownWordError, match="'Fr-7' is not in the fr vocabulary"):
        word_plane(translator, back, ["fr-7", "Fr-7"])
    with pytest.raises(OptionError, match="at least one"):
        word_plane(translator, back, [])
    with pytest.raises(OptionError, match="k: expected"):
        word_plane(translator, back, ["fr-7"], k=0)
