from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.models.retrieval.spellings import Spelling, Spellings
from isogloss.models.spaces.folding import folded

WORDS = ("the", "house", "mouse", "École", "hours", "horse", "houses", "école", "ecole", "Straße")


def edits(a: str, b: str) -> int:
    """Optimal string alignment by its recurrence."""
    table = [
        [max(i, j) if not min(i, j) else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)
    ]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            table[i][j] = min(
                table[i - 1][j] + 1,
                table[i][j - 1] + 1,
                table[i - 1][j - 1] + (a[i - 1] != b[j - 1]),
            )
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("hosue", [Spelling("house", 1), Spelling("mouse", 2), Spelling("horse", 2)]),
        ("HOUSE", [Spelling("house", 0), Spelling("mouse", 1), Spelling("horse", 1)]),
        # Marks and case aside all three are the same; the one that keeps most of them is nearest.
        ("écolE", [Spelling("école", 0), Spelling("École", 0), Spelling("ecole", 0)]),
        ("strasse", [Spelling("Straße", 0)]),
        ("zzzz", []),
        ("", []),
    ],
)
def test_the_nearest_spellings(word: str, expected: list[Spelling]) -> None:
    assert list(Spellings(WORDS).nearest(word, 3))[: len(expected) or 1] == expected


def test_a_word_is_not_its_own_neighbour() -> None:
    found = Spellings(WORDS).nearest("house", 10)
    assert "house" not in {each.word for each in found}
    assert found[0] == Spelling("mouse", 1)


def test_longer_words_come_by_frequency() -> None:
    spellings = Spellings(WORDS)
    assert spellings.beginning_with("Ho", 2) == ("house", "hours")
    assert spellings.beginning_with("house", 5) == ("houses",)
    assert spellings.beginning_with("eco", 5) == ("École", "école", "ecole")
    assert spellings.beginning_with("", 5) == ()
    assert spellings.beginning_with("zz", 5) == ()


letters = st.text("abcé", max_size=7)


@given(words=st.lists(letters, unique=True, max_size=30), word=letters, count=st.integers(1, 40))
def test_they_are_those_that_comparing_all_finds(words: list[str], word: str, count: int) -> None:
    form = folded(word)
    most = max(1, min(3, (len(form) + 1) // 3))
    ranked = sorted(
        (edits(form, folded(other)), edits(word, other), row)
        for row, other in enumerate(words)
        if other != word and edits(form, folded(other)) <= most
    )
    spellings = Spellings(tuple(words))
    assert [(each.edits, each.word) for each in spellings.nearest(word, count)] == [
        (distance, words[row]) for distance, _, row in ranked[:count]
    ]
    longer = [other for other in words if folded(other).startswith(form) and folded(other) != form]
    assert list(spellings.beginning_with(word, count)) == (longer[:count] if form else [])


@pytest.mark.parametrize(
    ("word", "form"),
    [("École", "ecole"), ("STRASSE", "strasse"), ("Straße", "strasse"), ("ñandú", "nandu")],
)
def test_folding_takes_off_case_and_marks(word: str, form: str) -> None:
    assert folded(word) == form
    assert folded(unicodedata.normalize("NFD", word)) == form
