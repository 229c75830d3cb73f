"""Spellings, examples, words back and surroundings. Over real HTTP."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import httpx
import numpy as np
import pytest

from isogloss.models.retrieval import Translator
from isogloss.models.retrieval.back_search import BackSearch
from isogloss.service import Settings, create_app
from isogloss.service.exploration import Explorations
from tests.rotated_spaces import rotated_translator
from tests.service.running import running
from tests.service.test_errors import error_of

PAIR = "/v1/pairs/fr-es"
TRANSLATOR = rotated_translator()


@pytest.fixture(scope="module")
def server() -> Iterator[httpx.Client]:
    settings = Settings(max_word_length=20, max_words=50)
    with running(create_app(settings, translators={"fr-es": TRANSLATOR})) as client:
        yield client


def test_an_unknown_word_gets_its_nearest_spellings(server: httpx.Client) -> None:
    answer = server.get(f"{PAIR}/words", params={"like": "FR-1", "k": 3})
    assert answer.status_code == 200
    assert answer.json() == {
        "in_vocabulary": False,
        "spellings": [
            {"word": "fr-1", "edits": 0},
            {"word": "fr-0", "edits": 1},
            {"word": "fr-2", "edits": 1},
        ],
        "completions": ["fr-10", "fr-11", "fr-12"],
    }


def test_spellings_of_either_side(server: httpx.Client) -> None:
    for side, word in (("source", "fr-7"), ("target", "es-7")):
        answer = server.get(f"{PAIR}/words", params={"like": word, "side": side}).json()
        assert answer["in_vocabulary"]
        assert word not in {each["word"] for each in answer["spellings"]}
        assert len(answer["spellings"]) == 5
        assert answer["completions"] == []
    other = server.get(f"{PAIR}/words", params={"like": "es-7"}).json()
    assert not other["in_vocabulary"]


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("", "query.like"),
        ("?like=", "query.like"),
        ("?like=" + "a" * 101, "query.like"),
        ("?like=a&k=0", "query.k"),
        ("?like=a&k=51", "query.k"),
        ("?like=a&side=both", "query.side"),
    ],
)
def test_wrong_questions_are_refused(server: httpx.Client, query: str, where: str) -> None:
    answer = server.get(f"{PAIR}/words{query}")
    assert answer.status_code == 422
    assert error_of(answer)["detail"]["problems"][0]["where"] == where


def test_examples_are_words_that_come_home(server: httpx.Client) -> None:
    words = server.get(f"{PAIR}/examples", params={"k": 4}).json()["words"]
    assert len(set(words)) == 4
    body = {"words": words, "k": 1}
    results = server.post(f"{PAIR}/translate", json=body).json()["results"]
    targets = [result["neighbours"][0]["word"] for result in results]
    back = server.post(f"{PAIR}/back", json={"words": targets, "k": 1}).json()
    assert [result["neighbours"][0]["word"] for result in back["results"]] == words
    assert back["looked_at"] == 60


@pytest.mark.parametrize("score", ["csls", "cosine"])
def test_words_are_translated_back(server: httpx.Client, score: str) -> None:
    words = ["es-3", "nada", "es-59", "es-3"]
    body = {"words": words, "k": 2, "score": score, "home": "fr-3"}
    results = server.post(f"{PAIR}/back", json=body).json()["results"]
    assert [result["word"] for result in results] == words
    assert results[1] == {
        "word": "nada",
        "neighbours": [],
        "in_vocabulary": False,
        "reason": "unknown_word",
    }
    assert results[0] == results[3]
    assert [each["neighbours"][0]["word"] for each in (results[0], results[2])] == ["fr-3", "fr-59"]
    if score == "cosine":
        assert results[0]["neighbours"][0]["score"] == pytest.approx(1, abs=1e-5)
    first, second = (each["score"] for each in results[0]["neighbours"])
    assert first > second


def test_nothing_to_translate_back_is_no_error(server: httpx.Client) -> None:
    assert server.post(f"{PAIR}/back", json={"words": []}).json()["results"] == []
    answer = server.post(f"{PAIR}/back", json={"words": ["nada"], "home": "nowhere"})
    assert answer.json()["results"][0]["reason"] == "unknown_word"


def test_a_rare_word_is_looked_at_where_it_is_home(
    server: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = BackSearch.build
    monkeypatch.setattr(BackSearch, "build", lambda translator: build(translator, words=9))
    with running(create_app(translators={"fr-es": rotated_translator()})) as client:
        for home, found in ((None, False), ("fr-40", True), ("fr-8", False)):
            body = {"words": ["es-40"], "k": 1, "home": home}
            answer = client.post(f"{PAIR}/back", json=body).json()
            assert (answer["results"][0]["neighbours"][0]["word"] == "fr-40") is found
            assert answer["looked_at"] == 9 + found


def test_surroundings_have_coordinates(server: httpx.Client) -> None:
    body = {"word": "fr-7", "k": 5, "around": 12}
    answer = server.post(f"{PAIR}/neighbourhood", json=body).json()
    places = answer["places"]
    assert [place["role"] for place in places] == ["query", *["neighbour"] * 5, *["around"] * 24]
    assert (places[0]["word"], places[1]["word"]) == ("fr-7", "es-7")
    assert answer["in_vocabulary"]
    assert 0 < sum(answer["shown"]) <= 1
    # The spaces are one: a word lies on its translation.
    assert [places[0]["x"], places[0]["y"]] == pytest.approx(
        [places[1]["x"], places[1]["y"]], abs=1e-5
    )
    assert np.isfinite([[place["x"], place["y"]] for place in places]).all()


def test_an_unknown_word_has_no_surroundings(server: httpx.Client) -> None:
    answer = server.post(f"{PAIR}/neighbourhood", json={"word": "nowhere"})
    assert answer.status_code == 200
    assert answer.json() == {
        "in_vocabulary": False,
        "places": [],
        "shown": [0.0, 0.0],
        "reason": "unknown_word",
    }


@pytest.mark.parametrize(
    ("route", "body", "status"),
    [
        ("back", {"words": ["es-1"] * 101}, 422),
        ("back", {"words": ["es-1"], "k": 21}, 422),
        ("back", {"words": ["es-1"], "score": "dot"}, 422),
        ("back", {"words": "es-1"}, 422),
        ("back", {"words": ["e" * 21]}, 413),
        ("back", {}, 422),
        ("neighbourhood", {"word": "a", "around": 101}, 422),
        ("neighbourhood", {"word": "a", "k": 0}, 422),
        ("neighbourhood", {"word": "a" * 1001}, 422),
        ("neighbourhood", {"word": 1}, 422),
        ("neighbourhood", {"word": "a", "unknown": 1}, 422),
        ("neighbourhood", {}, 422),
    ],
)
def test_wrong_documents_are_refused(
    server: httpx.Client, route: str, body: dict[str, object], status: int
) -> None:
    answer = server.post(f"{PAIR}/{route}", json=body)
    assert answer.status_code == status
    error_of(answer)


def test_half_a_surrogate_pair_is_refused_or_unknown(server: httpx.Client) -> None:
    headers = {"content-type": "application/json"}
    for route, body in (
        ("back", '{"words": ["\\ud800"]}'),
        ("neighbourhood", '{"word": "\\ud800"}'),
    ):
        answer = server.post(f"{PAIR}/{route}", content=body, headers=headers)
        assert answer.status_code in {400, 422}
        error_of(answer)


@pytest.mark.parametrize(
    ("method", "route"),
    [("GET", "words?like=a"), ("GET", "examples"), ("POST", "back"), ("POST", "neighbourhood")],
)
def test_another_pair_is_not_there(server: httpx.Client, method: str, route: str) -> None:
    answer = server.request(method, f"/v1/pairs/fr-it/{route}", json={"words": [], "word": ""})
    assert answer.status_code == 404
    assert error_of(answer)["code"] == "unknown_pair"


def test_a_pair_says_by_what_it_ranks(
    client: httpx.Client, translators: dict[str, Translator]
) -> None:
    served = {pair["pair"]: pair["rankings"] for pair in client.get("/v1/pairs").json()["pairs"]}
    assert served == {pair: list(each.rankings) for pair, each in translators.items()}
    for pair, rankings in served.items():
        for score in ("csls", "cosine", "probability"):
            body = {"words": ["fr-1"], "score": score}
            answer = client.post(f"/v1/pairs/{pair}/translate", json=body)
            assert (answer.status_code == 200) == (score in rankings)


def test_they_are_made_once_and_go_with_the_translator() -> None:
    explorations = Explorations(most=2)
    translator = rotated_translator()
    exploration = explorations.of(translator)
    assert exploration.back(translator) is explorations.of(translator).back(translator)
    assert exploration.examples(translator) is exploration.examples(translator)
    assert exploration.spellings(translator, "target").nearest("es-3", 1)
    gone = weakref.ref(translator)
    del translator
    gc.collect()
    assert gone() is None


def test_those_asked_for_last_are_kept() -> None:
    explorations = Explorations(most=2)
    one, two, three = (rotated_translator(seed=seed, words=20) for seed in range(3))
    kept: list[Translator] = [one, two, three]
    first, second = explorations.of(one), explorations.of(two)
    assert explorations.of(one) is first
    third = explorations.of(three)
    assert [explorations.of(each) for each in (three, one)] == [third, first]
    assert explorations.of(two) is not second
    assert len(kept) == 3
