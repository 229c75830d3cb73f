"""The supervised aligner: an orthogonal map from a lexicon."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import cast, final

import torch

from isogloss.models.aligners.creation import Ingredients
from isogloss.models.aligners.known_pairs import rows_of_pairs
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.maps.alignment import Alignment
from isogloss.models.maps.networks import LinearTransport
from isogloss.models.progress.observation import Observer, Progress, ignore_progress
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.lexicon import Lexicon


@final
@dataclass(frozen=True, slots=True)
class ProcrustesAligner:
    """Closed form: the (semi-)orthogonal map that fits the pairs of a lexicon best.

    Attributes:
        lexicon: The pairs; those outside the vocabularies do not count.
        device: Where to compute, ``cpu`` or ``cuda``.

    """

    lexicon: Lexicon
    device: str = "cpu"

    @classmethod
    def create(cls, ingredients: Ingredients) -> ProcrustesAligner:
        """Make one of what every aligner can be made of."""
        return cls(cast("Lexicon", ingredients.lexicon), ingredients.device)

    def fit(
        self,
        source: EmbeddingSpace,
        target: EmbeddingSpace,
        *,
        observe: Observer = ignore_progress,
    ) -> Alignment:
        """Fit the map.

        Raises:
            InputError: No pair of the lexicon lies in the two vocabularies.
            NoAlignmentFoundError: The map is no better than chance, or that cannot be told.

        """
        begin = time.perf_counter()
        rows = torch.from_numpy(rows_of_pairs(self.lexicon, source, target))
        pair = NormalisedPair.of(source, target, device=self.device)
        source_rows, target_rows = rows.to(self.device).unbind(dim=1)
        weight = orthogonal_map(pair.x[source_rows], pair.y[target_rows])
        stage = pair.stage("supervised", LinearTransport(weight), begin=begin)
        metrics = {"criterion": stage.criterion}
        progress = Progress(stage="procrustes", step=1, total=1, metrics=metrics)
        observe(progress)
        return pair.alignment_if_found(
            stage, history=(progress,), lexicon=self.lexicon, supervised=True
        )
