"""Ways to fit a map between two spaces, one per file."""

from __future__ import annotations

from typing import Literal

from models.aligners.aligner import Aligner, Alignment, Observer, Progress, Stage
from models.aligners.discrete_gw import DiscreteGromovWassersteinAligner
from models.aligners.journal import DirectoryJournal, Journal, NoJournal
from models.aligners.neural_entropic.aligner import NeuralEntropicAligner
from models.aligners.neural_gw import NeuralGromovWassersteinAligner
from models.aligners.procrustes import ProcrustesAligner
from models.aligners.pushforward.aligner import PushforwardAligner
from models.aligners.recipe import Recipe
from models.aligners.self_learning_aligner import SelfLearningAligner
from models.errors import OptionError
from models.spaces.lexicon import Lexicon

__all__ = [
    "Aligner",
    "AlignerName",
    "Alignment",
    "DirectoryJournal",
    "DiscreteGromovWassersteinAligner",
    "Journal",
    "NeuralEntropicAligner",
    "NeuralGromovWassersteinAligner",
    "NoJournal",
    "Observer",
    "ProcrustesAligner",
    "Progress",
    "PushforwardAligner",
    "Recipe",
    "SelfLearningAligner",
    "Stage",
    "create_aligner",
]

AlignerName = Literal[
    "neural-gw", "neural-egw", "pushforward", "discrete-gw", "self-learning", "procrustes"
]


def create_aligner(
    name: AlignerName,
    *,
    recipe: Recipe,
    lexicon: Lexicon | None = None,
    seed: int = 0,
    device: str = "cpu",
    journal: Journal | None = None,
) -> Aligner:
    """Create an aligner by its name.

    Args:
        name: Which one.
        recipe: Settings of all of them.
        lexicon: Supervision, for ``procrustes``.
        seed: Of everything random.
        device: Where to compute, ``cpu`` or ``cuda``.
        journal: Remembers finished work, so that the fit can be resumed.

    Raises:
        OptionError: ``procrustes`` without a lexicon.

    """
    journal = NoJournal() if journal is None else journal
    match name:
        case "procrustes":
            if lexicon is None:
                raise OptionError("procrustes needs a lexicon")
            return ProcrustesAligner(lexicon, device)
        case "discrete-gw":
            return DiscreteGromovWassersteinAligner(
                recipe=recipe.discrete_gw, refinement=recipe.refinement, device=device
            )
        case "self-learning":
            return SelfLearningAligner(recipe=recipe, seed=seed, device=device, journal=journal)
        case "neural-egw":
            return NeuralEntropicAligner(recipe=recipe, seed=seed, device=device, journal=journal)
        case "pushforward":
            return PushforwardAligner(recipe=recipe, seed=seed, device=device, journal=journal)
        case "neural-gw":
            return NeuralGromovWassersteinAligner(
                recipe=recipe, seed=seed, device=device, journal=journal
            )
