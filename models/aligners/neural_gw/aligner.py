"""The default aligner: a start without a dictionary, NGW from it, and refinement."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import final

import torch

from models.aligners.aligner import Alignment, Observer, Recorder, Stage, ignore_progress
from models.aligners.criterion import held_out_agreement, share_found
from models.aligners.dictionary_induction import induce_mutual
from models.aligners.fine_tuning import FineTuningRecipe
from models.aligners.journal import Journal, NoJournal
from models.aligners.neural_gw.training import train_neural_gromov_wasserstein
from models.aligners.normalised_pair import NormalisedPair
from models.aligners.orthogonal_map import orthogonal_map
from models.aligners.playing import Judge
from models.aligners.portfolio import FoundStart, find_start
from models.aligners.recipe import Recipe
from models.aligners.refinement import refine
from models.aligners.self_learning_aligner import start_stage
from models.aligners.transports import Transport
from models.spaces.embedding_space import EmbeddingSpace

_JUDGED_WORDS = 8000


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class NeuralGromovWassersteinAligner:
    """NGW, from the best start of the portfolio or from a random one as in the paper.

    Attributes:
        recipe: Settings of all stages.
        seed: Of everything random.
        device: Where to compute, ``cpu`` or ``cuda``.
        journal: Remembers finished starts and the state of the game.

    """

    recipe: Recipe
    seed: int = 0
    device: str = "cpu"
    journal: Journal = field(default_factory=NoJournal)

    def fit(
        self,
        source: EmbeddingSpace,
        target: EmbeddingSpace,
        *,
        observe: Observer = ignore_progress,
    ) -> Alignment:
        """Fit the map; its stages are ``start``, ``raw`` and ``refined``.

        Raises:
            NoAlignmentFoundError: No start was found, or NGW from a random start found nothing.
            DivergenceError: A loss of NGW is NaN or exploded.

        """
        record = Recorder(observe)
        pair = NormalisedPair.of(source, target, device=self.device)
        start = self._start(pair, record)
        first = start_stage(start)
        searched = self.recipe.neural_gw.start == "portfolio"
        if searched and not start.found:
            return pair.alignment_if_found(first, history=record.history)
        raw = train_neural_gromov_wasserstein(
            pair,
            start.weight,
            self.recipe.neural_gw,
            seed=self.seed,
            journal=self.journal,
            observe=record,
            judge=self._judge(pair, first) if searched else None,
        )
        refined = refine(pair, raw.transport, self.recipe.refinement, observe=record)
        return pair.alignment_if_found(first, raw, refined, history=record.history)

    def _judge(self, pair: NormalisedPair, start: Stage) -> Judge[Transport]:
        """Judge by the pairs that self-learning, which knows nothing of T, induces from the start.

        The held-out agreement ranks no maps that lie within 0.01 of each other, as those of a good
        start and of the game after it do.
        """
        orthogonal = replace(self.recipe.refinement, fine_tuning=FineTuningRecipe(steps=0))
        reference = refine(pair, start.transport, orthogonal, observe=ignore_progress).transport
        with torch.inference_mode():
            pairs = induce_mutual(reference(pair.x[:_JUDGED_WORDS]), pair.y[:_JUDGED_WORDS])

        def judge(transport: Transport) -> float:
            with torch.inference_mode():
                return share_found(pairs, pair.y, transport(pair.x), words=_JUDGED_WORDS)

        return judge

    def _start(self, pair: NormalisedPair, observe: Observer) -> FoundStart:
        if self.recipe.neural_gw.start == "portfolio":
            return find_start(
                pair,
                self.recipe.portfolio,
                self.recipe.discrete_gw,
                seed=self.seed,
                journal=self.journal,
                observe=observe,
            )
        generator = torch.Generator().manual_seed(self.seed)
        m, n = pair.x.shape[1], pair.y.shape[1]
        noise = torch.randn(max(m, n), m + n, generator=generator).to(pair.x.device)
        weight = orthogonal_map(noise[:, :m], noise[:, m:])
        return FoundStart(weight, held_out_agreement(pair.x, pair.y, pair.x @ weight.T), 0.0)
