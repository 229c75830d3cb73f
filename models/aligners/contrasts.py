"""Pairs of words, each with what it is most easily taken for."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Int64
from torch import Tensor


class Contrasts(NamedTuple):
    """Pairs, each with the words that its two sides are most easily taken for.

    Attributes:
        source: Row of the source word.
        target: Row of the target word.
        near_source: Rows of the source words whose images lie nearest to the target word.
        near_target: Rows of the target words that lie nearest to the image of the source word.

    """

    source: Int64[Tensor, " pairs"]
    target: Int64[Tensor, " pairs"]
    near_source: Int64[Tensor, "pairs hubs"]
    near_target: Int64[Tensor, "pairs hubs"]
