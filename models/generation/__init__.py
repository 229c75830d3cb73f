"""Generative models across incomparable spaces (GW-GAN): relations are learned, not places."""

from models.generation.gan import GanResult, train_gan
from models.generation.recipe import GanRecipe
from models.generation.reference import Reference
from models.generation.vocabulary import ReducedVocabulary, reduce_vocabulary

__all__ = [
    "GanRecipe",
    "GanResult",
    "ReducedVocabulary",
    "Reference",
    "reduce_vocabulary",
    "train_gan",
]
