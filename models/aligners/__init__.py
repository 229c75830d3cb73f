"""Ways to fit a map between two spaces, one per file; `registry.py` lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.models.lazy_names import lazy_names

if TYPE_CHECKING:
    from isogloss.models.aligners.aligner import Aligner
    from isogloss.models.aligners.creation import create_aligner
    from isogloss.models.aligners.discrete_gw_aligner import DiscreteGromovWassersteinAligner
    from isogloss.models.aligners.neural_entropic.aligner import NeuralEntropicAligner
    from isogloss.models.aligners.neural_gw import NeuralGromovWassersteinAligner
    from isogloss.models.aligners.procrustes import ProcrustesAligner
    from isogloss.models.aligners.pushforward.aligner import PushforwardAligner
    from isogloss.models.aligners.recipe import Recipe
    from isogloss.models.aligners.registry import (
        ALIGNERS,
        AlignerName,
        RegisteredAligner,
        find_aligner,
        is_supervised,
    )
    from isogloss.models.aligners.robot import RobotAligner
    from isogloss.models.aligners.self_learning_aligner import SelfLearningAligner

__all__ = [
    "ALIGNERS",
    "Aligner",
    "AlignerName",
    "DiscreteGromovWassersteinAligner",
    "NeuralEntropicAligner",
    "NeuralGromovWassersteinAligner",
    "ProcrustesAligner",
    "PushforwardAligner",
    "Recipe",
    "RegisteredAligner",
    "RobotAligner",
    "SelfLearningAligner",
    "create_aligner",
    "find_aligner",
    "is_supervised",
]

# Only what is asked for is loaded: most of these fit, and need PyTorch.
__getattr__ = lazy_names(
    __name__,
    {
        ".aligner": ("Aligner",),
        ".creation": ("create_aligner",),
        ".discrete_gw_aligner": ("DiscreteGromovWassersteinAligner",),
        ".neural_entropic.aligner": ("NeuralEntropicAligner",),
        ".neural_gw": ("NeuralGromovWassersteinAligner",),
        ".procrustes": ("ProcrustesAligner",),
        ".pushforward.aligner": ("PushforwardAligner",),
        ".recipe": ("Recipe",),
        ".registry": (
            "ALIGNERS",
            "AlignerName",
            "RegisteredAligner",
            "find_aligner",
            "is_supervised",
        ),
        ".robot": ("RobotAligner",),
        ".self_learning_aligner": ("SelfLearningAligner",),
    },
)
