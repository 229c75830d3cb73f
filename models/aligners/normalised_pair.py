"""Two spaces, normalised and on the device: what every aligner works on."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.aligners.chance import Chance, measure_chance
from isogloss.models.aligners.criterion import FOUND_BOUND, held_out_agreement
from isogloss.models.aligners.held_out_pairs import check_lexicon
from isogloss.models.aligners.judging import judge_map
from isogloss.models.errors import NoAlignmentFoundError
from isogloss.models.maps.alignment import Alignment, Stage
from isogloss.models.maps.networks import Transport, as_network
from isogloss.models.progress.observation import Progress
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.grouped_lexicon import GroupedLexicon
from isogloss.models.spaces.lexicon import Lexicon
from isogloss.models.spaces.normalizer import Normalizer
from isogloss.models.verdict import UNJUDGED, Verdict


@dataclass(frozen=True, eq=False)
class NormalisedPair:
    """A source and a target space after normalisation.

    Attributes:
        source_normalizer: Fitted on the source vectors.
        target_normalizer: Fitted on the target vectors.
        x: Normalised source vectors [n, m], the most frequent first.
        y: Normalised target vectors [k, d], the most frequent first.
        source: The source words, row by row, with their raw vectors.
        target: The target words, row by row, with their raw vectors.

    """

    source_normalizer: Normalizer
    target_normalizer: Normalizer
    x: Float[Tensor, "n m"]
    y: Float[Tensor, "k d"]
    source: EmbeddingSpace
    target: EmbeddingSpace

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
            source,
            target,
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

    @cached_property
    def chance(self) -> Chance | None:
        """What maps between unrelated spaces of these sizes and spectra reach.

        None where the vectors of a side are all alike.
        """
        return measure_chance(self.x, self.y)

    @property
    def search_bound(self) -> float:
        """Agreement from which on a search has found what it was looking for.

        Where no map could be told from one of chance, it goes no further than it needs to.
        """
        if self.chance is None or not self.chance.judges:
            return FOUND_BOUND
        return self.chance.bound

    def judge(
        self,
        stage: Stage,
        *,
        lexicon: Lexicon | GroupedLexicon | None = None,
        supervised: bool = False,
    ) -> Verdict:
        """Judge the map of a stage.

        Args:
            stage: The stage, with its map and its agreement.
            lexicon: What the fit was given.
            supervised: Whether the map was fitted on it alone.

        """
        transport = as_network(stage.transport).to(self.x.device)
        with torch.inference_mode():
            mapped = transport(self.x)
        return judge_map(
            self.x,
            self.y,
            mapped,
            agreement=stage.criterion,
            chance=self.chance,
            lexicon=None
            if lexicon is None
            else check_lexicon(
                lexicon,
                self.source,
                self.target,
                self.x,
                self.y,
                holds_out=supervised,
            ),
            supervised=supervised,
        )

    def alignment_if_found(
        self,
        *stages: Stage,
        history: Sequence[Progress] = (),
        lexicon: Lexicon | GroupedLexicon | None = None,
        supervised: bool = False,
    ) -> Alignment:
        """Make the result of a fit, whose map is that of the last stage.

        Args:
            stages: The maps on the way.
            history: What was observed.
            lexicon: What the fit was given.
            supervised: Whether the map was fitted on it alone.

        Raises:
            NoAlignmentFoundError: The map is no alignment, or that cannot be told.

        """
        verdict = self.judge(stages[-1], lexicon=lexicon, supervised=supervised)
        alignment = self.alignment(*stages, verdict=verdict, history=history)
        if not alignment.found:
            raise NoAlignmentFoundError(alignment, verdict)
        return alignment

    def alignment(
        self, *stages: Stage, verdict: Verdict = UNJUDGED, history: Sequence[Progress] = ()
    ) -> Alignment:
        """Make the result of a fit that nobody judges here, its map that of the last stage."""
        return Alignment(
            source_normalizer=self.source_normalizer,
            transport=as_network(stages[-1].transport).cpu(),
            target_normalizer=self.target_normalizer,
            verdict=verdict,
            stages=stages,
            history=tuple(history),
        )
