"""A word whose vector is zero, and a vector of zeros, have no direction and so no answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import httpx
import numpy as np
import pytest

from isogloss.models.answers import Translation
from isogloss.models.evaluation import evaluate
from isogloss.models.retrieval import Translator
from isogloss.models.retrieval.back_search import BackSearch
from isogloss.models.retrieval.examples import example_words
from isogloss.models.spaces.lexicon import Lexicon
from isogloss.service import Settings, create_app
from tests.rotated_spaces import rotated_translator
from tests.service.running import running


def _with_a_zero_word() -> Translator:
    translator = rotated_translator(words=30)
    vectors = translator.source.vectors.copy()
    vectors[7] = 0
    return replace(translator, source=replace(translator.source, vectors=vectors))


TRANSLATOR = _with_a_zero_word()
PLAIN, TABLE = "fr-es", "fr-it"


@pytest.fixture(scope="module")
def server() -> Iterator[httpx.Client]:
    tabulated = replace(TRANSLATOR.with_table(), target_language="it")
    pairs = {PLAIN: TRANSLATOR, TABLE: tabulated}
    with running(create_app(Settings(), translators=pairs)) as client:
        yield client


@pytest.mark.parametrize("translator", [TRANSLATOR, TRANSLATOR.with_table()])
def test_a_translator_gives_the_reason_and_answers_the_others(translator: Translator) -> None:
    one, zero, unknown = translator.translate(["fr-6", "fr-7", "?"], 3)
    assert one.neighbours[0].word == "es-6"
    assert zero == Translation("fr-7", (), in_vocabulary=True, reason="zero_vector")
    assert unknown.reason == "unknown_word"
    [aligned] = translator.align_words(["fr-7"])
    assert (aligned.vector, aligned.reason) == (None, "zero_vector")


def test_it_is_left_out_of_the_precision_with_a_line_of_its_own() -> None:
    lexicon = Lexicon({f"fr-{n}": (f"es-{n}",) for n in range(5, 10)})
    found = evaluate(TRANSLATOR, lexicon)
    assert (found.evaluated, found.precision_at_1) == (4, 1)
    assert found.skipped["the source word's vector is zero: it has no direction"] == 1


@pytest.mark.parametrize("pair", [PLAIN, TABLE])
def test_words_over_rest(server: httpx.Client, pair: str) -> None:
    asked = {"words": ["fr-6", "fr-7"], "k": 1}
    answer = server.post(f"/v1/pairs/{pair}/translate", json=asked).json()["results"]
    expected = {"word": "fr-7", "neighbours": [], "in_vocabulary": True, "reason": "zero_vector"}
    assert answer[1] == expected
    assert answer[0]["neighbours"][0]["word"] == "es-6"
    lines = server.post(
        f"/v1/pairs/{pair}/translate",
        json=asked,
        headers={"accept": "application/x-ndjson"},
    ).text.splitlines()
    assert "zero_vector" in lines[1]
    aligned = server.post(f"/v1/pairs/{pair}/align", json={"words": ["fr-7"]}).json()
    assert aligned["unknown"] == [{"position": 0, "word": "fr-7", "reason": "zero_vector"}]
    around = server.post(f"/v1/pairs/{pair}/neighbourhood", json={"word": "fr-7"}).json()
    assert (around["reason"], around["in_vocabulary"]) == ("zero_vector", True)


@pytest.mark.parametrize("way", ["search", "align"])
@pytest.mark.parametrize("zero", [[0.0] * 8, [-0.0] * 8, [1e-46] * 8])
def test_zero_vectors_are_refused(server: httpx.Client, way: str, zero: list[float]) -> None:
    response = server.post(f"/v1/pairs/{PLAIN}/{way}", json={"vectors": [[0.5] * 8, zero]})
    assert response.status_code == 422, response.text
    assert "vectors[1]: is zero" in response.json()["error"]["message"]


def test_a_zero_vector_in_a_stream_does_not_disturb_the_others(server: httpx.Client) -> None:
    rows = [{"vector": [0.5] * 8}, {"vector": [0.0] * 8}, {"vector": [1.0] * 8}]
    response = server.post(
        f"/v1/pairs/{PLAIN}/align",
        content="".join(json.dumps(row) + "\n" for row in rows),
        headers={"content-type": "application/x-ndjson", "accept": "application/x-ndjson"},
    )
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert lines[1]["error"]["code"] == "zero_vector"
    np.testing.assert_allclose(np.linalg.norm(lines[0]["vector"]), 1, rtol=1e-5)


def test_examples_leave_it_out() -> None:
    words = example_words(TRANSLATOR, BackSearch.build(TRANSLATOR), 30)
    assert "fr-7" not in words and len(words) == 29
