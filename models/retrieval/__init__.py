"""From a mapped vector to target words: CSLS, the FAISS index, the translator."""

from models.answers import AlignedWord, Neighbour, Ranking, Reason, Score, Translation
from models.probability.translation_posterior import TranslationPosterior
from models.retrieval.approximate_index import ApproximateKind, Storage
from models.retrieval.devices import Device, choose_device
from models.retrieval.neighbour_table import TABLE_WIDTH, NeighbourTable
from models.retrieval.retriever import Neighbours, Retriever
from models.retrieval.training_record import TrainingRecord
from models.retrieval.translator import Translator

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
