"""An aligner by its name."""

from __future__ import annotations

from typing import Literal

from isogloss.models.aligners.aligner import Aligner
from isogloss.models.aligners.discrete_gw import DiscreteGromovWassersteinAligner
from isogloss.models.aligners.journal import Journal, NoJournal
from isogloss.models.aligners.neural_entropic.aligner import NeuralEntropicAligner
from isogloss.models.aligners.neural_gw import NeuralGromovWassersteinAligner
from isogloss.models.aligners.procrustes import ProcrustesAligner
from isogloss.models.aligners.pushforward.aligner import PushforwardAligner
from isogloss.models.aligners.recipe import Recipe
from isogloss.models.aligners.robot import RobotAligner
from isogloss.models.aligners.self_learning_aligner import SelfLearningAligner
from isogloss.models.choices import AlignerName
from isogloss.models.errors import OptionError
from isogloss.models.spaces.grouped_lexicon import GroupedLexicon
from isogloss.models.spaces.lexicon import Lexicon


def create_aligner(
    name: AlignerName,
    *,
    recipe: Recipe,
    lexicon: Lexicon | GroupedLexicon | None = None,
    seed: int = 0,
    device: str = "cpu",
    journal: Journal | None = None,
) -> Aligner:
    """Create an aligner by its name.

    Args:
        name: Which one.
        recipe: Settings of all of them.
        lexicon: Supervision, for ``procrustes`` and ``robot``; only the latter takes groups. A seed
            dictionary, for ``neural-gw`` and ``self-learning``.
        seed: Of everything random.
        device: Where to compute, ``cpu`` or ``cuda``.
        journal: Remembers finished work, so that the fit can be resumed.

    Raises:
        OptionError: One of these without a lexicon, or ``procrustes`` with groups.

    """
    journal = NoJournal() if journal is None else journal
    match name:
        case "procrustes" | "robot":
            return _create_supervised(name, recipe, lexicon, device)
        case "discrete-gw":
            return DiscreteGromovWassersteinAligner(
                recipe=recipe.discrete_gw, refinement=recipe.refinement, device=device
            )
        case "self-learning":
            return SelfLearningAligner(
                recipe=recipe, seed=seed, device=device, journal=journal, lexicon=_pairs_of(lexicon)
            )
        case "neural-egw":
            return NeuralEntropicAligner(recipe=recipe, seed=seed, device=device, journal=journal)
        case "pushforward":
            return PushforwardAligner(recipe=recipe, seed=seed, device=device, journal=journal)
        case "neural-gw":
            return NeuralGromovWassersteinAligner(
                recipe=recipe, seed=seed, device=device, journal=journal, lexicon=_pairs_of(lexicon)
            )


def _create_supervised(
    name: Literal["procrustes", "robot"],
    recipe: Recipe,
    lexicon: Lexicon | GroupedLexicon | None,
    device: str,
) -> Aligner:
    if lexicon is None:
        raise OptionError(f"{name} needs a lexicon")
    if name == "robot":
        groups = GroupedLexicon.of(lexicon) if isinstance(lexicon, Lexicon) else lexicon
        return RobotAligner(groups, recipe.robot, device)
    if not isinstance(lexicon, Lexicon):
        raise OptionError("procrustes needs a lexicon of pairs, found one of groups")
    return ProcrustesAligner(lexicon, device)


def _pairs_of(lexicon: Lexicon | GroupedLexicon | None) -> Lexicon | None:
    if isinstance(lexicon, GroupedLexicon):
        raise OptionError("a seed dictionary is made of pairs, found one of groups")
    return lexicon
