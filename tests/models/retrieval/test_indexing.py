from __future__ import annotations

import numpy as np
import pytest

from isogloss.models.errors import OptionError
from isogloss.models.retrieval import ApproximateKind, Storage, Translator
from isogloss.models.retrieval.approximate_index import stored_dimension
from isogloss.models.retrieval.indexing import recall_of, with_index, without_index
from tests.rotated_spaces import rotated_translator


@pytest.fixture(scope="module")
def translator() -> Translator:
    return rotated_translator(words=3000, source_dimension=12, target_dimension=12)


@pytest.mark.parametrize("kind", ["hnsw", "ivf"])
@pytest.mark.parametrize("storage", ["fp32", "fp16", "sq8"])
def test_the_recall_that_was_asked_for_is_reached(
    translator: Translator, kind: ApproximateKind, storage: Storage
) -> None:
    indexed = with_index(translator, kind=kind, storage=storage, recall=0.99)
    approximate = indexed.retriever.approximate
    assert approximate is not None
    assert (approximate.kind, approximate.storage) == (kind, storage)
    # Against the definition, and on vectors that the recall was not tuned on.
    rng = np.random.default_rng(1)
    queries = indexed.align(rng.standard_normal((400, 12)).astype(np.float32))
    target = translator.retriever.target
    mapped = translator.align(translator.source.vectors)
    cosines = queries @ target.T
    own, hubness = (
        np.sort(each, axis=1)[:, -10:].mean(axis=1) for each in (cosines, target @ mapped.T)
    )
    scores = 2 * cosines - own[:, None] - hubness
    best = np.argsort(-scores, axis=1)[:, :10]
    assert recall_of(indexed.retriever, queries, best) >= 0.97
    found = indexed.retriever.search(queries, k=10)
    exact = np.take_along_axis(scores, found.rows, axis=1)
    # r(Tx) comes from the index too; it moves all scores of a query together.
    np.testing.assert_allclose(found.scores, exact, atol=0.01)


def test_the_effort_is_the_smallest_that_suffices(translator: Translator) -> None:
    little, much = (
        with_index(translator, kind="ivf", recall=recall).retriever.approximate
        for recall in (0.2, 1.0)
    )
    assert little is not None
    assert much is not None
    assert little.effort < much.effort <= much.most_effort
    assert (little.recall or 0) >= 0.2
    assert much.recall == 1


def test_the_same_seed_gives_the_same_index(translator: Translator) -> None:
    one, other = (with_index(translator, kind="hnsw", seed=3) for _ in range(2))
    words = translator.source.words[:200]
    assert one.translate(words) == other.translate(words)


def test_more_neighbours_than_are_found_are_filled_up() -> None:
    translator = rotated_translator(words=500)
    indexed = with_index(translator, kind="ivf", recall=0.1)
    [answer] = indexed.translate(["fr-1"], 500)
    assert len({neighbour.word for neighbour in answer.neighbours}) == 500


def test_what_cannot_be_reached_is_refused(translator: Translator) -> None:
    for wrong in (0.0, 1.1, -1.0):
        with pytest.raises(OptionError, match="share of at most 1"):
            with_index(translator, kind="hnsw", recall=wrong)


def test_exact_again(translator: Translator) -> None:
    indexed = with_index(translator, kind="ivf", recall=0.2)
    words = translator.source.words[:50]
    assert without_index(indexed).translate(words) == translator.translate(words)


@pytest.mark.parametrize("kind", ["hnsw", "ivf"])
def test_the_vectors_of_an_index_have_a_length_that_is_read_fast(
    translator: Translator, kind: ApproximateKind
) -> None:
    approximate = with_index(translator, kind=kind, storage="fp16").retriever.approximate
    assert approximate is not None
    assert approximate.index.d == stored_dimension(12) == 16
    assert [stored_dimension(dimension) for dimension in (15, 16, 300)] == [16, 32, 304]
    if kind == "ivf":
        approximate.index.make_direct_map()
    # What was added at the end is nothing: no product of vectors changes.
    assert not approximate.index.reconstruct_n(0, 50)[:, 13:].any()
