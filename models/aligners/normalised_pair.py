"""Two spaces, normalised and on the device: what every aligner works on."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.aligners.criterion import FOUND_BOUND, held_out_agreement
from isogloss.models.errors import NoAlignmentFoundError
from isogloss.models.maps.alignment import Alignment, Stage
from isogloss.models.maps.networks import Transport, as_network
from isogloss.models.progress.observation import Progress
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.normalizer import Normalizer


@dataclass(frozen=True, slots=True, eq=False)
class NormalisedPair:
    """A source and a target space after normalisation.

    Attributes:
        source_normalizer: Fitted on the source vectors.
        target_normalizer: Fitted on the target vectors.
        x: Normalised source vectors [n, m], the most frequent first.
        y: Normalised target vectors [k, d], the most frequent first.
        source_words: The source words, row by row.
        target_words: The target words, row by row.

    """

    source_normalizer: Normalizer
    target_normalizer: Normalizer
    x: Float[Tensor, "n m"]
    y: Float[Tensor, "k d"]
    source_words: Sequence[str]
    target_words: Sequence[str]

    @classmethod
    def of(cls, source: EmbeddingSpace, target: EmbeddingSpace, *, device: str) -> NormalisedPair:
        """Normalise two spaces and move them to a device.

        Raises:
            DirectionsError: A space holds no directions that a map could be fitted on.

        """
        source_normalizer = Normalizer.of(source)
        target_normalizer = Normalizer.of(target)
        return cls(
            source_normalizer,
            target_normalizer,
            torch.from_numpy(source_normalizer(source.vectors)).to(device),
            torch.from_numpy(target_normalizer(target.vectors)).to(device),
            source.words,
            target.words,
        )

    def agreement(self, transport: Transport) -> float:
        """Measure the held-out agreement of a map."""
        with torch.inference_mode():
            return held_out_agreement(self.x, self.y, transport(self.x))

    def stage(self, name: str, transport: Transport, *, begin: float) -> Stage:
        """Make the stage of a map that was just fitted.

        Args:
            name: Of the stage.
            transport: The map.
            begin: Reading of the performance counter when its fit began.

        """
        return Stage(
            name=name,
            transport=transport,
            criterion=self.agreement(transport),
            seconds=time.perf_counter() - begin,
        )

    def alignment_if_found(self, *stages: Stage, history: Sequence[Progress] = ()) -> Alignment:
        """Make the result of an unsupervised fit, whose map is that of the last stage.

        Raises:
            NoAlignmentFoundError: The criterion of the last stage misses the bound.

        """
        criterion = stages[-1].criterion
        alignment = self.alignment(*stages, found=criterion >= FOUND_BOUND, history=history)
        if not alignment.found:
            raise NoAlignmentFoundError(alignment, criterion=criterion, bound=FOUND_BOUND)
        return alignment

    def alignment(
        self, *stages: Stage, found: bool = True, history: Sequence[Progress] = ()
    ) -> Alignment:
        """Make the result of a fit, whose map is that of the last stage."""
        return Alignment(
            source_normalizer=self.source_normalizer,
            transport=as_network(stages[-1].transport).cpu(),
            target_normalizer=self.target_normalizer,
            found=found,
            stages=stages,
            history=tuple(history),
        )
