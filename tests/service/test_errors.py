from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from isogloss.models.retrieval import Retriever, Translator
from isogloss.service import create_app
from tests.rotated_spaces import rotated_translator
from tests.service.running import running

TRANSLATE = "/v1/pairs/fr-es/translate"
SEARCH = "/v1/pairs/fr-es/search"
ALIGN = "/v1/pairs/fr-es/align"


def error_of(response: httpx.Response) -> dict[str, Any]:
    """The error, once its shape is certain."""
    content = response.json()
    assert set(content) == {"error"}
    error: dict[str, Any] = content["error"]
    assert set(error) == {"code", "message", "detail"}
    assert isinstance(error["code"], str)
    assert isinstance(error["message"], str)
    assert isinstance(error["detail"], dict)
    assert response.headers["content-type"] == "application/json"
    return error


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/pairs/en-zz", 404, "unknown_pair"),
        ("POST", "/v1/pairs/en-zz/translate", 404, "unknown_pair"),
        ("POST", "/v1/pairs/en-zz/search", 404, "unknown_pair"),
        ("POST", "/v1/pairs/en-zz/align", 404, "unknown_pair"),
        ("GET", "/v1/pairs/%00", 404, "unknown_pair"),
        ("GET", "/v1/pairs/%ff%fe", 404, "unknown_pair"),
        ("GET", "/v1/pairs/..%2f..%2fetc", 404, "not_found"),
        ("GET", "/v1/pairs/", 404, "not_found"),
        ("GET", "/page", 404, "not_found"),
        ("POST", "/", 405, "method_not_allowed"),
        ("GET", "/v2/pairs", 404, "not_found"),
        ("GET", TRANSLATE, 405, "method_not_allowed"),
        ("DELETE", "/v1/pairs", 405, "method_not_allowed"),
        ("POST", "/health/live", 405, "method_not_allowed"),
    ],
)
def test_paths_and_methods(
    client: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    body: object = {"words": []} if method == "POST" else None
    response = client.request(method, path, json=body)
    assert response.status_code == status
    assert error_of(response)["code"] == code


def test_an_unknown_pair_names_the_others(client: httpx.Client) -> None:
    error = error_of(client.get("/v1/pairs/en-zz"))
    assert error["detail"] == {"pair": "en-zz", "available": ["fr-de", "fr-es"]}


@pytest.mark.parametrize(
    ("path", "body", "found"),
    [
        (TRANSLATE, {}, "body.words"),
        (TRANSLATE, [], "body"),
        (TRANSLATE, {"words": "maison"}, "body.words"),
        (TRANSLATE, {"words": [1]}, "body.words.0: Input should be a valid string, found 1"),
        (TRANSLATE, {"words": [None]}, "found null"),
        (TRANSLATE, {"words": [], "k": 0}, "body.k: Input should be greater than or equal to 1"),
        (TRANSLATE, {"words": [], "k": -1}, "found -1"),
        (TRANSLATE, {"words": [], "k": "10"}, "found '10'"),
        (TRANSLATE, {"words": [], "k": 1.5}, "found 1.5"),
        (TRANSLATE, {"words": [], "k": True}, "found true"),
        (TRANSLATE, {"words": [], "k": 10**300}, "body.k"),
        (TRANSLATE, {"words": [], "score": "dot"}, "or 'probability', found 'dot'"),
        (TRANSLATE, {"words": [], "extra": 1}, "body.extra: Extra inputs"),
        (SEARCH, {"vectors": [1]}, "body.vectors.0"),
        (SEARCH, {"vectors": [["1"] * 6]}, "body.vectors.0.0"),
        (SEARCH, {"vectors": [[True] * 6]}, "body.vectors.0.0"),
        (SEARCH, {"words": ["fr-1"]}, "body.vectors: Field required"),
        (ALIGN, {}, "expected either words or vectors"),
        (ALIGN, {"words": [], "vectors": []}, "expected either words or vectors"),
    ],
)
def test_wrong_requests_are_named(client: httpx.Client, path: str, body: Any, found: str) -> None:
    response = client.post(path, json=body)
    assert response.status_code == 422
    error = error_of(response)
    assert error["code"] == "invalid_request"
    assert found in error["message"]
    assert set(error["detail"]["problems"][0]) == {"where", "expected", "found"}


@pytest.mark.parametrize("path", [SEARCH, ALIGN])
@pytest.mark.parametrize(("vector", "length"), [([], 0), ([1.0] * 5, 5), ([1.0] * 7, 7)])
def test_a_wrong_dimension_names_expected_and_found(
    client: httpx.Client, path: str, vector: list[float], length: int
) -> None:
    response = client.post(path, json={"vectors": [[1.0] * 6, vector]})
    assert response.status_code == 422
    assert error_of(response) == {
        "code": "shape",
        "message": f"vectors[1]: expected 6 numbers, found {length} numbers",
        "detail": {"expected": "6 numbers", "found": f"{length} numbers"},
    }


@pytest.mark.parametrize("path", [SEARCH, ALIGN])
@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e400", "1e39", "-1e300", "1" + "0" * 400]
)
def test_numbers_that_are_none_are_422(client: httpx.Client, path: str, number: str) -> None:
    body = f'{{"vectors": [[1, 2, 3, 4, 5, {number}]]}}'
    response = client.post(path, content=body, headers={"content-type": "application/json"})
    assert response.status_code == 422
    assert error_of(response)["code"] in {"invalid_request", "non_finite_input"}


@pytest.mark.parametrize("number", ["1e38", "3.4e38", "1e-45"])
def test_extreme_numbers_have_a_direction(client: httpx.Client, number: str) -> None:
    body = f'{{"vectors": [[{", ".join([number] * 6)}]], "k": 1}}'
    response = client.post(SEARCH, content=body, headers={"content-type": "application/json"})
    assert response.status_code == 200
    assert len(response.json()["results"][0]["neighbours"]) == 1


@pytest.mark.parametrize("number", ["1e-300", "0", "-0.0"])
def test_what_is_zero_in_float32_has_no_direction(client: httpx.Client, number: str) -> None:
    body = f'{{"vectors": [[{", ".join([number] * 6)}]], "k": 1}}'
    response = client.post(SEARCH, content=body, headers={"content-type": "application/json"})
    assert response.status_code == 422
    assert error_of(response)["code"] == "directions"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"not json",
        b"\xff\xfe",
        b'{"words": ["\xff"]}',
        b'{"words": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
        b'{"words": [], "k": ' + b"9" * 5000 + b"}",
        b'{"words": ["\\ud800"]}',
        b'{"words": [], "\\ud800": 1}',
        b'{"words": [], "k": "\\ud800"}',
        b'{"words": [], "words": 1}',
    ],
    ids=range(12),
)
def test_malformed_bodies_are_4xx(client: httpx.Client, content: bytes) -> None:
    response = client.post(TRANSLATE, content=content, headers={"content-type": "application/json"})
    assert response.status_code in {400, 422}
    error_of(response)


def test_a_body_that_does_not_say_it_is_json(client: httpx.Client) -> None:
    content = b'{"words": []}'
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        response = client.post(TRANSLATE, content=content, headers={"content-type": kind})
        assert response.status_code == 415
        error_of(response)


def test_odd_words_are_answered(client: httpx.Client) -> None:
    words = ["", " ", "\x00", "\n", "\u00a0", "\u202e", "𝕏", "e\u0301", "'; DROP TABLE words; --"]
    for pair in ("fr-es", "fr-de"):
        response = client.post(f"/v1/pairs/{pair}/translate", json={"words": words})
        assert response.status_code == 200
        assert [result["word"] for result in response.json()["results"]] == words


def chunks(size: int) -> Iterator[bytes]:
    """A body whose length is not said beforehand."""
    yield b'{"words": ["'
    for _ in range(size // 1000):
        yield b"a" * 1000
    yield b'"]}'


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("size", [250_000, 5_000_000])
def test_a_large_body_is_413(client: httpx.Client, size: int, *, chunked: bool) -> None:
    content = chunks(size) if chunked else b"".join(chunks(size))
    response = client.post(TRANSLATE, content=content, headers={"content-type": "application/json"})
    assert response.status_code == 413
    error = error_of(response)
    assert error["code"] == "too_large"
    assert error["detail"]["expected"] == "at most 200000 bytes"
    assert client.get("/health/live").status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        (TRANSLATE, {"words": ["a"] * 51}, "words: expected at most 50, found 51"),
        (ALIGN, {"words": ["a"] * 51}, "words: expected at most 50, found 51"),
        (SEARCH, {"vectors": [[1.0] * 6] * 41}, "vectors: expected at most 40, found 41"),
        (ALIGN, {"vectors": [[1.0] * 6] * 41}, "vectors: expected at most 40, found 41"),
        (
            TRANSLATE,
            {"words": ["a", "b" * 101]},
            "characters of words[1]: expected at most 100, found 101",
        ),
    ],
)
def test_too_many_is_413(client: httpx.Client, path: str, body: Any, message: str) -> None:
    response = client.post(path, json=body)
    assert response.status_code == 413
    assert error_of(response)["message"] == message


def test_a_word_of_a_million_characters(translators: dict[str, Translator]) -> None:
    with running(create_app(translators=translators)) as client:
        response = client.post(TRANSLATE, json={"words": ["a" * 1_000_000]})
        assert response.status_code == 413
        error_of(response)


def test_a_wrong_server_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(Retriever, "search_by_both", fail)
    with running(create_app(translators={"fr-es": rotated_translator()})) as client:
        response = client.post(TRANSLATE, json={"words": ["fr-1"]})
        assert response.status_code == 500
        assert error_of(response) == {
            "code": "internal",
            "message": "the server failed",
            "detail": {},
        }
        assert "secret" not in json.dumps(dict(response.headers))
