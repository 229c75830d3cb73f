"""The benchmark of noisy dictionaries: how they are spoilt, and a case at tiny size."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.spaces.lexicon import Lexicon
from research.benchmarks import noisy_dictionary
from research.benchmarks.matching import Languages
from tests.models.aligners.samples import hidden_pair


@pytest.fixture(scope="module")
def languages() -> Languages:
    source, target = hidden_pair(words=600, noise=0.8)
    train, test = (
        Lexicon({word: (word,) for word in words})
        for words in (source.words[:400], source.words[400:])
    )
    pair = NormalisedPair.of(source, target, device="cpu")
    return Languages(
        name="sample en-en", source=source, target=target, pair=pair, train=train, test=test
    )


def test_dictionaries_are_spoilt_as_far_as_they_say() -> None:
    rows = torch.arange(200).view(100, 2)
    for share, condition in zip(
        noisy_dictionary.SHARES, noisy_dictionary.CONDITIONS[1:], strict=False
    ):
        groups = noisy_dictionary.dictionary(rows, condition, 0)
        assert groups.sources.flatten().equal(rows[:, 0])
        assert groups.targets.flatten().sort().values.equal(rows[:, 1])
        right = noisy_dictionary.right_pairs(groups, rows)
        assert right == int((groups.targets[:, 0] == rows[:, 1]).sum())
        assert 0 <= right - round((1 - share) * 100) <= 5
    groups = noisy_dictionary.dictionary(rows, noisy_dictionary.CONDITIONS[-1], 0)
    assert groups.sources.shape == groups.targets.shape == (10, 10)
    assert noisy_dictionary.right_pairs(groups, rows) == 100
    assert (groups.targets.sort(dim=1).values - 1).equal(groups.sources.sort(dim=1).values)
    assert not (groups.targets - 1).equal(groups.sources)


def test_precision_is_that_of_the_evaluation(languages: Languages) -> None:
    rows = torch.from_numpy(languages.train.row_pairs(languages.source, languages.target))
    groups = noisy_dictionary.dictionary(rows, "50% wrong", 0)
    weight = noisy_dictionary.map_of("Procrustes", languages.pair, groups, 200)
    assert noisy_dictionary.precision_at_1(languages, weight) == pytest.approx(
        languages.precision_at_1(weight), abs=0.011
    )


def test_a_case_at_tiny_size(languages: Languages, tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    for condition in ("none wrong", "70% wrong", "groups of 10 shuffled"):
        noisy_dictionary.add_rows(noisy_dictionary.measure(languages, condition, 0), path)
    rows = noisy_dictionary.read_rows(path)
    noisy_dictionary.add_rows(rows[-6:], path)
    assert noisy_dictionary.read_rows(path) == rows
    found = {(row["condition"], row["method"]): row["precision_at_1"] for row in rows}
    assert len(found) == 5 + 5 + 6
    clean = found["none wrong", "Procrustes"]
    assert found["70% wrong", "Procrustes"] < 0.9 * clean
    for method in ("trimmed, count known", "ROBOT", "ROBOT, plan held fixed"):
        assert found["70% wrong", method] > found["70% wrong", "Procrustes"]
    assert found["groups of 10 shuffled", "ROBOT, exact"] > 0.9 * clean
    header, _, first, *_ = noisy_dictionary.table(rows).splitlines()
    assert header.count("|") == first.count("|") == 9
    assert first.startswith("| sample en→en | none wrong | ")
    assert first.endswith(" — |")
