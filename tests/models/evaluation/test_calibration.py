from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.models.errors import InputError, OptionError
from isogloss.models.evaluation import calibration, calibration_of
from isogloss.models.spaces.lexicon import Lexicon
from tests.rotated_spaces import rotated_translator


def test_true_probabilities_have_a_small_error_and_wrong_ones_a_large_one() -> None:
    rng = np.random.default_rng(0)
    said = rng.random(20_000).astype(np.float32)
    right = rng.random(20_000) < said
    assert calibration_of(said, right).expected_calibration_error < 0.02
    # E|p² − p| over the unit interval is 1/6.
    boasting = calibration_of(np.sqrt(said), right)
    assert boasting.expected_calibration_error == pytest.approx(1 / 6, abs=0.02)


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 40))
def test_every_answer_is_in_one_bin_and_all_answered_is_the_precision(
    seed: int, count: int
) -> None:
    rng = np.random.default_rng(seed)
    said, right = rng.random(count).astype(np.float32), rng.random(count) < 0.5
    found = calibration_of(said, right)
    assert sum(one.words for one in found.reliability) == count
    probabilities = [one.probability for one in found.reliability]
    assert probabilities == sorted(probabilities)
    assert found.precision_of_share[1.0] == pytest.approx(right.mean())
    most = right[np.argmax(said)]
    if count < 15:
        assert found.precision_of_share[0.1] == most


def test_nothing_to_calibrate() -> None:
    with pytest.raises(InputError, match="no answer"):
        calibration_of(np.empty(0, np.float32), np.empty(0, bool))
    with pytest.raises(OptionError, match="no probabilities"):
        calibration(rotated_translator(), Lexicon({"fr-1": ("es-1",)}))
