"""A pair that is joined from two others, asked for in the address. Over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import numpy as np
import pytest

from isogloss.models.retrieval.composition import compose
from isogloss.service import create_app
from tests.models.retrieval.test_composition import WORDS, Chain
from tests.rotated_spaces import rotated_translator
from tests.service.running import running
from tests.service.test_errors import error_of

CHAIN = Chain()
PAIRS = {
    "fr-es": CHAIN.first,
    "es-it": CHAIN.second,
    "es-fr": rotated_translator(languages=("es", "fr")),
    # Meets in `es` too, but knows other words of it.
    "xx-es": rotated_translator(languages=("xx", "es"), words=5),
}


@pytest.fixture(scope="module")
def server() -> Iterator[httpx.Client]:
    with running(create_app(translators=PAIRS)) as client:
        yield client


def test_words_are_translated_by_way_of_a_third_language(server: httpx.Client) -> None:
    words = [f"fr-{i}" for i in range(WORDS)]
    body = {"words": [*words, "???"], "k": 2}
    response = server.post("/v1/pairs/fr-it/translate?via=es", json=body)
    assert response.status_code == 200
    *results, unknown = response.json()["results"]
    assert [one["neighbours"][0]["word"] for one in results] == [f"it-{i}" for i in range(WORDS)]
    assert unknown["reason"] == "unknown_word"
    expected = compose(CHAIN.first, CHAIN.second).translator.translate(words, 2)
    scores = [one["neighbours"][1]["score"] for one in results]
    np.testing.assert_allclose(scores, [one.neighbours[1].score for one in expected], atol=1e-5)


def test_vectors_are_searched_and_aligned_too(server: httpx.Client) -> None:
    vectors = CHAIN.fr.vectors[:7]
    body = {"vectors": vectors.tolist()}
    found = server.post("/v1/pairs/fr-it/search?via=es", json=body).json()["results"]
    assert [one["neighbours"][0]["word"] for one in found] == [f"it-{i}" for i in range(7)]
    aligned = server.post("/v1/pairs/fr-it/align?via=es", json=body).json()["vectors"]
    expected = compose(CHAIN.first, CHAIN.second).translator.align(vectors)
    np.testing.assert_allclose(np.array(aligned), expected, atol=1e-5)


def test_rows_stream_through_it_too(server: httpx.Client) -> None:
    lines = "".join(f'{{"word": "fr-{i}"}}\n' for i in range(30))
    response = server.post(
        "/v1/pairs/fr-it/align?via=es",
        content=lines,
        headers={"content-type": "application/x-ndjson"},
    )
    assert response.status_code == 200
    assert len(response.text.splitlines()) == 30


def test_it_is_made_once(server: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"words": ["fr-1"]}
    assert server.post("/v1/pairs/fr-it/translate?via=es", json=body).status_code == 200

    def fail(*_: object) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr("isogloss.service.catalogue.catalogue.compose", fail)
    assert server.post("/v1/pairs/fr-it/translate?via=es", json=body).status_code == 200


def test_a_pair_that_could_be_joined_says_how(server: httpx.Client) -> None:
    response = server.post("/v1/pairs/fr-it/translate", json={"words": []})
    assert response.status_code == 404
    assert error_of(response)["detail"]["via"] == ["es"]
    assert "via" not in error_of(server.get("/v1/pairs/fr-zz"))["detail"]


@pytest.mark.parametrize(
    ("pair", "via", "ways"),
    [
        ("fr-it", "de", ["es"]),
        ("fr-it", "../es", ["es"]),
        ("fr-it", "", ["es"]),
        ("fr-zz", "es", []),
        ("fr-fr", "es", []),
        ("fr-es", "es", []),
    ],
)
def test_a_way_that_does_not_exist_is_404(
    server: httpx.Client, pair: str, via: str, ways: list[str]
) -> None:
    response = server.post(
        f"/v1/pairs/{pair}/translate", params={"via": via}, json={"words": ["fr-1"]}
    )
    assert response.status_code == 404
    error = error_of(response)
    assert error["code"] == "unknown_pivot"
    assert error["detail"]["expected"] == ways


def test_too_few_common_words_are_named(server: httpx.Client) -> None:
    response = server.post("/v1/pairs/xx-it/translate?via=es", json={"words": ["xx-1"]})
    assert response.status_code == 422
    assert "common words of es, found 5" in error_of(response)["message"]


def test_a_name_that_is_too_long_is_refused(server: httpx.Client) -> None:
    response = server.post(
        "/v1/pairs/fr-it/translate", params={"via": "e" * 65}, json={"words": []}
    )
    assert response.status_code == 422
