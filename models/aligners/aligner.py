"""The protocol that every aligner follows."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from isogloss.models.maps.alignment import Alignment
from isogloss.models.progress.observation import Observer, ignore_progress
from isogloss.models.spaces.embedding_space import EmbeddingSpace


@runtime_checkable
class Aligner(Protocol):
    """A way to fit a map between two spaces. Supervision, where any, enters by the constructor."""

    def fit(
        self,
        source: EmbeddingSpace,
        target: EmbeddingSpace,
        *,
        observe: Observer = ignore_progress,
    ) -> Alignment:
        """Fit the map.

        Raises:
            NoAlignmentFoundError: The map is no alignment, or that cannot be told; carries it.
            DivergenceError: The loss became NaN or exploded.

        """
