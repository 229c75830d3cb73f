"""Generative models across incomparable spaces (GW-GAN): relations are learned, not places."""

from isogloss.models.generation.gan import GanResult, train_gan
from isogloss.models.generation.recipe import GanRecipe
from isogloss.models.generation.reference import Reference
from isogloss.models.generation.vocabulary import ReducedVocabulary, reduce_vocabulary

__all__ = [
    "GanRecipe",
    "GanResult",
    "ReducedVocabulary",
    "Reference",
    "reduce_vocabulary",
    "train_gan",
]
