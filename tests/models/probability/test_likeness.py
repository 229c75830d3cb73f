from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.models.probability.likeness import LIKENESS_STEPS, UNKNOWN, likeness_steps

LAST = LIKENESS_STEPS - 1
WORDS = st.text("aeinots", min_size=1, max_size=8)


def edits(a: str, b: str) -> int:
    """Fewest letters to insert, delete, replace or swap with their neighbour, by its definition."""
    table = np.zeros((len(a) + 1, len(b) + 1), int)
    table[:, 0], table[0] = np.arange(len(a) + 1), np.arange(len(b) + 1)
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            table[i, j] = min(
                table[i - 1, j] + 1,
                table[i, j - 1] + 1,
                table[i - 1, j - 1] + (a[i - 1] != b[j - 1]),
            )
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return int(table[-1, -1])


@given(word=WORDS, targets=st.lists(WORDS, min_size=1, max_size=5))
def test_likeness_is_the_share_of_letters_that_no_edit_touches(
    word: str, targets: list[str]
) -> None:
    rows = np.arange(len(targets))[None]
    found = likeness_steps([word], targets, rows)[0]
    for step, target in zip(found, targets, strict=True):
        likeness = 1 - edits(word, target) / max(len(word), len(target))
        assert step == pytest.approx(likeness * LAST, abs=0.5 + 1e-5)


def test_case_and_marks_do_not_matter() -> None:
    assert likeness_steps(["École"], ["ecole", "ÉCOLE"], np.array([[0, 1]])).tolist() == [
        [LAST, LAST]
    ]


def test_scripts_have_no_letter_in_common() -> None:
    assert likeness_steps(["дом"], ["house"], np.array([[0]])).tolist() == [[0]]


def test_a_vector_is_written_like_nothing() -> None:
    found = likeness_steps([None, "no", None], ["no", "si"], np.array([[0, 1], [1, 0], [1, 1]]))
    assert (found[[0, 2]] == UNKNOWN).all()
    assert found[1].tolist() == [0, LAST]
    assert likeness_steps([None], ["no"], np.array([[0]])).tolist() == [[UNKNOWN]]
