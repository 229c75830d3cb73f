"""From a mapped vector to target words: CSLS, the FAISS index, the translator."""

from models.retrieval.devices import Device, choose_device
from models.retrieval.retriever import Neighbours, Retriever, Score
from models.retrieval.training_record import TrainingRecord
from models.retrieval.translations import AlignedWord, Neighbour, Reason, Translation
from models.retrieval.translator import Translator

__all__ = [
    "AlignedWord",
    "Device",
    "Neighbour",
    "Neighbours",
    "Reason",
    "Retriever",
    "Score",
    "TrainingRecord",
    "Translation",
    "Translator",
    "choose_device",
]
