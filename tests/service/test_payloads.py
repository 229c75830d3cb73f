"""Whatever is sent, the answer is a result or an error in the one shape, never a failure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from isogloss.models.retrieval import Translator
from isogloss.service import Settings, create_app
from tests.rotated_spaces import rotated_translator
from tests.service import serializers  # noqa: F401  (registers them)
from tests.service.running import running
from tests.service.test_errors import error_of

TRANSLATORS: dict[str, Translator] = {"fr-es": rotated_translator(words=20)}
HEADERS = {"content-type": "application/json"}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=12,
)
# Any code point: half surrogate pairs too.
words = st.lists(st.text(st.characters(codec=None), max_size=12) | st.just("fr-1"), max_size=6)
vectors = st.lists(
    st.lists(st.floats() | st.floats(width=32) | st.integers(), min_size=8, max_size=8)
    | st.lists(st.floats(), max_size=9),
    max_size=4,
)
nearly_right = st.fixed_dictionaries(
    {},
    optional={
        "words": words | anything,
        "vectors": vectors | anything,
        "k": st.integers(-2, 130) | anything,
        "score": st.sampled_from(["csls", "cosine"]) | anything,
    },
)


@pytest.fixture(scope="module")
def server() -> Iterator[httpx.Client]:
    with running(create_app(translators=TRANSLATORS)) as client:
        yield client


def check(client: httpx.Client, name: str, content: bytes) -> None:
    response = client.post(f"/v1/pairs/fr-es/{name}", content=content, headers=HEADERS)
    if response.status_code == 200:
        assert response.json().keys() <= {"results", "vectors", "unknown"}
        # A strict reader must be able to read it.
        json.loads(response.content.decode("utf-8"), parse_constant=lambda name: 1 / 0)
    else:
        assert 400 <= response.status_code < 500
        error_of(response)


@settings(max_examples=250)
@given(name=st.sampled_from(["translate", "search", "align"]), body=nearly_right | anything)
def test_any_json(server: httpx.Client, name: str, body: object) -> None:
    check(server, name, json.dumps(body).encode())


@given(name=st.sampled_from(["translate", "search", "align"]), content=st.binary(max_size=60))
def test_any_bytes(server: httpx.Client, name: str, content: bytes) -> None:
    check(server, name, content)


@given(sent=words)
def test_every_word_has_its_own_result(server: httpx.Client, sent: list[str]) -> None:
    content = json.dumps({"words": sent, "k": 2}).encode()
    response = server.post("/v1/pairs/fr-es/translate", content=content, headers=HEADERS)
    if any("\ud800" <= character <= "\udfff" for word in sent for character in word):
        assert response.status_code == 422
        return
    results = response.json()["results"]
    assert [result["word"] for result in results] == sent
    for result in results:
        known = result["word"] in TRANSLATORS["fr-es"].source.rows
        assert len(result["neighbours"]) == (2 if known else 0)
        assert ("reason" in result) is not known


@given(
    rows=st.lists(
        st.lists(
            st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=8, max_size=8
        ),
        max_size=5,
    )
)
def test_finite_vectors_with_a_direction_are_always_answered(
    server: httpx.Client, rows: list[list[float]]
) -> None:
    for name, field in (("search", "results"), ("align", "vectors")):
        response = server.post(f"/v1/pairs/fr-es/{name}", json={"vectors": rows})
        if not all(any(row) for row in rows):
            assert response.status_code == 422
            assert response.json()["error"]["code"] == "directions"
            continue
        assert response.status_code == 200
        assert len(response.json()[field]) == len(rows)


# By the name that the client in this process uses.
ANY_NAME = Settings(hosts=("testserver", "localhost", "127.0.0.1"))
SCHEMA = schemathesis.openapi.from_asgi(
    "/openapi.json", create_app(ANY_NAME, translators=TRANSLATORS)
)


@SCHEMA.parametrize()
@settings(max_examples=30)
def test_answers_are_those_of_the_openapi_document(case: schemathesis.Case[Any]) -> None:
    case.call_and_validate(
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ]
    )
