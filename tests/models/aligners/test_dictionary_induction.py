from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from isogloss.models.aligners.dictionary_induction import (
    Pairs,
    induce_both_ways,
    induce_mutual,
    induce_within_groups,
)
from isogloss.models.neighbours.csls import unit
from tests.oracles import brute_force_cosines, csls_of

SIZES = st.integers(1, 15)
SEEDS = st.integers(0, 999)


def clouds(n: int, m: int, seed: int, dimension: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(seed)
    mapped = torch.from_numpy(rng.normal(size=(n, dimension)) * rng.uniform(0.1, 9, (n, 1)))
    return mapped, unit(torch.from_numpy(rng.normal(size=(m, dimension))))


def nearest(mapped: torch.Tensor, target: torch.Tensor) -> tuple[list[int], list[int]]:
    scores = csls_of(brute_force_cosines(mapped.numpy(), target.numpy()))
    return [int(row.argmax()) for row in scores], [int(column.argmax()) for column in scores.T]


def as_list(pairs: Pairs) -> list[tuple[int, int]]:
    return list(zip(pairs.source.tolist(), pairs.target.tolist(), strict=True))


@given(n=SIZES, m=SIZES, seed=SEEDS)
def test_both_ways_is_one_pair_for_each_word_of_either_side(n: int, m: int, seed: int) -> None:
    mapped, target = clouds(n, m, seed)
    forward, backward = nearest(mapped, target)
    expected = list(enumerate(forward)) + [(source, row) for row, source in enumerate(backward)]
    assert sorted(as_list(induce_both_ways(mapped, target))) == sorted(expected)


@given(n=SIZES, m=SIZES, seed=SEEDS)
def test_mutual_pairs_are_each_others_nearest(n: int, m: int, seed: int) -> None:
    mapped, target = clouds(n, m, seed)
    forward, backward = nearest(mapped, target)
    expected = [(i, j) for i in range(n) for j in range(m) if forward[i] == j and backward[j] == i]
    assert sorted(as_list(induce_mutual(mapped, target))) == expected
    assert expected


@given(n=SIZES, m=SIZES, seed=SEEDS)
def test_one_group_is_the_whole_vocabulary(n: int, m: int, seed: int) -> None:
    mapped, target = clouds(n, m, seed)
    generator = torch.Generator().manual_seed(seed)
    found = induce_within_groups(mapped, target, groups=1, generator=generator)
    assert sorted(as_list(found)) == sorted(as_list(induce_both_ways(mapped, target)))


@given(n=st.integers(4, 40), m=st.integers(4, 40), groups=st.integers(1, 4), seed=SEEDS)
def test_hands_are_disjoint_and_meet_one_another_once(
    n: int, m: int, groups: int, seed: int
) -> None:
    mapped, target = clouds(n, m, seed)
    found = induce_within_groups(
        mapped, target, groups=groups, generator=torch.Generator().manual_seed(seed)
    )
    in_hands, of_hands = groups * (n // groups), groups * (m // groups)
    assert len(found.source) == len(found.target) == in_hands + of_hands
    # First the source words ask, then the target words: each that is in a hand asks exactly once.
    assert len(set(found.source[:in_hands].tolist())) == in_hands
    assert len(set(found.target[in_hands:].tolist())) == of_hands
    # Joined by their pairs, the words fall apart into at least as many parts as there are hands.
    assert parts(as_list(found)) >= groups


def parts(pairs: list[tuple[int, int]]) -> int:
    """Number of connected components of the graph whose edges are the pairs."""
    root: dict[tuple[str, int], tuple[str, int]] = {}

    def find(node: tuple[str, int]) -> tuple[str, int]:
        root.setdefault(node, node)
        while root[node] != node:
            node = root[node]
        return node

    for source, target in pairs:
        root[find(("source", source))] = find(("target", target))
    return len({find(node) for node in root})


def test_a_word_finds_its_nearest_within_its_hand() -> None:
    # Every word is the same on both sides: a word that meets itself must choose itself.
    mapped, target = clouds(60, 60, 3, dimension=30)
    target = unit(mapped)
    found = induce_within_groups(
        mapped, target, groups=3, generator=torch.Generator().manual_seed(0)
    )
    hits = sum(source == row for source, row in as_list(found)) / len(found.source)
    # A word meets itself with probability 1/3.
    assert 0.15 < hits < 0.55
    whole = induce_within_groups(
        mapped, target, groups=1, generator=torch.Generator().manual_seed(0)
    )
    assert all(source == row for source, row in as_list(whole))


@pytest.mark.parametrize("groups", [1, 3])
def test_the_generator_alone_decides(groups: int) -> None:
    mapped, target = clouds(40, 30, 0)

    def induce(seed: int) -> list[tuple[int, int]]:
        generator = torch.Generator().manual_seed(seed)
        torch.rand(3)  # the global generator has no say
        return as_list(induce_within_groups(mapped, target, groups=groups, generator=generator))

    assert induce(7) == induce(7)
    # Without groups nothing is left to chance but the order.
    assert (sorted(induce(7)) == sorted(induce(8))) == (groups == 1)
