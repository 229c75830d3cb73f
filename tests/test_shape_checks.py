"""The other tests rely on shapes being checked; this one fails when they no longer are."""

import numpy as np
import pytest
from jaxtyping import TypeCheckError

from isogloss.models.spaces.normalizer import unit_rows


def test_wrong_dtype_is_refused() -> None:
    with pytest.raises(TypeCheckError):
        unit_rows(np.ones((2, 3)))


def test_wrong_rank_is_refused() -> None:
    with pytest.raises(TypeCheckError):
        unit_rows(np.ones(3, np.float32))
