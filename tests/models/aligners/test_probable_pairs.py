"""Pairs from probabilities: more that are right than mutual neighbours have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from isogloss.models.aligners.dictionary_induction import Pairs, induce_mutual
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.aligners.probable_pairs import induce_nearest, induce_probable
from tests.models.aligners.samples import hidden_pair

WORDS = 1500


def in_another_script(word: str) -> str:
    return "".join(chr(0x10D0 + ord(letter) % 33) for letter in word)


def order_of_frequency() -> np.ndarray:
    """A translation is about as frequent as its word: the source row of each target row."""
    rng = np.random.default_rng(1)
    return np.argsort(np.log(np.arange(WORDS) + 10) + rng.normal(0, 0.4, WORDS))


@pytest.fixture(scope="module")
def pair() -> NormalisedPair:
    """English, and English turned and disturbed, in another script and nearly the same order."""
    source, target = hidden_pair(words=WORDS, noise=1.3, shuffled=False)
    order = order_of_frequency()
    words = tuple(in_another_script(target.words[row]) for row in order)
    foreign = replace(target, words=words, vectors=target.vectors[order])
    return NormalisedPair.of(source, foreign, device="cpu")


@pytest.fixture(scope="module")
def weight(pair: NormalisedPair) -> Tensor:
    order = torch.from_numpy(order_of_frequency())
    return orthogonal_map(pair.x[order[:400]], pair.y[:400])


def right(pairs: Pairs) -> int:
    order = torch.from_numpy(order_of_frequency())
    return int((pairs.source == order[pairs.target]).sum())


def test_nearest_pairs_are_the_mutual_neighbours(pair: NormalisedPair, weight: Tensor) -> None:
    found = induce_nearest(pair, weight, words=700)
    expected = induce_mutual(pair.x[:700] @ weight.T, pair.y[:700])
    assert torch.equal(found.source, expected.source)
    assert torch.equal(found.target, expected.target)


def test_frequency_adds_right_pairs(pair: NormalisedPair, weight: Tensor) -> None:
    nearest = induce_nearest(pair, weight, words=WORDS)
    probable = induce_probable(pair, weight, words=WORDS, spelling=False)
    assert right(probable) > right(nearest) + 20


def test_letters_add_right_pairs(pair: NormalisedPair, weight: Tensor) -> None:
    """A third of the words are written nearly alike."""
    related = list(pair.target.words)
    for row, source in enumerate(order_of_frequency()):
        if source % 3 == 0:
            related[row] = pair.source.words[source] + "o"
    similar = replace(pair, target=replace(pair.target, words=tuple(related)))
    without = induce_probable(similar, weight, words=WORDS, spelling=False)
    with_letters = induce_probable(similar, weight, words=WORDS, spelling=True)
    assert right(with_letters) > right(without) + 20


def test_between_two_scripts_letters_change_nothing(pair: NormalisedPair, weight: Tensor) -> None:
    without, with_letters = (
        induce_probable(pair, weight, words=WORDS, spelling=spelling) for spelling in (False, True)
    )
    assert torch.equal(without.source, with_letters.source)
    assert torch.equal(without.target, with_letters.target)


def test_no_word_of_either_side_is_in_two_pairs(pair: NormalisedPair, weight: Tensor) -> None:
    pairs = induce_probable(pair, weight, words=WORDS, spelling=True)
    for rows in pairs:
        assert len(set(rows.tolist())) == len(rows)
    assert torch.equal(pairs.source, pairs.source.sort().values)


def test_words_in_no_order_leave_the_mutual_neighbours(
    pair: NormalisedPair, weight: Tensor
) -> None:
    order = torch.from_numpy(np.random.default_rng(0).permutation(WORDS))
    words = tuple(pair.target.words[row] for row in order.tolist())
    shuffled = replace(pair, y=pair.y[order], target=replace(pair.target, words=words))
    found = induce_probable(shuffled, weight, words=WORDS, spelling=True)
    expected = induce_nearest(shuffled, weight, words=WORDS)
    assert torch.equal(found.source, expected.source)
    assert torch.equal(found.target, expected.target)
