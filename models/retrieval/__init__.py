"""From a mapped vector to target words: CSLS, the FAISS index, the translator."""

from isogloss.models.answers import AlignedWord, Neighbour, Ranking, Reason, Score, Translation
from isogloss.models.probability.translation_posterior import TranslationPosterior
from isogloss.models.retrieval.approximate_index import ApproximateKind, Storage
from isogloss.models.retrieval.devices import Device, choose_device
from isogloss.models.retrieval.neighbour_table import TABLE_WIDTH, NeighbourTable
from isogloss.models.retrieval.retriever import Neighbours, Retriever
from isogloss.models.retrieval.training_record import TrainingRecord
from isogloss.models.retrieval.translator import Translator

__all__ = [
    "TABLE_WIDTH",
    "AlignedWord",
    "ApproximateKind",
    "Device",
    "Neighbour",
    "NeighbourTable",
    "Neighbours",
    "Ranking",
    "Reason",
    "Retriever",
    "Score",
    "Storage",
    "TrainingRecord",
    "Translation",
    "TranslationPosterior",
    "Translator",
    "choose_device",
]
