from __future__ import annotations

import pytest

from isogloss.models.aligners.procrustes import ProcrustesAligner
from isogloss.models.errors import InputError, NoAlignmentFoundError
from isogloss.models.maps.alignment import Alignment
from isogloss.models.progress.observation import Progress
from isogloss.models.spaces.lexicon import Lexicon
from tests.models.aligners.samples import accuracy, hidden_pair


def lexicon_of(words: tuple[str, ...]) -> Lexicon:
    return Lexicon({word: (word,) for word in words})


@pytest.mark.parametrize(("source_dimension", "target_dimension"), [(60, 60), (60, 80), (80, 60)])
def test_recovers_the_rotation_from_a_part_of_the_words(
    source_dimension: int, target_dimension: int
) -> None:
    source, target = hidden_pair(
        source_dimension=source_dimension, target_dimension=target_dimension
    )
    alignment = ProcrustesAligner(lexicon_of(source.words[:200])).fit(source, target)
    # The words of the lexicon are a quarter: the others were never seen.
    assert accuracy(alignment, source, target) > 0.99
    assert alignment.found
    assert [stage.name for stage in alignment.stages] == ["supervised"]
    assert alignment.stages[-1].transport is alignment.transport


def test_a_wrong_lexicon_is_no_alignment() -> None:
    source, target = hidden_pair(words=400)
    words = source.words
    wrong = Lexicon({word: (words[(row * 7 + 3) % 400],) for row, word in enumerate(words)})
    with pytest.raises(NoAlignmentFoundError) as caught:
        ProcrustesAligner(wrong).fit(source, target)
    alignment = caught.value.alignment
    assert isinstance(alignment, Alignment)
    assert accuracy(alignment, source, target) < 0.1
    check = caught.value.verdict.lexicon
    assert check is not None
    assert (check.pairs, check.usable, check.held_out) == (400, 400, 400)
    assert check.right <= 5
    assert check.p_value is not None and check.p_value > 0.01


def test_says_when_no_pair_of_the_lexicon_can_be_used() -> None:
    source, target = hidden_pair(words=50)
    lexicon = Lexicon({source.words[0]: ("not-there",), "not-there": (target.words[0],)})
    with pytest.raises(InputError, match="no pair of the lexicon"):
        ProcrustesAligner(lexicon).fit(source, target)


def test_reports_its_one_step() -> None:
    source, target = hidden_pair(words=100)
    seen: list[Progress] = []
    alignment = ProcrustesAligner(lexicon_of(source.words)).fit(source, target, observe=seen.append)
    assert [(progress.stage, progress.step, progress.total) for progress in seen] == [
        ("procrustes", 1, 1)
    ]
    assert alignment.history == tuple(seen)
    assert seen[0].metrics["criterion"] == alignment.stages[0].criterion
