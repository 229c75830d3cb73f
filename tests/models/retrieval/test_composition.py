from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from isogloss.models.checkpoint import save_checkpoint
from isogloss.models.errors import CheckpointContentError, OptionError
from isogloss.models.maps.alignment import Alignment
from isogloss.models.maps.networks import LinearTransport
from isogloss.models.retrieval import Retriever, TrainingRecord, Translator
from isogloss.models.retrieval.composition import Bridge, ComposedMap, compose, draw_to_words
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.normalizer import Normalizer
from isogloss.models.verdict import UNJUDGED
from tests.rotated_spaces import LOST, isometry

WORDS = 120


def space(language: str, vectors: np.ndarray, words: range = range(WORDS)) -> EmbeddingSpace:
    return EmbeddingSpace(language, tuple(f"{language}-{i}" for i in words), vectors)


def translator(
    source: EmbeddingSpace, target: EmbeddingSpace, weight: np.ndarray, *, found: bool = True
) -> Translator:
    alignment = Alignment(
        source_normalizer=Normalizer.fit(source.vectors),
        transport=LinearTransport(torch.from_numpy(weight)),
        target_normalizer=Normalizer.fit(target.vectors),
        verdict=UNJUDGED if found else LOST,
    )
    return Translator.build(alignment, source, target, details=TrainingRecord(aligner="procrustes"))


class Chain:
    """Three languages that are rotations of one another, fr → es → it."""

    def __init__(self, *, dimensions: tuple[int, int, int] = (8, 8, 8), noise: float = 0) -> None:
        rng = np.random.default_rng(3)
        self.rng = rng
        m, d, n = dimensions
        fr = rng.standard_normal((WORDS, m)).astype(np.float32)
        self.to_es, self.to_it = isometry(rng, d, m), isometry(rng, n, d)
        es = fr @ self.to_es.T + noise * rng.standard_normal((WORDS, d)).astype(np.float32)
        it = es @ self.to_it.T + noise * rng.standard_normal((WORDS, n)).astype(np.float32)
        self.fr, self.es, self.it = space("fr", fr), space("es", es), space("it", it)
        self.first = translator(self.fr, self.es, self.to_es)
        self.second = translator(self.es, self.it, self.to_it)


def precision(found: Translator) -> float:
    answers = found.translate(found.source.words, 1)
    target = found.target_language
    right = [
        answer.neighbours[0].word == f"{target}-{answer.word.split('-')[1]}" for answer in answers
    ]
    return float(np.mean(right))


@pytest.mark.parametrize("dimensions", [(8, 8, 8), (6, 9, 12)])
def test_rotations_compose(dimensions: tuple[int, int, int]) -> None:
    chain = Chain(dimensions=dimensions)
    made = compose(chain.first, chain.second)
    assert (made.pivot, made.common_words, made.bridged) == ("es", WORDS, False)
    assert made.translator.pair == "fr-it"
    assert made.translator.source_dimension == dimensions[0]
    assert made.translator.target_dimension == dimensions[2]
    assert precision(made.translator) == 1


def test_what_is_composed_shares_all_that_is_large() -> None:
    chain = Chain()
    made = compose(chain.first, chain.second).translator
    assert made.source is chain.first.source
    assert made.retriever is chain.second.retriever
    assert made.target_words is chain.second.target_words
    transport = made.alignment.transport
    assert isinstance(transport, ComposedMap)
    assert transport.first is chain.first.alignment.transport
    assert transport.second is chain.second.alignment.transport
    copied = transport.in_double()
    assert copied.pivot_words is chain.first.retriever
    assert copied.first is not transport.first
    bridged = compose(chain.first, other_vectors_of_the_pivot(chain)).translator.alignment.transport
    assert isinstance(bridged, ComposedMap)
    assert bridged.bridge is not None
    assert bridged.in_double().bridge is bridged.bridge


def test_a_map_follows_the_formula() -> None:
    """T(x) against the formula of the module, word for word, in float64."""
    chain = Chain(noise=0.3)
    made = compose(chain.first, chain.second).translator

    def unit(rows: np.ndarray) -> np.ndarray:
        return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True), np.float64)

    def normalised(vectors: np.ndarray, of: np.ndarray) -> np.ndarray:
        return unit(unit(vectors.astype(np.float64)) - unit(of.astype(np.float64)).mean(axis=0))

    x = normalised(chain.fr.vectors, chain.fr.vectors)
    y = normalised(chain.es.vectors, chain.es.vectors)
    image = unit(x @ chain.to_es.astype(np.float64).T)
    cosines = image @ y.T
    ranks = np.sort(cosines, axis=1)[:, ::-1], np.sort(cosines, axis=0)[::-1]
    csls = 2 * cosines - ranks[0][:, :10].mean(axis=1)[:, None] - ranks[1][:10].mean(axis=0)
    expected = np.empty((WORDS, 8))
    for row in range(WORDS):
        nearest = np.argsort(-csls[row])[:5]
        weights = np.exp(csls[row, nearest] / 0.05)
        words = unit((weights[:, None] * y[nearest]).sum(axis=0))
        expected[row] = unit(image[row] + words) @ chain.to_it.astype(np.float64).T
    np.testing.assert_allclose(made.align(chain.fr.vectors), unit(expected), atol=2e-5)


def other_vectors_of_the_pivot(chain: Chain) -> Translator:
    """The second pair, with the pivot in other vectors: turned, longer, and not all its words."""
    turn = isometry(chain.rng, 10, 8)
    others = space("es", 3 * chain.es.vectors[20:] @ turn.T, range(20, WORDS))
    return translator(others, chain.it, np.ascontiguousarray(chain.to_it @ turn.T))


def test_different_vectors_of_the_pivot_are_bridged() -> None:
    chain = Chain()
    made = compose(chain.first, other_vectors_of_the_pivot(chain))
    assert (made.common_words, made.bridged) == (WORDS - 20, True)
    assert precision(made.translator) > 0.95
    answers = made.translator.translate([f"fr-{i}" for i in range(20)], 1)
    right = [answer.neighbours[0].word == f"it-{i}" for i, answer in enumerate(answers)]
    assert np.mean(right) >= 0.9, "the words that the second does not know"


def test_each_part_of_the_bridge_does_its_work() -> None:
    chain = Chain()
    made = compose(chain.first, other_vectors_of_the_pivot(chain)).translator
    transport = made.alignment.transport
    assert isinstance(transport, ComposedMap)
    bridge = transport.bridge
    assert bridge is not None

    def with_bridge(changed: Bridge) -> float:
        other = ComposedMap(transport.first, transport.pivot_words, changed, transport.second)
        return precision(replace(made, alignment=replace(made.alignment, transport=other)))

    # Without the common words all would have to be carried, and with a wrong map none would be.
    nowhere = np.full_like(bridge.rows, -1)
    assert with_bridge(replace(bridge, rows=nowhere)) > 0.9
    assert with_bridge(replace(bridge, rows=nowhere, matrix=-bridge.matrix)) < 0.1
    assert with_bridge(replace(bridge, matrix=-bridge.matrix)) > 0.75


def test_drawing_to_words_takes_noise_away() -> None:
    rng = np.random.default_rng(0)
    words = rng.standard_normal((200, 20)).astype(np.float32)
    words /= np.linalg.norm(words, axis=1, keepdims=True)
    images = words + 0.12 * rng.standard_normal(words.shape).astype(np.float32)
    images /= np.linalg.norm(images, axis=1, keepdims=True)
    retriever = Retriever.build(words, images)
    drawn = draw_to_words(images, retriever)
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), 1, atol=1e-5)
    before, after = (images * words).sum(axis=1).mean(), (drawn * words).sum(axis=1).mean()
    assert before < 0.9
    assert after > before + 0.05


def test_found_only_where_both_were() -> None:
    chain = Chain()
    lost = translator(chain.es, chain.it, chain.to_it, found=False)
    assert compose(chain.first, chain.second).translator.found
    assert not compose(chain.first, lost).translator.found


def test_pairs_that_do_not_meet_are_refused() -> None:
    chain = Chain()
    with pytest.raises(OptionError, match="do not meet"):
        compose(chain.second, chain.first)


def test_too_few_common_words_are_refused() -> None:
    chain = Chain()
    few = space("es", chain.es.vectors, range(WORDS - 7, 2 * WORDS - 7))
    with pytest.raises(OptionError, match="expected at least 8 common words of es, found 7"):
        compose(chain.first, translator(few, chain.it, chain.to_it))


def test_a_composition_is_not_saved(tmp_path: Path) -> None:
    chain = Chain()
    made = compose(chain.first, chain.second).translator
    with pytest.raises(CheckpointContentError, match="composed"):
        save_checkpoint(made, tmp_path / "fr-it")
    assert not (tmp_path / "fr-it").exists()


def test_nothing_in_nothing_out() -> None:
    chain = Chain()
    made = compose(chain.first, chain.second).translator
    assert made.align(np.empty((0, 8), np.float32)).shape == (0, 8)
