from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import numpy as np
import pytest

from isogloss.models.retrieval import Retriever, Translator
from isogloss.service import Settings, create_app
from isogloss.service.documents.rows import parse_large
from isogloss.service.schemas import SearchRequest
from tests.service.running import running


def test_every_word_finds_its_image(client: httpx.Client) -> None:
    words = [f"fr-{i}" for i in range(50)]
    response = client.post("/v1/pairs/fr-de/translate", json={"words": words, "k": 3})
    assert response.status_code == 200
    results = response.json()["results"]
    assert [result["word"] for result in results] == words
    assert [result["neighbours"][0]["word"] for result in results] == [f"de-{i}" for i in range(50)]
    assert {len(result["neighbours"]) for result in results} == {3}


@pytest.mark.parametrize("score", ["csls", "cosine", "probability"])
def test_scores_are_those_of_the_translator(
    client: httpx.Client, translators: dict[str, Translator], score: str
) -> None:
    body = {"words": ["fr-4"], "k": 7, "score": score}
    [result] = client.post("/v1/pairs/fr-es/translate", json=body).json()["results"]
    [expected] = translators["fr-es"].translate(["fr-4"], 7, score)  # type: ignore[arg-type]
    assert result["in_vocabulary"] is True
    assert "reason" not in result
    for found, neighbour in zip(result["neighbours"], expected.neighbours, strict=True):
        assert found["word"] == neighbour.word
        # As short as a float32 can be written, and still the same float32.
        assert np.float32(found["score"]) == np.float32(neighbour.score)
        assert len(str(found["score"])) <= len(str(np.float32(neighbour.score)))


def test_defaults_are_ten_neighbours_by_csls(client: httpx.Client) -> None:
    plain = client.post("/v1/pairs/fr-es/translate", json={"words": ["fr-1"]})
    explicit = {"words": ["fr-1"], "k": 10, "score": "csls"}
    assert plain.json() == client.post("/v1/pairs/fr-es/translate", json=explicit).json()
    assert len(plain.json()["results"][0]["neighbours"]) == 10


def test_vectors_by_probability_and_a_pair_that_has_none(
    client: httpx.Client, translators: dict[str, Translator]
) -> None:
    vectors = translators["fr-es"].source.vectors[:3]
    body = {"vectors": vectors.tolist(), "k": 4, "score": "probability"}
    found = client.post("/v1/pairs/fr-es/search", json=body).json()["results"]
    expected = translators["fr-es"].search(vectors, 4, "probability")
    for result, neighbours in zip(found, expected, strict=True):
        assert [one["word"] for one in result["neighbours"]] == [one.word for one in neighbours]
    asked_of_none = {"vectors": [[0.5] * 8], "score": "probability"}
    words = {"words": ["fr-1"], "score": "probability"}
    for way, asked in (("search", asked_of_none), ("translate", words)):
        none = client.post(f"/v1/pairs/fr-de/{way}", json=asked)
        assert none.status_code == 422
        assert "fr-de has no probabilities" in none.text
    streamed = client.post(
        "/v1/pairs/fr-de/translate", json=words, headers={"accept": "application/x-ndjson"}
    )
    assert (streamed.status_code, streamed.json()["error"]) == (422, none.json()["error"])


def test_an_unknown_word_has_its_own_reason(client: httpx.Client) -> None:
    body = {"words": ["fr-1", "???", "fr-2"], "k": 1}
    one, unknown, two = client.post("/v1/pairs/fr-de/translate", json=body).json()["results"]
    assert unknown == {
        "word": "???",
        "neighbours": [],
        "in_vocabulary": False,
        "reason": "unknown_word",
    }
    assert (one["neighbours"][0]["word"], two["neighbours"][0]["word"]) == ("de-1", "de-2")


def test_a_word_outside_the_vocabulary_is_made_of_its_parts(client: httpx.Client) -> None:
    body = {"words": ["inconnu"], "k": 5}
    [result] = client.post("/v1/pairs/fr-es/translate", json=body).json()["results"]
    assert result["in_vocabulary"] is False
    assert len(result["neighbours"]) == 5


def test_search_by_raw_vectors(client: httpx.Client, translators: dict[str, Translator]) -> None:
    vectors = translators["fr-de"].source.vectors[:40]
    body = {"vectors": vectors.tolist(), "k": 2}
    results = client.post("/v1/pairs/fr-de/search", json=body).json()["results"]
    assert [one["neighbours"][0]["word"] for one in results] == [f"de-{i}" for i in range(40)]
    # Only the direction counts, and whole numbers are numbers.
    body = {"vectors": [[0, 0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 7]]}
    one, other = client.post("/v1/pairs/fr-de/search", json=body).json()["results"]
    assert one == other


def test_align_vectors_and_words(client: httpx.Client, translators: dict[str, Translator]) -> None:
    translator = translators["fr-es"]
    vectors = translator.source.vectors[:4]
    expected = translator.align(vectors)
    answer = client.post("/v1/pairs/fr-es/align", json={"vectors": vectors.tolist()}).json()
    assert answer["unknown"] == []
    np.testing.assert_array_equal(np.array(answer["vectors"], np.float32), expected)
    words = {"words": ["fr-2", "fr-3"]}
    answer = client.post("/v1/pairs/fr-es/align", json=words).json()
    np.testing.assert_allclose(answer["vectors"], expected[2:], atol=1e-6)
    words = {"words": ["???", "fr-3"]}
    answer = client.post("/v1/pairs/fr-de/align", json=words).json()
    assert answer["vectors"][0] is None
    assert len(answer["vectors"][1]) == 8
    assert answer["unknown"] == [{"position": 0, "word": "???", "reason": "unknown_word"}]


def test_nothing_in_nothing_out(client: httpx.Client) -> None:
    cases: list[tuple[str, str, object]] = [
        ("translate", "words", {"results": []}),
        ("search", "vectors", {"results": []}),
        ("align", "words", {"vectors": [], "unknown": []}),
        ("align", "vectors", {"vectors": [], "unknown": []}),
    ]
    for name, field, answer in cases:
        response = client.post(f"/v1/pairs/fr-es/{name}", json={field: []})
        assert (response.status_code, response.json()) == (200, answer)


def test_k_is_clipped_to_the_vocabulary_and_bounded_by_the_settings(client: httpx.Client) -> None:
    body = {"words": ["fr-1"], "k": 30}
    [result] = client.post("/v1/pairs/fr-es/translate", json=body).json()["results"]
    assert len(result["neighbours"]) == 30
    body["k"] = 31
    response = client.post("/v1/pairs/fr-es/translate", json=body)
    assert response.status_code == 422
    assert response.json()["error"] == {
        "code": "option",
        "message": "k: expected at most 30, found 31",
        "detail": {},
    }


def test_many_at_once_get_the_answers_of_one(client: httpx.Client) -> None:
    def ask(number: int) -> object:
        body = {"words": [f"fr-{number % 60}", "inconnu"], "k": 5}
        return client.post("/v1/pairs/fr-es/translate", json=body).json()

    expected = [ask(number) for number in range(60)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(120))) == expected * 2


def test_health_is_answered_while_others_are_computed(
    translators: dict[str, Translator], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, finish = threading.Event(), threading.Event()

    search = Retriever.search_by_both

    def wait(*given: Any, **options: Any) -> Any:
        begun.set()
        finish.wait(30)
        return search(*given, **options)

    monkeypatch.setattr(Retriever, "search_by_both", wait)
    with running(create_app(translators=translators)) as client, ThreadPoolExecutor(1) as pool:
        address = "/v1/pairs/fr-es/translate"
        slow = pool.submit(client.post, address, json={"words": ["fr-1"]})
        try:
            assert begun.wait(30)
            assert client.get("/health/live", timeout=10).status_code == 200
            assert not slow.done()
        finally:
            finish.set()
        assert slow.result().status_code == 200


def test_known_words_come_from_the_table_and_are_the_same(
    translators: dict[str, Translator], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = translators["fr-de"]
    words = [*plain.source.words[:20], "???"]
    bodies = [
        {"words": words, "k": k, "score": score} for k in (1, 8) for score in ("csls", "cosine")
    ]
    address = "/v1/pairs/fr-de/translate"
    with running(create_app(translators={"fr-de": plain})) as client:
        expected = [client.post(address, json=body).content for body in bodies]

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("searched")

    with_table = plain.with_table(width=8)
    monkeypatch.setattr(Retriever, "search_by_both", refuse)
    with running(create_app(translators={"fr-de": with_table})) as client:
        assert [client.post(address, json=body).content for body in bodies] == expected
        # By way of the route, which parameters in the address make it take.
        by_route = [client.post(f"{address}?k=3", json=body).content for body in bodies]
        assert by_route == expected
        metrics = client.get("/metrics").text
        asked = 'isogloss_pair_items_total{operation="translate",pair="fr-de"}'
        assert f"{asked} {len(words) * 2 * len(bodies):.1f}" in metrics
        # The table holds no ninth neighbour.
        assert client.post(address, json={"words": ["fr-1"], "k": 9}).status_code == 500


def test_searches_at_the_same_time_are_gathered(
    translators: dict[str, Translator], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    search = Retriever.search_by_both

    def slow(retriever: Retriever, queries: np.ndarray, **counts: int) -> Any:
        sizes.append(len(queries))
        threading.Event().wait(0.05)
        return search(retriever, queries, **counts)

    monkeypatch.setattr(Retriever, "search_by_both", slow)
    vectors = translators["fr-de"].source.vectors
    with running(create_app(translators=translators)) as client, ThreadPoolExecutor(16) as pool:

        def ask(number: int) -> str:
            body = {"vectors": [vectors[number].tolist()], "k": 1 + number % 5}
            [result] = client.post("/v1/pairs/fr-de/search", json=body).json()["results"]
            assert len(result["neighbours"]) == 1 + number % 5
            return str(result["neighbours"][0]["word"])

        assert list(pool.map(ask, range(48))) == [f"de-{number}" for number in range(48)]
    assert sum(sizes) == 48
    assert len(sizes) <= 24


def test_large_requests_let_others_have_their_turn() -> None:
    """A body of 5,000 vectors, parsed at once, would hold the interpreter to the end."""
    numbers = np.random.default_rng(0).standard_normal((5000, 100)).round(6)
    body = json.dumps({"vectors": numbers.tolist(), "k": 1}).encode()
    stop, turns = threading.Event(), 0

    def take_turns() -> None:
        nonlocal turns
        while not stop.is_set():
            turns += 1
            time.sleep(0)

    other = threading.Thread(target=take_turns)
    other.start()
    try:
        while not turns:
            time.sleep(0)
        before = turns
        found = parse_large(body, SearchRequest, 100, Settings())
        assert found.vectors is not None
        taken = turns - before
    finally:
        stop.set()
        other.join()
    np.testing.assert_array_equal(found.vectors, numbers.astype(np.float32))
    assert taken >= 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"words": "fr-1"}',
        b'{"words": ["fr-1"], "k": 0}',
        b'{"words": ["fr-1"], "k": 1.0}',
        b'{"words": ["fr-1"], "k": 101}',
        b'{"words": ["fr-1"], "score": "dot"}',
        b'{"words": ["fr-1"], "more": 1}',
        b'{"words": ["\\ud800"]}',
        b'{"words": ["\xff"]}',
        b'{"words": [1]}',
        b"[]",
    ],
)
def test_what_is_wrong_is_refused_in_the_same_words_with_and_without_a_table(
    translators: dict[str, Translator], content: bytes
) -> None:
    plain = translators["fr-de"]
    header = {"content-type": "application/json"}
    answers = []
    for translator in (plain, plain.with_table(width=8)):
        with running(create_app(translators={"fr-de": translator})) as client:
            response = client.post("/v1/pairs/fr-de/translate", content=content, headers=header)
            assert 400 <= response.status_code < 500
            answers.append((response.status_code, response.content))
    assert answers[0] == answers[1]
