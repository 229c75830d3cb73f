"""The bundled sample is what its README says."""

import gzip
from pathlib import Path

import pytest

from isogloss.models.spaces.lexicon import Lexicon, read_lexicon

SAMPLE = Path(__file__).parents[2] / "scripts" / "sample"


def vocabulary(language: str) -> list[str]:
    """Read the words with the standard library alone: the readers are not their own oracle."""
    with gzip.open(SAMPLE / f"{language}.vec.gz", "rt", encoding="utf-8", newline="\n") as file:
        assert file.readline().split() == ["5000", "300"]
        return [line.split(" ", 1)[0] for line in file]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return read_lexicon(SAMPLE / "en-fr.txt")


def test_every_word_of_the_lexicon_is_in_the_sample(lexicon: Lexicon) -> None:
    english, french = set(vocabulary("en")), set(vocabulary("fr"))
    assert set(lexicon.entries) <= english
    assert {word for targets in lexicon.entries.values() for word in targets} <= french


def test_the_lexicon_is_large_and_spread_over_the_frequencies(lexicon: Lexicon) -> None:
    assert len(lexicon) >= 400
    ranks = [rank for rank, word in enumerate(vocabulary("en")) if word in lexicon.entries]
    assert sum(rank >= 1000 for rank in ranks) >= 300
    assert sum(rank >= 2500 for rank in ranks) >= 100


def test_few_pairs_are_identical_strings(lexicon: Lexicon) -> None:
    pairs = [(word, target) for word, targets in lexicon.entries.items() for target in targets]
    assert sum(word == target for word, target in pairs) <= 0.1 * len(pairs)


def test_the_lexicon_states_each_pair_once() -> None:
    lines = (SAMPLE / "en-fr.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(set(lines))
